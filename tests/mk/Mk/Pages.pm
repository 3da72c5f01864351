# SPDX-License-Identifier: GPL-2.0-or-later
# The page frames of an ELF vmcore or of plain memory, read with nothing but the ELF specification.
package Mk::Pages;
use strict;
use warnings;
no warnings 'portable';
use Digest::MD5 qw(md5_hex);

my $block = 4 << 20;

# Where the file ends too early that is an error, or zeros if "cut" says so.
sub bytes_at {
	my ($file, $offset, $size, $cut) = @_;
	my $bytes = '';
	sysseek $file, $offset, 0 or die "cannot seek to $offset: $!\n";
	while (length $bytes < $size) {
		my $n = sysread $file, $bytes, $size - length $bytes, length $bytes;
		die "cannot read: $!\n" unless defined $n;
		return $bytes . "\0" x ($size - length $bytes) if !$n && $cut;
		die sprintf("ends at %d, not %d\n", $offset + length $bytes, $offset + $size) unless $n;
	}
	return $bytes;
}

# { bits, e, machine, phnum, notes, loads => [ { vaddr, paddr, filesz, memsz, offset } ... ] } of an open ELF file.
sub elf {
	my ($file) = @_;
	my $ident = bytes_at($file, 0, 16);
	die "not an ELF file\n" unless $ident =~ /^\x7fELF/;
	my ($class, $data) = unpack 'x4CC', $ident;
	my ($bits, $e) = ($class == 2 ? 64 : 32, $data == 2 ? '>' : '<');
	my $w = $bits == 64 ? "Q$e" : "L$e";
	my ($type, $machine, undef, undef, $phoff, $shoff, undef, $ehsize, $each, $phnum) =
		unpack "x16S${e}2L${e}${w}3L${e}S${e}4", bytes_at($file, 0, $bits == 64 ? 64 : 52);
	die "not a core\n" unless $type == 4;
	die "program headers of $each bytes\n" unless $each == ($bits == 64 ? 56 : 32);
	if ($phnum == 0xffff) {
		my $section = bytes_at($file, $shoff, $bits == 64 ? 64 : 40);
		$phnum = unpack "L$e", substr $section, $bits == 64 ? 44 : 28, 4;
	}
	my %elf = (bits => $bits, e => $e, machine => $machine, phnum => $phnum, notes => '', loads => []);
	my $phdrs = bytes_at($file, $phoff, $phnum * $each);
	for my $i (0 .. $phnum - 1) {
		my $phdr = substr $phdrs, $i * $each, $each;
		my %p;
		if ($bits == 64) {
			@p{qw(type flags offset vaddr paddr filesz memsz)} = unpack "L${e}2Q${e}5", $phdr;
		} else {
			@p{qw(type offset vaddr paddr filesz memsz flags)} = unpack "L${e}7", $phdr;
		}
		$elf{notes} .= bytes_at($file, $p{offset}, $p{filesz}) if $p{type} == 4;
		push @{ $elf{loads} }, \%p if $p{type} == 1;
	}
	return \%elf;
}

# [name, type, desc] of each note.
sub notes {
	my ($elf) = @_;
	my ($notes, @list) = ($elf->{notes});
	while (length $notes >= 12) {
		my ($name_size, $desc_size, $type) = unpack "L$elf->{e}3", substr $notes, 0, 12, '';
		my $name = substr $notes, 0, $name_size + 3 & ~3, '';
		my $desc = substr $notes, 0, $desc_size + 3 & ~3, '';
		push @list, [ substr($name, 0, $name_size) =~ s/\0.*//rs, $type, substr $desc, 0, $desc_size ];
	}
	return @list;
}

# Memory in ascending pieces that do not overlap: [address, end, offset]. Of segments that do, the lower counts.
sub pieces {
	my ($elf) = @_;
	my $none = $elf->{bits} == 64 ? ~0 : 0xffffffff;
	my ($covered, @pieces) = (0);
	for (sort { $a->{paddr} <=> $b->{paddr} || $b->{filesz} <=> $a->{filesz} } @{ $elf->{loads} }) {
		next if $_->{paddr} == $none;
		my ($from, $to) = ($_->{paddr}, $_->{paddr} + $_->{filesz});
		$from = $covered if $from < $covered;
		next if $from >= $to;
		push @pieces, [ $from, $to, $_->{offset} + ($from - $_->{paddr}) ];
		$covered = $to;
	}
	return @pieces;
}

# Call $page->(frame, MD5) for each page frame, ascending; what no piece holds of a frame is zero.
sub each_page {
	my ($file, $size, $pieces, $page, $cut) = @_;
	my ($edge, $bytes, $all) = (-1, '', 0);
	$all += $_->[1] - $_->[0] for @$pieces;
	die "$all bytes of memory would take hours to read\n" if $all > 1 << 36;
	my $flush = sub {
		$page->($edge, md5_hex($bytes)) if $edge >= 0;
		$edge = -1;
	};
	for (@$pieces) {
		my ($at, $end, $offset) = @$_;
		while ($at < $end) {
			my ($frame, $inside) = (int($at / $size), $at % $size);
			my $part = $end - $at;
			if ($inside || $part < $size) {
				$part = $size - $inside if $part > $size - $inside;
				if ($frame != $edge) {
					$flush->();
					($edge, $bytes) = ($frame, "\0" x $size);
				}
				substr($bytes, $inside, $part) = bytes_at($file, $offset, $part, $cut);
			} else {
				$flush->();
				$part = $part > $block ? $block : $part - $part % $size;
				my $many = bytes_at($file, $offset, $part, $cut);
				for (0 .. $part / $size - 1) {
					$page->($frame + $_, md5_hex(substr $many, $_ * $size, $size));
				}
			}
			$at += $part;
			$offset += $part;
		}
	}
	$flush->();
	return;
}

# frame => MD5 of an ELF vmcore, or of plain memory that starts at $base.
sub of_elf {
	my ($file, $size, $cut) = @_;
	my %pages;
	each_page($file, $size, [ pieces(elf($file)) ], sub { $pages{ $_[0] } = $_[1] }, $cut);
	return \%pages;
}

sub of_raw {
	my ($file, $size, $base) = @_;
	my %pages;
	each_page($file, $size, [ [ $base, $base + -s $file, 0 ] ], sub { $pages{ $_[0] } = $_[1] });
	return \%pages;
}

1;
