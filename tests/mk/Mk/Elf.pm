# SPDX-License-Identifier: GPL-2.0-or-later
# ELF vmcores: "load" lines become PT_LOADs, "note" lines the PT_NOTE.
package Mk::Elf;
use strict;
use warnings;
no warnings 'portable';
use Mk::Bytes qw(number u16 u32 word put content);
use Mk::Notes;

my %machines = (i386 => 3, mips => 8, ppc => 20, ppc64 => 21, ppc64le => 21, s390 => 22, s390x => 22, arm => 40,
	ia64 => 50, x86_64 => 62, aarch64 => 183, riscv64 => 243);

sub phdr {
	my ($r, $type, $offset, $vaddr, $paddr, $filesz, $memsz, $flags) = @_;
	my ($e, $bits) = @$r{qw(e bits)};
	my @w = map { word($e, $bits, $_) } $offset, $vaddr, $paddr, $filesz, $memsz;
	return u32($e, $type) . u32($e, $flags) . join('', @w) . word($e, 64, 0) if $bits == 64;
	return u32($e, $type) . join('', @w) . u32($e, $flags) . u32($e, 0);
}

sub ehdr {
	my ($r, $phnum, $phoff, $shoff) = @_;
	my ($e, $bits) = @$r{qw(e bits)};
	my $many = $phnum >= 0xffff;
	my $out = "\x7fELF" . pack('CCC', $bits == 64 ? 2 : 1, $e eq '>' ? 2 : 1, 1) . "\0" x 9;
	$out .= u16($e, $r->value('e_type', 4)) . u16($e, $r->value('e_machine', $machines{ $r->{machine} } // 0)) .
		u32($e, 1);
	$out .= join '', map { word($e, $bits, $_) } 0, $r->value('e_phoff', $phoff), $r->value('e_shoff', $shoff);
	$out .= u32($e, 0) . u16($e, $r->value('ehsize', $bits == 64 ? 64 : 52));
	$out .= u16($e, $r->value('e_phentsize', $bits == 64 ? 56 : 32));
	$out .= u16($e, $r->value('e_phnum', $many ? 0xffff : $phnum));
	$out .= u16($e, $shoff ? $bits == 64 ? 64 : 40 : 0) . u16($e, $shoff ? 1 : 0) . u16($e, 0);
	return $out;
}

# Section header 0: nothing but the number of program headers.
sub shdr {
	my ($r, $phnum) = @_;
	my ($e, $bits) = @$r{qw(e bits)};
	my @w = map { word($e, $bits, $_) } 0, 0, 0, 0;
	return u32($e, 0) x 2 . join('', @w) . u32($e, 0) . u32($e, $r->value('sh_info', $phnum)) .
		word($e, $bits, 0) x 2;
}

# Frames from pieces of memory that may overlap and share frames; where they overlap the one that starts lower counts.
sub expect_loads {
	my ($r, $loads) = @_;
	my $size = $r->{page_size};
	my ($covered, $frame, $page) = (0, -1, '');
	for (sort { $a->{address} <=> $b->{address} || length ${ $b->{data} } <=> length ${ $a->{data} } } @$loads) {
		my ($at, $end) = ($_->{address}, $_->{address} + length ${ $_->{data} });
		$at = $covered if $at < $covered;
		while ($at < $end) {
			if (int($at / $size) != $frame) {
				$r->expect($frame * $size, $page) if length $page;
				($frame, $page) = (int($at / $size), "\0" x $size);
			}
			my $part = $size - $at % $size;
			$part = $end - $at if $part > $end - $at;
			substr($page, $at % $size, $part) = substr ${ $_->{data} }, $at - $_->{address}, $part;
			$at += $part;
		}
		$covered = $end if $covered < $end;
	}
	$r->expect($frame * $size, $page) if length $page;
	return;
}

# Data of each load, and where they stand behind $start; returns the bytes.
sub place_loads {
	my ($r, $start) = @_;
	my $align = $r->value('align', $r->{page_size});
	my ($out, %named, @seen) = ('');
	for my $item (grep { $_->{op} eq 'load' } @{ $r->{items} }) {
		my %key = %{ $item->{key} };
		my $size = number($key{data} // $key{filesz} // $item->{size});
		if (exists $key{same}) {
			my ($name, $more) = $key{same} =~ /^(.+?)(?:\+(\w+))?$/;
			my $other = $named{$name} or die "no load is named '$name'\n";
			$more = number($more // 0);
			$item->{offset} = $other->{offset} + $more;
			my $part = substr ${ $other->{data} }, $more, $size;
			$item->{data} = $more || $size != length ${ $other->{data} } ? \$part : $other->{data};
		} else {
			my $data = content($size, $r->{page_size}, @{ $item->{content} });
			$item->{data} = \$data;
			$out .= "\xbd" x (-($start + length $out) % $align);
			$item->{offset} = $start + length $out;
			$out .= $data;
		}
		$named{ $key{name} } = $item if exists $key{name};
		push @seen, $item unless exists $key{lost};
		$r->label(sprintf('@0x%x', $item->{address}) => $item->{offset});
	}
	expect_loads($r, \@seen);
	return $out;
}

sub build {
	my ($r) = @_;
	my $bits = $r->{bits};
	my ($ehdr, $phdr, $shdr) = $bits == 64 ? (64, 56, 64) : (52, 32, 40);
	my @loads = grep { $_->{op} eq 'load' } @{ $r->{items} };
	my $notes = Mk::Notes::said($r);
	my $note_count = length $notes && !exists $r->{set}{nonotes} ? 1 : 0;
	my $phnum = @loads + $note_count;
	my $many = $phnum >= 0xffff || exists $r->{set}{shdr};
	my $phdrs_last = $r->word('phoff', 'start') eq 'end';
	my $phoff = $ehdr + ($many ? $shdr : 0);
	my $notes_at = $phoff + ($phdrs_last ? 0 : $phnum * $phdr);
	my $data = place_loads($r, $notes_at + length $notes);
	my $phdrs = '';
	for (@loads) {
		my %key = %{ $_->{key} };
		my $filesz = number($key{filesz} // $_->{size});
		my $offset = number($key{offset} // $_->{offset});
		my $vaddr = number($key{vaddr} // 0xffff800000000000 | $_->{address});
		$phdrs .= phdr($r, 1, $offset, $vaddr, number($key{paddr} // $_->{address}), $filesz,
			number($key{memsz} // $_->{size}), 7);
	}
	my $pt_note = $note_count ? phdr($r, 4, $notes_at, 0, 0, $r->value('notes_size', length $notes), 0, 0) : '';
	$phdrs = $r->word('notes', 'first') eq 'last' ? $phdrs . $pt_note : $pt_note . $phdrs;
	$data .= "\0" x (-($notes_at + length($notes) + length $data) % 8) if $phdrs_last;
	my $phdrs_at = $phdrs_last ? $notes_at + length($notes) + length $data : $phoff;
	$r->label(phdrs => $phdrs_at);
	$r->label(notes => $notes_at);
	my $image = ehdr($r, $phnum, $phdrs_at, $many ? $ehdr : 0);
	$image .= shdr($r, $phnum) if $many;
	return $image . ($phdrs_last ? '' : $phdrs) . $notes . $data . ($phdrs_last ? $phdrs : '');
}

1;
