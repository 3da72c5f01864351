#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What lkcd-info prints, to the byte: as text and as JSON, of dumps that say much, little and nonsense.
use strict;
use warnings;
no warnings 'portable';
use File::Temp;
use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/../mk";
use Mk::Test;
use Test::More;

need('lkcd-info');
my $folder = File::Temp->newdir('lkcd-XXXXXXXX', TMPDIR => 1);

# Run lkcd-info; { status, err (lines), out }.
sub run {
	my ($args, %how) = @_;
	my $ran = run_tool('lkcd-info', $args, catch => "$folder/out", %how);
	open my $file, '<:raw', "$folder/out" or die $!;
	return { %$ran, out => do { local $/; scalar <$file> } // '' };
}

# The same on the image of a recipe, from a file.
sub info {
	my ($recipe, @args) = @_;
	my $made = image($recipe);
	open my $file, '>:raw', "$folder/dump" or die $!;
	print {$file} $made->{image};
	close $file or die $!;
	my $ran = run([ @args, "$folder/dump" ]);
	s{\Q$folder\E/}{}g for $ran->{out}, @{ $ran->{err} };
	return $ran;
}

# The object that --json prints.
sub json_of {
	my ($recipe, @args) = @_;
	my $ran = info($recipe, '--json', @args);
	my $object = eval { JSON::PP->new->utf8->decode($ran->{out}) };
	diag("$@ in $ran->{out}") unless $object;
	return { %{ $object // {} }, status => $ran->{status} };
}

# One test: these keys of the object have these values; "status" is the exit status.
sub tells {
	my ($name, $recipe, $want, @args) = @_;
	my $object = json_of($recipe, @args);
	return is_deeply({ map { $_ => $object->{$_} } keys %$want }, $want, $name);
}

sub prints {
	my ($name, $recipe, $want, @args) = @_;
	my $ran = info($recipe, @args);
	return is($ran->{out}, $want, $name);
}

# A PRSTATUS note: its description is as long as said and holds [offset, bytes, value] each, in the byte order (< or >).
sub prstatus {
	my ($e, $size, @fields) = @_;
	my $desc = "\0" x $size;
	substr($desc, $_->[0], $_->[1]) = pack(($_->[1] == 8 ? 'Q' : 'L') . $e, $_->[2]) for @fields;
	return 'note CORE 1 hex ' . unpack('H*', $desc) . "\n";
}

my $vmcoreinfo = 'note VMCOREINFO 0 text "OSRELEASE=6.1.0-test\nBUILD-ID=3b43fad5\nPAGESIZE=4096\nNUMBER(phys_base)=-115343360\n' .
	"KERNELOFFSET=ec00000\\nCRASHTIME=1795381254\\n\"\n";

# --- all that an image can say ---
my $full = <<'END' . $vmcoreinfo;
version 11
compress gzip
area good
level 7
panic "Kernel panic - not syncing: test"
time 1795381254 42
uts.release 6.1.0-test
current_task 0xffff888001234500
range 0x1000 0xffff888000001000 0x9ec00
range 0x100000 -1 0x200000
origin "lkcdutils 0.1 from elf"
END
$full .= prstatus('<', 336, [ 32, 4, 7 ], [ 112 + 128, 8, 0xffffffff81000010 ], [ 112 + 152, 8, 0xffff888000001000 ]);
$full .= prstatus('<', 336, [ 32, 4, -1 & 0xffffffff ], [ 112 + 128, 8, 0xffffffff81000020 ], [ 112 + 152, 8, 0xffff888000002000 ]);
$full .= <<'END';
@0x1000 compress pages=4 class=1 fill 1
@0x8000 raw pages=2 class=2 noise 1
@0x10000 zero pages=8 class=3
@0x40000 raw class=0 noise 5
end
END
my $stored = 8192 + 4096 + length(Compress::Zlib::compress("\1" x 16384));
my $stored_kib = sprintf '%.0f KiB', $stored / 1024;
my $text = <<"END";
File:             dump
Format:           lkcd
Version:          11
Byte order:       little
Word bits:        64
Page size:        4096 (4.0 KiB)
Codec:            gzip
Dump level:       USED
Machine:          x86_64
System:           Linux
Release:          6.1.0-test
Kernel version:   #1 SMP Tue Apr 23 00:00:00 2002
Node name:        crashed
Domain name:      (none)
Build ID:         3b43fad5
KASLR offset:     0xec00000
Physical base:    -115343360
Panic:            Kernel panic - not syncing: test
Time:             2026-11-22T21:00:54.000042Z
Current task:     0xffff888001234500
CPUs:             2
  CPU 0, pid 7, pc 0xffffffff81000010, sp 0xffff888000001000
  CPU 1, pid -1, pc 0xffffffff81000020, sp 0xffff888000002000
Ranges:           2, 2.6 MiB in all
  physical 0x1000, virtual 0xffff888000001000, size 650240 (635 KiB)
  physical 0x100000, size 2097152 (2.0 MiB)
Origin:           lkcdutils 0.1 from elf
Pages:            15
  kernel:         4
  used:           2
  unused:         8
  unknown:        1
Zero pages:       8
Stored:           $stored ($stored_kib)
Unpacked:         61440 (60 KiB)
Highest address:  0x40fff
Whole:            yes
END
my %full = (
	file => 'dump', format => 'lkcd', version => 11, byte_order => 'little', word_bits => 64, page_size => 4096, codec => 'gzip',
	level => 7, level_name => 'USED', machine => 'x86_64', sysname => 'Linux', release => '6.1.0-test',
	kernel_version => '#1 SMP Tue Apr 23 00:00:00 2002', node_name => 'crashed', domain_name => '(none)', build_id => '3b43fad5',
	kaslr_offset => '0xec00000', phys_base => -115343360, panic => 'Kernel panic - not syncing: test',
	time => '2026-11-22T21:00:54.000042Z', current_task => '0xffff888001234500', notes_made => JSON::PP::false,
	cpus => [ { cpu => 0, pid => 7, pc => '0xffffffff81000010', sp => '0xffff888000001000' },
		{ cpu => 1, pid => -1, pc => '0xffffffff81000020', sp => '0xffff888000002000' } ],
	ranges_made => JSON::PP::false,
	ranges => [ { physical => '0x1000', virtual => '0xffff888000001000', size => 650240 },
		{ physical => '0x100000', virtual => undef, size => 2097152 } ],
	origin => 'lkcdutils 0.1 from elf', unknown => [], pages_claimed => 15,
);
my %read = (pages => 15, pages_kernel => 4, pages_used => 2, pages_unused => 8, pages_unknown => 1, pages_zero => 8,
	stored_bytes => $stored, plain_bytes => 61440, highest_address => '0x40fff', whole => JSON::PP::true, faults => 0,
	first_fault => undef, pages_lost => 0);

prints('all that can be said, as text', $full, $text);
is_deeply(json_of($full), { %full, %read, status => 0 }, 'all that can be said, as JSON');
my $quick = { %full, map({ $_ => undef } keys %read), status => 0 };
is_deeply(json_of($full, '--quick'), $quick, '--quick: nothing of the pages');
(my $head = $text) =~ s/^Pages:.*//ms;
prints('--quick, as text', $full, $head . "Pages claimed:    15\n", '--quick');

my $piped = run([], feed => image($full)->{image});
(my $from_pipe = $text) =~ s/dump$/standard input/m;
is($piped->{out}, $from_pipe, 'a pipe says what a file says');
is("$piped->{status} @{ $piped->{err} }", '0 ', 'and nothing more');

# --- little ---
prints('an ELF file without notes', "format elf\nload 0x2000 0x3000 fill 1\n", <<'END');
File:             dump
Format:           elf
Version:          1
Byte order:       little
Word bits:        64
Page size:        4096 (4.0 KiB)
Machine:          x86_64
Ranges:           1, 12 KiB in all
  physical 0x2000, virtual 0xffff800000002000, size 12288 (12 KiB)
Pages:            3
Stored:           12288 (12 KiB)
Unpacked:         12288 (12 KiB)
Highest address:  0x4fff
Whole:            yes
END
tells('no panic, no time, no notes', "version 9\narea good\npanic \"\"\ntime 0 0\nuts.nodename \"\"\n\@0x0 raw fill 1\nend\n",
	{ panic => undef, time => undef, node_name => undef, build_id => undef, kaslr_offset => undef, phys_base => undef, status => 0 });

# --- machines ---
tells('big-endian registers', "format elf\nmachine s390x\n" .
	prstatus('>', 336, [ 32, 4, 99 ], [ 112 + 8, 8, 0x102030 ], [ 112 + 136, 8, 0x7f00 ]) . "load 0 0x1000 fill 1\n",
	{ byte_order => 'big', word_bits => 64, machine => 's390x', cpus => [ { cpu => 0, pid => 99, pc => '0x102030', sp => '0x7f00' } ] });
tells('32-bit registers', "format elf\nmachine i386\n" .
	prstatus('<', 144, [ 24, 4, 5 ], [ 72 + 48, 4, 0xc0100000 ], [ 72 + 60, 4, 0xc7fffff0 ]) . "load 0 0x1000 fill 1\n",
	{ word_bits => 32, machine => 'i386', cpus => [ { cpu => 0, pid => 5, pc => '0xc0100000', sp => '0xc7fffff0' } ] });
tells('notes that are too short, and a machine whose registers are not known', "format elf\n" .
	prstatus('<', 100) . prstatus('<', 327) . "load 0 0x1000 fill 1\n",
	{ cpus => [ map { { cpu => $_, pid => undef, pc => undef, sp => undef } } 0, 1 ], status => 0 });
tells('a machine that is not known', "format elf\ne_machine 0x1234\n" . prstatus('<', 336) . "load 0 0x1000 fill 1\n",
	{ machine => undef, cpus => [ { cpu => 0, pid => undef, pc => undef, sp => undef } ], status => 0 });

# --- dump levels ---
for (([ 2, 4, 'ALL' ], [ 3, 2, 'KERN' ], [ 7, 4, 'USED' ], [ 7, 8, 'ALL' ], [ 9, 3, 'KERN' ], [ 9, 15, 'ALL' ], [ 9, 5, undef ])) {
	my ($version, $level, $name) = @$_;
	tells("level $level of version $version", "version $version\nlevel $level\n\@0x0 raw fill 1\nend\n",
		{ level => $level, level_name => $name });
}
like(info("version 9\nlevel 5\n\@0x0 raw fill 1\nend\n")->{out}, qr/^Dump level:       5$/m, 'a level without a name, as text');

# --- what a dump must not do ---
my $nasty = "version 9\npanic \"\\x1b[2J\\x07\\\\ \\xc3\\xa9 \\xff\\xc2\\x9b \\\"q\\\"\\n\"\n\@0x0 raw fill 1\nend\n";
like(info($nasty)->{out}, qr/^Panic:            \\x1b\[2J\\x07\\ \xc3\xa9 \\xff\\xc2\\x9b "q"\\x0a$/m, 'control characters do not reach a terminal');
like(info($nasty, '--json')->{out}, qr/"panic": "\\u001b\[2J\\u0007\\\\ \xc3\xa9 \\u00ff\\u00c2\\u009b \\"q\\"\\u000a",$/m, 'nor JSON');
tells('JSON is valid still', $nasty, { panic => "\x1b[2J\x07\\ \xe9 \xff\xc2\x9b \"q\"\n", status => 0 });
tells('a time that is none', "version 9\ntime 0xffffffffffffffff 5\n\@0x0 raw fill 1\nend\n", { time => undef, status => 0 });

# --- lists ---
my $many = "format elf\n" . join '', map { sprintf "load 0x%x 0x1000 fill 1\n", $_ * 0x10000 } 1 .. 20;
like(info($many)->{out}, qr/^Ranges:           20, .*\n(  physical .*\n){16}  \.\.\. and 4 more \(-v lists all\)\nPages:/m,
	'16 ranges of 20 are shown');
like(info($many, '-v')->{out}, qr/^Ranges:           20, .*\n(  physical .*\n){20}Pages:/m, '-v: all of them');
is(scalar @{ json_of($many)->{ranges} }, 20, 'JSON always has all');

# --- damage ---
my $page = "version 11\narea good\n\@0x0 raw pages=4 noise 1\n";
my $cut = info($page . "\@0x10000 raw pages=4 noise 2\nend\ntruncate \@0x10000+100\n");
my @said = grep { /^lkcd-info: dump: / } @{ $cut->{err} };
is("$cut->{status} " . @{ $cut->{err} } . ' ' . @said, '1 1 1', 'a cut dump: status and one sentence');
(my $sentence = $said[0]) =~ s/^lkcd-info: dump: //;
like($cut->{out}, qr/^Whole:            no\nFaults:           1\nFirst fault:      \Q$sentence\E\nPages lost:       4\n\z/m, 'as text');
tells('as JSON', $page . "\@0x10000 raw pages=4 noise 2\nend\ntruncate \@0x10000+100\n",
	{ whole => JSON::PP::false, faults => 1, first_fault => $sentence, pages => 4, pages_claimed => 8, pages_lost => 4, status => 1 });
tells('cut, and no number is promised', "num_pages 0\n" . $page . "noend\n",
	{ whole => JSON::PP::false, pages => 4, pages_claimed => undef, pages_lost => undef, status => 1 });
tells('records that are damaged', $page . join('', map { "\@0x${_}0000 raw " . ($_ % 2 ? 'crc=bad ' : '') . "noise $_\n" } 1 .. 4) . "end\n",
	{ whole => JSON::PP::false, faults => 2, pages => 6, pages_lost => 2, status => 1 });
for ([ 'an empty file', "format raw\n" ], [ 'no dump', "format raw\nload 0 0x1000 fill 7\n" ]) {
	my ($name, $recipe) = @$_;
	my $ran = info($recipe);
	is("$ran->{status} " . @{ $ran->{err} } . " [$ran->{out}]", '2 1 []', "$name: status 2, a sentence and no report");
}
prints('plain memory', "format raw\nload 0 0x3000 fill 7\n", <<'END', '--base', '0x4000');
File:             dump
Format:           raw
Page size:        4096 (4.0 KiB)
Ranges:           1, 12 KiB in all
  physical 0x4000, size 12288 (12 KiB)
Not known:        2
  the machine is not known, and pages of 4096 bytes are assumed: use --machine NAME
  registers, virtual addresses, the kernel's release and VMCOREINFO are not known: raw memory has no notes
Pages:            3
Stored:           12288 (12 KiB)
Unpacked:         12288 (12 KiB)
Highest address:  0x6fff
Whole:            yes
END
tells('plain memory, when the user says so', "format raw\nload 0 0x3000 fill 7\n",
	{ format => 'raw', machine => 'aarch64', pages => 3, highest_address => '0x80002fff', status => 0 }, '--base', '2G', '--machine', 'arm64');

# --- crash ---
my $ran = info($full, '--crash-args');
is("$ran->{status} $ran->{out}@{ $ran->{err} }", "0 --kaslr=0xec00000 -m phys_base=0xfffffffff9200000\n", '--crash-args');
my $no = 'lkcd-info: dump: ';
$ran = info("version 9\n\@0x0 raw fill 1\nend\n", '--crash-args');
is("$ran->{status} $ran->{out}@{ $ran->{err} }", "2 ${no}the address of the kernel is not in the dump: it has no VMCOREINFO, or an old one",
	'--crash-args without VMCOREINFO');
$ran = info("format elf\nmachine s390x\n${vmcoreinfo}load 0 0x1000 fill 1\n", '--crash-args');
is("$ran->{status} $ran->{out}@{ $ran->{err} }", "2 ${no}the options for crash are known for x86_64 only",
	'--crash-args of another machine');

done_testing();
