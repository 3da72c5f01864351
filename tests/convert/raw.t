#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Plain memory and LiME, read and written: exact bytes, from files and pipes, to files and pipes; and what is cut or lies.
use strict;
use warnings;
no warnings 'portable';
use File::Temp;
use Test::More;

my $tool = ($ENV{B} // 'build') . '/lkcd-convert';
plan(skip_all => "$tool is not built") unless -x $tool;
my $large = File::Temp->newdir('lkcd-XXXXXXXX', TMPDIR => 1); # for what may not fit memory
my $folder = File::Temp->newdir('lkcd-XXXXXXXX', DIR => $ENV{TMPDIR} // (-w '/dev/shm' ? '/dev/shm' : '/tmp'));
$ENV{TMPDIR} = "$folder/tmp"; # of the tool's own temporary files
mkdir $ENV{TMPDIR} or die $!;
$ENV{MALLOC_PERTURB_} = 165; # no byte is zero by luck

sub spew {
	my ($name, $bytes) = @_;
	open my $file, '>:raw', "$folder/$name" or die "$name: $!";
	print {$file} $bytes;
	close $file or die "$name: $!";
	return "$folder/$name";
}

sub slurp {
	my ($name) = @_;
	open my $file, '<:raw', "$folder/$name" or return;
	local $/;
	return <$file> // '';
}

# Run the tool by a shell line in which IN and OUT are the files' names; ($status, what it said, what came out).
sub convert {
	my ($options, $line) = @_;
	unlink "$folder/out", "$folder/err";
	$line =~ s{IN}{'$folder/in'}g;
	$line =~ s{OUT}{'$folder/out'}g;
	$line =~ s{TOOL}{'$tool' $options};
	my $status = system('bash', '-c', "set -o pipefail; ($line) 2> '$folder/err'") >> 8;
	return ($status, slurp('err'), slurp('out'));
}

my %ways = (
	'file to file' => 'TOOL -o OUT IN',
	'pipe to file' => 'cat IN | TOOL -o OUT',
	'file to standard output' => 'TOOL IN > OUT',
	'file to pipe' => 'TOOL IN | cat > OUT',
	'pipe to pipe' => 'cat IN | TOOL | cat > OUT',
);

# Every way gives the same bytes and status; $said must be in what is said where the status is not 0.
sub gives {
	my ($what, $options, $in, $want, $want_status, $said) = @_;
	spew('in', $in);
	for my $way (sort keys %ways) {
		my ($status, $err, $out) = convert($options, $ways{$way});
		my $good = $status == ($want_status // 0) && defined $out && $out eq $want && (!$said || $err =~ $said);
		ok($good, "$what, $way") or diag("status $status, ", length($out // ''), ' bytes instead of ', length $want, "\n$err");
	}
	return;
}

# Refused with that status, said so, and nothing is left.
sub refuses {
	my ($what, $options, $in, $said, @only) = @_;
	spew('in', $in);
	for my $line (@only ? @only : @ways{ 'file to file', 'pipe to file' }) {
		my ($status, $err, $out) = convert($options, $line);
		is($status, 2, "$what: status ($line)");
		like($err, $said, "$what: what is said");
		ok(!defined $out || $out eq '', "$what: nothing is left");
	}
	return;
}

# Pages that can be told apart, from a seed on; none is zero.
sub pages {
	my ($count, $seed, $size) = @_;
	return join '', map { pack('V', $seed + $_) x (($size // 4096) / 4) } 0 .. $count - 1;
}

sub zeros { return "\0" x $_[0] }

# A LiME range: where it starts and its bytes, or more than these by its header.
sub range {
	my ($start, $bytes, %header) = @_;
	my $last = $header{last} // $start + length($bytes) - 1;
	return pack($header{big} ? 'NNQ>Q>Q>' : 'VVQ<Q<Q<', $header{magic} // 0x4c694d45, $header{version} // 1, $start, $last, 0) . $bytes;
}

# The one PT_LOAD of a little-endian 64-bit ELF file: (e_machine, offset, virtual, physical, size in the file, in memory).
sub one_load {
	my ($elf) = @_;
	my ($magic, $class, $data, $type, $machine) = unpack 'a4CCx10vv', $elf;
	my ($at, $count) = unpack 'x32Q<x16v', $elf;
	return "no 64-bit core with two program headers" unless $magic eq "\x7fELF" && $class == 2 && $data == 1 && $type == 4 && $count == 2;
	my ($kind, $flags, @load) = unpack 'VVQ<Q<Q<Q<Q<', substr $elf, $at + 56, 56;
	return ($machine, @load);
}

my $memory = pages(3, 1) . zeros(4096 * 2) . pages(100, 50) . zeros(4096) . pages(1, 500);

# The same $left bytes at those offsets of two files?
sub same_part {
	my ($x, $x_at, $y, $y_at, $left) = @_;
	open my $x_file, '<:raw', $x or die "$x: $!";
	open my $y_file, '<:raw', $y or die "$y: $!";
	seek $x_file, $x_at, 0;
	seek $y_file, $y_at, 0;
	my ($one, $two);
	while ($left > 0) {
		my $part = $left < 1 << 20 ? $left : 1 << 20;
		return unless read($x_file, $one, $part) == $part && read($y_file, $two, $part) == $part && $one eq $two;
		$left -= $part;
	}
	return 1;
}

# --- raw into raw ---
gives('from 0', '-q -f raw --base 0', $memory, $memory);
gives('from 64 KiB, written as a number with a letter', '-q -f raw --base 64K', $memory, zeros(65536) . $memory);
gives('zeros at the end', '-q -f raw --base 0', $memory . zeros(40960), $memory . zeros(40960));
gives('nothing but zeros', '-q -f raw --base 0x2000', zeros(8192), zeros(16384));
gives('the last page is a part of one', '-q -f raw --base 0x1000', $memory . 'tail', zeros(4096) . $memory . 'tail' . zeros(4092));
gives('a part of a page is all there is', '-q -f raw --base 0', 'x', 'x' . zeros(4095));
gives('pages of 64 KiB', '-q -f raw --base 64K --machine ppc64le', $memory, zeros(65536) . $memory . zeros(-length($memory) % 65536));
gives('a LiME header in plain memory', '-q -f raw --base 0', range(0, pages(1, 1)), range(0, pages(1, 1)) . zeros(4096 - 32));

spew('in', $memory);
convert('-q -f raw --base 0x40000000', 'TOOL -o OUT IN');
my @far = stat "$folder/out";
is($far[7], 0x40000000 + length $memory, 'memory from 1 GiB on: length');
cmp_ok($far[12] * 512, '<', 16 << 20, 'memory from 1 GiB on: takes little room');
ok(same_part("$folder/out", 0x40000000, "$folder/in", 0, length $memory), 'memory from 1 GiB on: what stands there');

# --- raw into ELF ---
spew('in', $memory . 'tail');
my ($status, $said, $elf) = convert('-f elf --base 0x7000 --machine x86_64', 'TOOL -o OUT IN');
my ($machine, $offset, $virtual, $physical, $file_size, $memory_size) = one_load($elf);
is($status, 0, 'raw into elf: status');
is_deeply([ $machine, $physical, $virtual, $file_size, $memory_size ], [ 62, 0x7000, 0, length($memory) + 4, length($memory) + 4 ],
	'raw into elf: one segment, which ends where the memory does');
is(substr($elf, $offset, $file_size), $memory . 'tail', 'raw into elf: its bytes');
like($said, qr/registers.*not known/, 'raw into elf: it is said what is not known');
unlike($said, qr/--machine/, 'raw into elf: the machine is known');
my (undef, undef, $piped) = convert('-q -f elf --base 0x7000 --machine x86_64', 'cat IN | TOOL | cat > OUT');
ok($piped eq $elf, 'raw into elf: pipes give the same');
($status, $said, $elf) = convert('-f elf --base 0x200000000', 'TOOL -o OUT IN');
is_deeply([ (one_load($elf))[ 0, 3 ] ], [ 0, 0x200000000 ], 'raw into elf, no machine: memory beyond 4 GiB');
like($said, qr/machine is not known.*4096.*--machine NAME/, 'raw into elf, no machine: said');
(undef, undef, $elf) = convert('-q -f elf --base 0 --machine s390x', 'TOOL -o OUT IN');
is(unpack('x4H4x12H4', $elf), '0202' , 'raw into elf, s390x: 64 bits, big endian');
is(unpack('x18n', $elf), 22, 'raw into elf, s390x: machine');

# --- LiME into raw ---
my ($p, $q, $r) = (pages(4, 100), pages(3, 200), pages(70, 300));
my $apart = zeros(0x1000) . $p . zeros(0x10000 - 0x5000) . $q . zeros(0x20000 - 0x13000) . $r;
gives('lime: in order', '-q -f raw', range(0x1000, $p) . range(0x10000, $q) . range(0x20000, $r), $apart);
gives('lime: not in order', '-q -f raw', range(0x20000, $r) . range(0x1000, $p) . range(0x10000, $q), $apart);
gives('lime: big endian', '-q -f raw', join('', map { range(@$_, big => 1) } [ 0x1000, $p ], [ 0x10000, $q ], [ 0x20000, $r ]), $apart);
gives('lime: twice the same', '-q -f raw', range(0x1000, $p) x 2, zeros(0x1000) . $p);
gives('lime: overlapping, the one that starts lower wins', '-q -f raw', range(0x3000, $q) . range(0x1000, $p),
	zeros(0x1000) . $p . substr $q, 0x2000);
gives('lime: one inside another', '-q -f raw', range(0x2000, $q) . range(0x1000, $r), zeros(0x1000) . $r);
gives('lime: the same start, the longer one wins', '-q -f raw', range(0, $q) . range(0, $p), $p);
gives('lime: ends inside pages', '-q -f raw', range(0x1800, substr $p, 0, 0x1500) . range(0x4010, 'x'),
	zeros(0x1800) . substr($p, 0, 0x1500) . zeros(0x4010 - 0x2d00) . 'x' . zeros(0xfef));
gives('lime: ranges that share a frame', '-q -f raw', range(0x1800, substr $q, 0, 0x1000) . range(0x1000, substr $p, 0, 0x700),
	zeros(0x1000) . substr($p, 0, 0x700) . zeros(0x100) . substr($q, 0, 0x1000) . zeros(0x800));
gives('lime: overlapping inside a frame', '-q -f raw', range(0x1800, substr $q, 0, 0x1000) . range(0x1000, substr $p, 0, 0x900),
	zeros(0x1000) . substr($p, 0, 0x900) . substr($q, 0x100, 0xf00) . zeros(0x800));
gives('lime: the last byte of a page', '-q -f raw', range(0xfff, 'y'), zeros(0xfff) . 'y');

# --- into LiME ---
gives('into lime: raw', '-q -f lime --base 0x5000', $memory, range(0x5000, $memory));
gives('into lime: raw, the last page a part of one', '-q -f lime --base 0', "${memory}x", range(0, "${memory}x" . zeros(4095)));
gives('into lime: raw, big endian', '-q -f lime --base 0x5000 --machine s390x', $memory, range(0x5000, $memory, big => 1));
gives('into lime: raw, nothing but zeros', '-q -f lime --base 0', zeros(16384), range(0, zeros(16384)));
gives('into lime: sorted', '-q -f lime', range(0x20000, $r) . range(0x1000, $p) . range(0x10000, $q),
	range(0x1000, $p) . range(0x10000, $q) . range(0x20000, $r));
gives('into lime: big endian stays', '-q -f lime', range(0x1000, $p, big => 1) . range(0x10000, $q, big => 1),
	range(0x1000, $p, big => 1) . range(0x10000, $q, big => 1));
gives('into lime: neighbours are one range', '-q -f lime', range(0x4000, $q) . range(0x0, $p), range(0, $p . $q));
gives('into lime: zeros between and at the end', '-q -f lime', range(0, $p) . range(0x10000, zeros(8192)) . range(0x20000, zeros(4096) . $q) .
	range(0x40000, zeros(4096)), range(0, $p) . range(0x10000, zeros(8192)) . range(0x20000, zeros(4096) . $q) . range(0x40000, zeros(4096)));
my @single = map { range($_ * 0x2000, pages(1, $_ + 1)) } 0 .. 9999;
gives('into lime: every other page', '-q -f lime', join('', reverse @single), join '', @single);

# --- pages in any order: an LKCD image of version 9, whose header says what its records hold ---
my $magic = 0xa8190173618f23ed;
my $lkcd = pack('Q<VVVVQ<Q<Q<V', $magic, 9, 742, 1, 4096, 16, 0, $magic, 6) . zeros(65536 - 52);
substr($lkcd, 584, 6) = 'x86_64';
substr($lkcd, 734, 8) = pack 'Q<', 65536;
my @frames = (9, 3, 12, 2, 13, 8);
$lkcd .= pack('Q<VV', $_ * 4096, 4096, 1) . pages(1, 7000 + $_) for @frames;
$lkcd .= pack 'Q<VV', 0, 0, 4;
my $ordered = zeros(14 * 4096);
substr($ordered, $_ * 4096, 4096) = pages(1, 7000 + $_) for @frames;
gives('in no order: into raw', '-q -f raw', $lkcd, $ordered);
gives('in no order: into lime', '-q -f lime', $lkcd, join '', map { range($_ * 4096, substr $ordered, $_ * 4096, 8192) } 2, 8, 12);

# --- a page that is lost belongs to its range ---
substr($lkcd, 722, 4) = pack 'V', 2;
substr($lkcd, -16) = pack('Q<VV', 20 * 4096, 5, 2) . 'stuff' . pack 'Q<VV', 0, 0, 4;
gives('a page does not unpack: into lime', '-q -f lime', $lkcd, join('', map { range($_ * 4096, substr $ordered, $_ * 4096, 8192) } 2, 8, 12) .
	range(20 * 4096, zeros(4096)), 1, qr/page 0x14000/);

# --- cut short ---
my $two = range(0x1000, $p) . range(0x10000, $q);
my $first = zeros(0x1000) . $p;
gives('cut inside a page', '-q -f raw', substr($two, 0, -1), $first . zeros(0x10000 - 0x5000) . substr($q, 0, 0x2000), 1,
	qr/ends here, 1 bytes before the end of the range from 0x10000 to 0x12fff/);
gives('cut between pages', '-q -f raw', substr($two, 0, -0x1000), $first . zeros(0x10000 - 0x5000) . substr($q, 0, 0x2000), 1, qr/ends here/);
gives('cut in the first page of a range', '-q -f raw', substr($two, 0, -0x2001), $first, 1, qr/ends here, 8193 bytes/);
gives('cut inside a header', '-q -f raw', substr($two, 0, 32 + 0x4000 + 31), $first, 1, qr/header of a range: the input ends here, 1 bytes/);
gives('the range that is cut comes lower than the first', '-q -f raw', range(0x10000, $q) . substr(range(0x1000, $p), 0, -1),
	zeros(0x1000) . substr($p, 0, 0x3000) . zeros(0x10000 - 0x4000) . $q, 1, qr/ends here/);
gives('a range that starts inside a page is cut', '-q -f raw', range(0x10000, $q) . range(0x1800, substr($p, 0, 0x1000), last => 0x4fff),
	zeros(0x1800) . substr($p, 0, 0x800) . zeros(0x10000 - 0x2000) . $q, 1, qr/ends here/);
gives('cut, into lime', '-q -f lime', substr($two, 0, -1), range(0x1000, $p) . range(0x10000, substr $q, 0, 0x2000), 1, qr/ends here/);

# --- lies ---
gives('a header that is none', '-q -f raw', range(0x1000, $p) . "x$two", $first, 1, qr/at 0x4020: there is no LiME header/);
gives('a later range ends before it starts', '-q -f raw', range(0x1000, $p) . range(0x8000, $q, last => 0x7fff), $first, 1,
	qr/range from 0x8000 to 0x7fff cannot be/);
gives('a later range is larger than all files', '-q -f raw', range(0x1000, $p) . range(0x8000, $q, last => (1 << 48) - 1),
	$first . zeros(0x8000 - 0x5000) . $q, 1, qr/ends here, \d+ bytes before the end/);
gives('a later range lies beyond all memory', '-q -f raw', range(0x1000, $p) . range(1 << 60, $q), $first, 1, qr/cannot be/);
gives('a later header has another byte order', '-q -f raw', range(0x1000, $p) . range(0x8000, $q, big => 1), $first, 1, qr/no LiME header/);
gives('a later header has another version', '-q -f raw', range(0x1000, $p) . range(0x8000, $q, version => 3), $first, 1, qr/version 3/);
refuses('the first range ends before it starts', '-f raw', range(0x8000, $q, last => 0x7000), qr/range from 0x8000 to 0x7000 cannot be/);
refuses('the first range lies beyond all memory', '-f raw', range(0x8000, $q, last => 1 << 60), qr/cannot be/);
refuses('it ends at the last address that can be written', '-f raw', range(0, $q, last => ~0), qr/cannot be/);
refuses('packed by AVML', '-f raw', range(0x1000, $p, version => 2), qr/version 2.*avml-convert/);
refuses('half a header', '-f raw', substr($two, 0, 20), qr/header of a range/);
refuses('too far for a pipe', '-f raw', range(1 << 50, $p), qr/page 0x4000000003000.*-o FILE/, $ways{'file to pipe'}, $ways{'pipe to pipe'});

# --- misuse ---
refuses('no address', '-f raw --base x', $memory, qr/'x' is not a physical address/);
refuses('an address beyond all memory', '-f raw --base 0x1000000000000000', $memory, qr/not a physical address/);
refuses('an address inside a page', '-f raw --base 0x1001', $memory, qr/0x1001: that is no multiple of the page size/);
refuses('an address inside a page of 64 KiB', '-f raw --base 0x1000 --machine ppc64le', $memory, qr/no multiple of the page size/);
refuses('memory that ends beyond all memory', '-f raw --base 0xffffffffffff000', $memory, qr/beyond all physical addresses/, $ways{'file to file'});
refuses('a machine that is none', '-f raw --base 0 --machine pdp11', $memory, qr/'pdp11' is not a known machine/);
refuses('plain memory without --base', '-f raw', $memory, qr/--base ADDRESS/);
refuses('an empty file', '-f raw --base 0', '', qr/is empty/);

# --- real dumps ---
# [ offset, physical, size in the file ] of each PT_LOAD of a little-endian 64-bit file.
sub loads {
	my ($path) = @_;
	open my $file, '<:raw', $path or die "$path: $!";
	read $file, my $head, 1 << 20;
	my ($at, $each, $count) = unpack 'x32Q<x14vv', $head;
	my @loads;
	for (0 .. $count - 1) {
		my ($type, undef, $start, undef, $address, $size) = unpack 'VVQ<Q<Q<Q<', substr $head, $at + $_ * $each, $each;
		push @loads, [ $start, $address, $size ] if $type == 1;
	}
	return @loads;
}

SKIP: {
	my $dump = ($ENV{LKCD_REAL} // '') . '/kdump-6.1-kaslr.vmcore';
	skip('LKCD_REAL names no folder with kdump-6.1-kaslr.vmcore', 1) unless -f $dump;
	my ($raw, $again, $lime) = map { "$large/$_" } qw(raw again lime);
	my @loads = loads($dump);
	my ($end) = reverse sort { $a <=> $b } map { $_->[1] + $_->[2] } @loads;
	is(system("$tool -q -f raw -o $raw $dump"), 0, 'a real vmcore into raw');
	is(-s $raw, int(($end + 4095) / 4096) * 4096, 'it ends where memory does');
	ok(same_part($dump, $_->[0], $raw, $_->[1], $_->[2]), sprintf('memory from 0x%x on, 0x%x bytes', @$_[ 1, 2 ])) for @loads;
	is(system("$tool -q -f raw $dump | cmp - $raw"), 0, 'a pipe gives the same');
	is(system("$tool -q -f elf --base 0 --machine x86_64 $raw | $tool -q -f raw -o $again"), 0, 'raw into elf into raw');
	is(system('cmp', $raw, $again), 0, 'gives the same');
	is(system("$tool -q -f lime -o $lime $dump"), 0, 'into lime');
	is(system("$tool -q -f raw $lime | cmp - $raw"), 0, 'and from there into raw gives the same');
}

is(join(' ', glob "$ENV{TMPDIR}/*"), '', 'no temporary file is left');
done_testing();
