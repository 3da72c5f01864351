# SPDX-License-Identifier: GPL-2.0-or-later
# LKCD images of versions 1 to 11.
package Mk::Lkcd;
use strict;
use warnings;
no warnings 'portable';
use Mk::Asm;
use Mk::Bytes qw(number u32 u64 word put crc32c content);
use Mk::Codec qw(encode);
use Mk::Notes;

my %magics = (normal => 0xa8190173618f23ed, live => 0xa8190173618f23cd);
my %codes = (none => 0, rle => 1, 'rle-lkdf' => 1, gzip => 2, zstd => 3);

# Where the fields stand that do not stand at one place in every version.
sub layout {
	my ($version, $bits, $machine) = @_;
	return { num_pages => 48, panic => 52, time => 308, uts => 324, task => 714,
		compress => 722, flags => 726, device => 730, buffer => 734,
		task_bits => 64, time_bits => 64, size => $version == 8 ? 734 : 742 } if $version >= 8;
	my %at = (num_pages => 48, panic => 52, time => 308, uts => 316, task => 708, size => 712);
	%at = (num_pages => 48, panic => 52, time => 312, uts => 328, task => 720, size => 728) if $bits == 64;
	if ($version == 1) {
		my %regs = (i386 => 60, x86_64 => 168, ppc64 => 352, ia64 => 448);
		my $regs = $regs{$machine} // ($bits == 64 ? 168 : 60);
		%at = (num_pages => 56, panic => 60, time => 316, uts => 324, regs => 716, task => 716 + $regs);
		%at = (num_pages => 56, panic => 60, time => 320, uts => 336, regs => 728, task => 728 + $regs)
			if $bits == 64;
		$at{size} = $at{task} + $bits / 8;
	} elsif ($version >= 5) {
		@at{qw(compress flags device)} = map { $at{size} + $_ } 0, 4, 8;
		$at{size} += $bits == 64 ? 16 : 12;
	}
	@at{qw(task_bits time_bits)} = ($bits, $bits);
	return \%at;
}

sub generic_header {
	my ($r, $frames) = @_;
	my ($e, $bits, $set) = ($r->{e}, $r->{bits}, $r->{set});
	my $version = $r->value('version', 9);
	my $at = layout($version, $bits, $r->{machine});
	my $size = $r->value('header_size', $at->{size});
	my $header = "\0" x ($size > $at->{size} ? $size : $at->{size});
	my $said = $r->word('magic', 'normal');
	put(\$header, 0, u64($e, exists $magics{$said} ? $magics{$said} : number($said)));
	put(\$header, 8, u32($e, $version | $r->value('version_bits', 0)));
	put(\$header, 12, u32($e, $size));
	put(\$header, 16, u32($e, $r->value('level', $version < 5 ? 4 : $version < 8 ? 8 : 15)));
	put(\$header, 20, u32($e, $r->{page_size}));
	put(\$header, 24, u64($e, $r->value('memory_size', 0x1000)));
	put(\$header, 32, u64($e, $r->value('memory_start', $bits == 64 ? 0xffff810000000000 : 0xc0000000)));
	put(\$header, 40, u64($e, $r->value('memory_end', $magics{normal})));
	put(\$header, $at->{num_pages}, u32($e, $r->value('num_pages', $frames)));
	put(\$header, $at->{panic}, substr $r->word('panic', 'Oops: test') . "\0" x 256, 0, 256);
	my @time = map { number($_) } @{ $set->{time} // [ 1019520000, 250000 ] };
	put(\$header, $at->{time}, join '', map { word($e, $at->{time_bits}, $_) } @time);
	my %uts = (sysname => 'Linux', nodename => 'crashed', release => '2.4.17-lkcd',
		version => '#1 SMP Tue Apr 23 00:00:00 2002',
		machine => $r->{uts_machine}, domainname => '(none)');
	my $field = $at->{uts};
	for my $name (qw(sysname nodename release version machine domainname)) {
		put(\$header, $field, substr $r->word("uts.$name", $uts{$name}) . "\0" x 65, 0, 65);
		$field += 65;
	}
	if ($version == 1) {
		put(\$header, 48, u32($e, $r->value('esp', 0xc1234560)) . u32($e, $r->value('eip', 0xc0123450)));
		put(\$header, $at->{regs}, Mk::Asm::regs($e, $r->{machine}, 0, $set->{regs}[0] // {}));
	}
	put(\$header, $at->{task}, word($e, $at->{task_bits}, $r->value('current_task', 0xc1230000)));
	if ($at->{compress}) {
		put(\$header, $at->{compress}, u32($e, $r->value('compress_code', $codes{ $r->{codec} })));
		put(\$header, $at->{flags}, u32($e, $r->value('flags', 0)));
		put(\$header, $at->{device}, u32($e, $r->value('device', 0x801)));
	}
	put(\$header, $at->{buffer}, u64($e, $r->value('buffer', 65536))) if $version >= 9;
	return substr $header, 0, $size;
}

sub asm_header {
	my ($r) = @_;
	my $set = $r->{set};
	my $said = $r->word('asm', Mk::Asm::known($r->{machine}) && $r->value('version', 9) > 1 ? 'present' : 'none');
	return '' if $said eq 'none';
	return "\xa5" x 4096 if $said eq 'stale';
	my $old = $r->value('version', 9) < 5;
	my %asm = (machine => $r->{machine}, cpus => $r->value('cpus', 2), table => $r->value('ncpus_table', 32),
		dumping_cpu => $r->value('dumping_cpu', 0), regs => $set->{regs} // [],
		kernel_addr => $r->value('kernel_addr', 0x4000000), kernel_first => exists $set->{kernel_first});
	$asm{version} = $r->value('asm_version', $old ? 1 : undef) if $old || exists $set->{asm_version};
	$asm{magic} = $r->value('asm_magic') if exists $set->{asm_magic};
	$asm{size} = $r->value('asm_size') if exists $set->{asm_size};
	$asm{real_cpus} = $r->value('real_cpus') if exists $set->{real_cpus};
	$asm{$_} = [ map { number($_) } @{ $set->{$_} // [] } ] for qw(tasks stacks stack_ptrs lowcores);
	return Mk::Asm::header($r->{e}, %asm);
}

# One record; what a reader must see of it goes to the recipe's expectations.
sub record {
	my ($r, $item) = @_;
	my ($e, $page_size) = ($r->{e}, $r->{page_size});
	my %key = %{ $item->{key} };
	my $pages = number($key{pages} // 1);
	my $kind = $item->{kind};
	my $plain = content($pages * $page_size, $page_size, @{ $item->{content} });
	my $codec = $key{codec} // $r->{codec};
	my $data = $kind eq 'raw' ? $plain : $kind eq 'zero' ? '' : encode($codec, $plain);
	if ($kind eq 'pack' && length $data >= length $plain) {
		($kind, $data) = ('raw', $plain);
	} elsif ($kind eq 'compress' && length $data >= length $plain && !exists $key{force}) {
		die sprintf "page 0x%x does not get smaller with %s: say 'pack' or 'force'\n", $item->{address}, $codec;
	}
	my %flag = (raw => 1, compress => 2, pack => 2, zero => 0x40);
	my $flags = $flag{$kind} | number($key{set} // 0);
	$flags |= number($key{class} // 0) << 8 | $pages - 1 << 16 if $r->{v11};
	$flags = number($key{flags}) if exists $key{flags};
	$data = substr $data, 0, length($data) - number($key{cut}) if exists $key{cut};
	$data .= "\xee" x number($key{junk}) if exists $key{junk};
	my $size = length $data;
	if (exists $key{size}) {
		my ($sign, $by) = $key{size} =~ /^([+-]?)(.+)$/;
		$by = number($by);
		$size = $sign eq '+' ? $size + $by : $sign eq '-' ? $size - $by : $by;
	}
	my $address = exists $key{address} ? number($key{address}) : $item->{address} + $r->value('kvbase', 0);
	($address, $flags) = ($address / $page_size, $flags | 0x80000000) if exists $key{pfn};
	my $record = u64($e, $address) . u32($e, $size) . u32($e, $flags) . $data;
	if ($r->{v11}) {
		my $crc = crc32c($record);
		$crc ^= 0x5a5a5a5a if ($key{crc} // '') eq 'bad';
		$record .= u32($e, $crc);
	}
	$r->expect($item->{address}, $plain) unless exists $key{lost};
	if ($r->{v11}) {
		my $said = ($flags >> 16) + 1;
		$r->{totals}[ $flags >> 8 & 3 ] += $said;
		$r->{totals}[4] += $said if $flags & 0x40;
		$r->{totals}[5]++;
	}
	return $record;
}

# lkcd-dump(5): the first record, each that turns back, each that starts 1 MiB or more behind the one entered last.
sub index_note {
	my ($e, $index) = @_;
	my ($out, $before, $entered) = ('');
	for (@$index) {
		my ($address, $offset) = @$_;
		if (!defined $before || $address < $before || $offset >= $entered + (1 << 20)) {
			$out .= u64($e, $address) . u64($e, $offset);
			$entered = $offset;
		}
		$before = $address;
	}
	return $out;
}

sub end_record {
	my ($r, $item, $offset, $index) = @_;
	my ($e, %key) = ($r->{e}, %{ $item->{key} });
	my $flags = number($key{flags} // 4);
	my $address = ($key{address} // '') eq 'garbage' ? 0xdeadbeef12345678 : number($key{address} // 0);
	my $data = '';
	if ($r->{v11}) {
		my @totals = map { $_ // 0 } @{ $r->{totals} }[0 .. 5];
		my $note = join '', map { u64($e, $_) } @totals, $offset, $flags & 8 ? 1 : 0,
			number($key{duration} // 0);
		my $entries = index_note($e, $index);
		$entries = u64($e, 0x123456789abcd000) . u64($e, 0x7fffffff0000) if ($key{index} // '') eq 'bad';
		$data .= Mk::Notes::note($e, 'LKCD', 4, $note) unless ($key{totals} // '') eq 'none';
		$data .= Mk::Notes::note($e, 'LKCD', 5, $entries) unless ($key{index} // '') eq 'none';
	}
	my $record = u64($e, $address) . u32($e, exists $key{size} ? number($key{size}) : length $data) .
		u32($e, $flags) . $data;
	return $record unless $r->{v11};
	my $crc = crc32c($record) ^ (($key{crc} // '') eq 'bad' ? 1 : 0);
	$record .= u32($e, $crc);
	my $trailer = u64($e, $offset) . u64($e, length $record) . u64($e, 0) . u64($e, 0x4c4b43442d454e44);
	put(\$trailer, 16, u32($e, crc32c($trailer)));
	my $said = $key{trailer} // '';
	put(\$trailer, 3, "\x77") if $said eq 'bad';
	$r->label(trailer => $offset + length $record);
	return $record . ($said eq 'none' ? '' : $trailer);
}

# Everything from the data offset on; returns it and the number of page frames.
sub records {
	my ($r, $data_at) = @_;
	my ($out, $last, $frames, @index) = ('', '', 0);
	for my $item (@{ $r->{items} }) {
		my $offset = $data_at + length $out;
		if ($item->{op} eq 'page') {
			$r->label(sprintf('@0x%x', $item->{address}) => $offset);
			push @index, [ $item->{address}, $offset ];
			my $record = record($r, $item);
			$out .= $record;
			$last = substr $record, 0, 16;
			$frames += number($item->{key}{pages} // 1);
		} elsif ($item->{op} eq 'end') {
			$r->label(end => $offset);
			$out .= end_record($r, $item, $offset, \@index);
		} elsif ($item->{op} eq 's390end') {
			my $prepared = u64($r->{e}, 0) . u32($r->{e}, 4) . u32($r->{e}, 0);
			$out .= $item->{words}[0] eq 'repeat' ? $last : $prepared;
		} elsif ($item->{op} eq 'bytes') {
			$out .= pack 'H*', join '', @{ $item->{words} };
		} elsif ($item->{op} ne 'noend') {
			die "'$item->{op}' is not for lkcd\n";
		}
	}
	return ($out, $frames);
}

sub build {
	my ($r) = @_;
	my ($e, $set) = ($r->{e}, $r->{set});
	my $version = $r->value('version', 9);
	$r->{v11} = $version == 11;
	$r->{codec} = $r->word('compress', $version < 5 ? 'rle' : 'none');
	die "'$r->{codec}' is no codec of lkcd\n" unless exists $codes{ $r->{codec} };
	push @{ $r->{items} }, { op => 'end', key => {} } unless grep { $_->{op} =~ /end$/ } @{ $r->{items} };
	my $data_at = $r->value('data_at', $version >= 9 ? $r->value('buffer', 65536) : 65536);
	my ($records, $frames) = records($r, $data_at);
	my $header = generic_header($r, $frames);
	if (exists $set->{mclx}) { # one file offset for each megabyte, from the start of the records
		my @table = map { number($_) } @{ $set->{mclx} };
		$header .= join '', map { u64($e, $table[$_] // 0) } 0 .. 4095;
	}
	my $asm = asm_header($r);
	$r->label(asm => length $header);
	my $block = $header . $asm;
	my $from = length($block) + 7 & ~7;
	my $fill = exists $set->{stale} ? pack 'C', number($set->{stale}[0]) : "\0";
	die "headers of $from bytes do not fit before $data_at\n" if length $block > $data_at;
	$block .= $fill x ($data_at - length $block);
	Mk::Notes::area($r, \$block, $from) if Mk::Notes::wanted($r);
	return $block . $records;
}

1;
