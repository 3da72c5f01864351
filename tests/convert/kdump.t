#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-or-later
# kdump-compressed files and their flattened form: what is written, read here by other code; there and back again to the byte;
# split sets; what is lost. kdump-versions.t is about what others write, damaged.t about cuts and lies.
use strict;
use warnings;
no warnings 'portable';
use Digest::MD5 qw(md5_hex);
use File::Temp;
use FindBin;
use lib "$FindBin::Bin/../mk";
use Mk::Pages;
use Mk::Test;
use Test::More;

need('lkcd-convert');
my $folder = File::Temp->newdir('kdump-XXXXXXXX', TMPDIR => 1);

sub spew {
	my ($name, $bytes) = @_;
	open my $file, '>:raw', "$folder/$name" or die "$name: $!";
	print {$file} $bytes or die "$name: $!";
	close $file or die "$name: $!";
	return "$folder/$name";
}

sub slurp {
	my ($path) = @_;
	open my $file, '<:raw', $path or return '';
	local $/;
	return <$file> // '';
}

# Run lkcd-convert on files; the output's bytes, and the run.
sub run {
	my ($format, $args, @in) = @_;
	my $out = "$folder/out";
	unlink $out;
	my $ran = run_tool('lkcd-convert', [ '-q', '-f', $format, @$args, '-o', $out, @in ]);
	return (slurp($out), $ran);
}

sub run_piped {
	my ($format, $args, $bytes) = @_;
	my $out = "$folder/piped";
	my $ran = run_tool('lkcd-convert', [ '-q', '-f', $format, @$args ], feed => $bytes, catch => $out);
	return (slurp($out), $ran);
}

# What a run said, without the tool and the names of the files.
sub said {
	my ($ran) = @_;
	my @lines = grep { !/: note: / } @{ $ran->{err} };
	s/^lkcd-convert: //, s{\Q$folder\E/}{}g for @lines;
	return \@lines;
}

# The file that flattened bytes mean. Dies where bytes come twice, or the end is missing.
sub unflatten {
	my ($flat) = @_;
	my ($signature, $type, $version) = unpack 'a16Q>2', $flat;
	die "header\n" unless $signature eq 'makedumpfile' . "\0" x 4 && $type == 1 && $version == 1;
	my ($at, $file, @records) = (4096, '');
	while (1) {
		my ($offset, $size) = unpack 'Q>2', substr $flat, $at, 16;
		$at += 16;
		last if $offset == ~0 && $size == ~0;
		die "record at $at\n" unless $size > 0 && $at + $size < length $flat;
		$file .= "\0" x ($offset + $size - length $file) if $offset + $size > length $file;
		substr($file, $offset, $size) = substr $flat, $at, $size;
		push @records, [ $offset, $offset + $size ];
		$at += $size;
	}
	die "bytes behind the end\n" if $at != length $flat;
	@records = sort { $a->[0] <=> $b->[0] } @records;
	$records[$_][0] >= $records[ $_ - 1 ][1] or die "bytes come twice\n" for 1 .. $#records;
	return $file;
}

# A kdump file, field by field. Offsets of the sub header's fields: long is a machine word.
my %sub = (
	64 => { phys_base => 0, split => 12, vmcoreinfo => 32, notes => 48, erase => 64, max => 96, size => 104 },
	i386 => { phys_base => 0, split => 8, vmcoreinfo => 20, notes => 32, erase => 44, max => 72, size => 80 },
	32 => { phys_base => 0, split => 8, vmcoreinfo => 24, notes => 40, erase => 56, max => 88, size => 96 },
);

sub parse {
	my ($bytes, $bits, $e, $machine) = @_;
	my $at = $sub{ $machine eq 'i386' ? 'i386' : $bits };
	my $tail = $bits == 64 ? 424 : 412;
	my $long = $bits == 64 ? "Q$e" : "L$e";
	my $area = sub { [ unpack "Q$e$long", substr $bytes, $_[0], 16 ] };
	my %k = (signature => substr($bytes, 0, 8), version => unpack("L$e", substr $bytes, 8, 4));
	$k{uts} = [ map { s/\0.*//rs } unpack 'a65' x 6, substr $bytes, 12, 390 ];
	$k{time} = [ unpack "$long$long", substr $bytes, $tail - $bits / 4, $bits / 4 ];
	@k{qw(status block sub_blocks bitmap_blocks max_32 ram device written cpu cpus)} = unpack "L${e}10", substr $bytes, $tail, 40;
	my $sub = $k{block};
	$k{phys_base} = unpack $long, substr $bytes, $sub, 8;
	$k{split} = unpack "L$e", substr $bytes, $sub + $at->{split}, 4;
	@k{qw(vmcoreinfo notes erase)} = map { $area->($sub + $at->{$_}) } qw(vmcoreinfo notes erase);
	$k{max} = unpack "Q$e", substr $bytes, $sub + $at->{max}, 8;
	$k{sub_size} = $at->{size};
	my $half = $k{bitmap_blocks} / 2 * $k{block};
	my $first = (1 + $k{sub_blocks}) * $k{block};
	for my $map (0, 1) {
		my $bits_of = unpack 'b*', substr $bytes, $first + $map * $half, $half;
		push @{ $k{maps} }, [ grep { substr $bits_of, $_, 1 } 0 .. length($bits_of) - 1 ];
	}
	my $descs = $first + 2 * $half;
	$k{data} = $descs + 24 * @{ $k{maps}[1] };
	$k{descs} = { map { ($k{maps}[1][$_] => [ unpack "Q${e}L${e}2Q$e", substr $bytes, $descs + 24 * $_, 24 ]) } 0 .. $#{ $k{maps}[1] } };
	return \%k;
}

# --- what is written ---

my $loads = <<'END';
note CORE 1 400 words 1
note CORE 1 400 words 2
note VMCOREINFO 0 text "OSRELEASE=6.1.0\nPAGESIZE=4096\nNUMBER(phys_base)=-4096\nCRASHTIME=1700000000\n"
note LINUX 0x700 10 words 1
load 0x100000 0x2000 vaddr=0xffffffff81000000 same=ram+0xff000
load 0x1000 0x9e800 vaddr=0xffff888000001000 words 5
load 0x100000 0x20000 vaddr=0xffff888000100000 zero
load 0x200000 0x9000 vaddr=0xffff888000200000 noise 7
load 0x300000 0x10000 memsz=0x18000 vaddr=0xffff888000300000 words 7
END
$loads =~ s/^load .*same=.*\n//m;
my $small = image("format elf\n$loads");
my $elf = spew('elf', $small->{image});
my ($kdump, $ran) = run('kdump', [], $elf);
is($ran->{status}, 0, 'written');
my $k = parse($kdump, 64, '<', 'x86_64');
is_deeply([ @$k{qw(signature version block split max max_32 cpus phys_base status)} ],
	[ 'KDUMP   ', 6, 4096, 0, 0x310, 0x310, 2, ~0 - 4095, 1 ], 'header');
is_deeply([ @$k{qw(ram device written cpu)}, @{ $k->{erase} } ], [ 0, 0, 0, 0, 0, 0 ], 'fields that nobody writes');
is_deeply($k->{uts}, [ 'Linux', '(unknown)', '6.1.0', '(unknown)', 'x86_64', '(unknown)' ], 'utsname is not empty, for libkdumpfile');
is_deeply($k->{time}, [ 1700000000, 0 ], 'time');
is_deeply($k->{maps}[1], [ 1 .. 0x9f, 0x100 .. 0x11f, 0x200 .. 0x208, 0x300 .. 0x30f ], 'bitmap of the pages');
is_deeply($k->{maps}[0], [ 1 .. 0x9f, 0x100 .. 0x11f, 0x200 .. 0x208, 0x300 .. 0x30f ], 'bitmap of the memory, not beyond the last page');
my $notes = elf_of($elf)->{notes};
my ($at, $size) = @{ $k->{notes} };
is($at, 4096 + $k->{sub_size}, 'notes stand behind the sub header');
is(substr($kdump, $at, length $notes), $notes, 'notes, unchanged');
my @ranges = ([ 0x1000, 0xffff888000001000, 0x9e800 ], [ 0x100000, 0xffff888000100000, 0x20000 ],
	[ 0x200000, 0xffff888000200000, 0x9000 ], [ 0x300000, 0xffff888000300000, 0x18000 ]);
is(substr($kdump, $at + length $notes, $size - length $notes),
	pack('L<3a8', 5, 96, 2, 'LKCD') . pack('Q<*', map { @$_ } @ranges), 'the ranges, behind all other notes');
like(substr($kdump, $k->{vmcoreinfo}[0], $k->{vmcoreinfo}[1]), qr/\AOSRELEASE=6.1.0\n.*CRASHTIME=1700000000\n\z/s, 'VMCOREINFO alone');
my %zero = map { $_->[0] => 1 } @{ $k->{descs} }{ 0x100 .. 0x11f };
is_deeply([ map { [ @{ $k->{descs}{ $_ } }[ 1, 2, 3 ] ] } 0x100, 0x11f ], [ [ 4096, 0, 0 ], [ 4096, 0, 0 ] ], 'zero pages are plain');
is(keys %zero, 1, 'zero pages share one');
ok(!(grep { $_->[0] < $k->{data} || $_->[0] + $_->[1] > length $kdump } values %{ $k->{descs} }), 'pages stand behind the descriptors');
is(length($kdump), 4096 + $k->{data} + do { my $sum = 0; $sum += $_->[2] ? $_->[1] : 0 for values %{ $k->{descs} }; $sum } +
	4096 * (grep { !$_->[2] && !$zero{ $_->[0] } } values %{ $k->{descs} }), 'and fill the file');
is((parse((run('kdump', [ '-c', 'zstd' ], $elf))[0], 64, '<', 'x86_64'))->{status}, 0x20, 'status of zstd');
is((parse((run('kdump', [ '-c', 'none' ], $elf))[0], 64, '<', 'x86_64'))->{status}, 0, 'status of plain pages');

# Memory that was not dumped is in the first bitmap only.
my ($filtered) = run('kdump', [], spew('filtered', image("format elf\nload 0x0 0x2000 memsz=0x5000 words 1\nload 0x9000 0x1000 words 1\n")->{image}));
$k = parse($filtered, 64, '<', 'x86_64');
is_deeply($k->{maps}, [ [ 0 .. 4, 9 ], [ 0, 1, 9 ] ], 'bitmaps of a filtered dump');
is($k->{cpus}, 1, 'no registers: one CPU');
is_deeply([ $k->{vmcoreinfo}, $k->{phys_base} ], [ [ 0, 0 ], 0 ], 'no VMCOREINFO');

# phys_base by the mapping of the kernel's text, where VMCOREINFO does not tell.
($filtered) = run('kdump', [], spew('text', image("format elf\nload 0x0 0x2000 words 1\nload 0x5000000 0x1000 vaddr=0xffffffff81000000 words 2\n")->{image}));
is(parse($filtered, 64, '<', 'x86_64')->{phys_base}, 0x4000000, 'phys_base of the kernel text');

# Bitmaps of more than one piece, and a hole that is longer than one.
($filtered) = run('kdump', [], spew('far', image("format elf\nload 0x7ffff000 0x3000 words 1\nload 0x240000000 0x1000 words 2\n")->{image}));
$k = parse($filtered, 64, '<', 'x86_64');
is_deeply($k->{maps}[1], [ 0x7ffff, 0x80000, 0x80001, 0x240000 ], 'bitmap over 9 GiB');
is($k->{bitmap_blocks}, 2 * 73, 'blocks of bitmaps over 9 GiB');
($filtered) = run('kdump', [], spew('far', image("format elf\nload 0x0 0x1000 memsz=0x1ffff8000 words 1\nload 0x240000000 0x1000 words 2\n")->{image}));
$k = parse($filtered, 64, '<', 'x86_64');
is_deeply([ $k->{maps}[0][0], $k->{maps}[0][-2], scalar @{ $k->{maps}[0] } ], [ 0, 0x1ffff7, 0x1ffff9 ], 'bitmap of memory over 9 GiB');

# --- there and back ---

for ([ 'x86_64', 'little', 64 ], [ 'i386', 'little', 32 ], [ 'arm', 'little', 32 ], [ 'ppc', 'big', 32 ], [ 'ppc64', 'big', 64 ],
	[ 's390x', 'big', 64 ], [ 'aarch64', 'little', 64 ]) {
	my ($machine, $endian, $bits) = @$_;
	my $text = $loads;
	$text =~ s/vaddr=\w{10}/vaddr=0x/g if $bits == 32;
	my $in = spew('there', image("format elf\nmachine $machine\nendian $endian\n$text")->{image});
	my ($want) = run('elf', [], $in);
	for my $codec ($machine eq 'x86_64' ? qw(gzip zstd none) : 'zstd') {
		my ($file) = run('kdump', [ '-c', $codec ], $in);
		my ($flat) = run('flat', [ '-c', $codec ], $in);
		my $again = eval { unflatten($flat) } // $@;
		$again .= "\0" x (length($file) - length $again) if length $again < length $file;
		ok($again eq $file, "$machine, $codec: flat is kdump, flattened");
		ok((run_piped('flat', [ '-c', $codec ], slurp($in)))[0] eq $flat, "$machine, $codec: flat through pipes");
		for ([ kdump => $file ], [ flat => $flat ]) {
			my ($name, $bytes) = @$_;
			my ($got, $back) = run('elf', [], spew('back', $bytes));
			is($back->{status}, 0, "$machine, $codec, $name: status");
			ok($got eq $want, "$machine, $codec, $name: the same ELF file");
			ok((run_piped('elf', [], $bytes))[0] eq $want, "$machine, $codec, $name: through pipes");
		}
	}
	$k = parse((run('kdump', [], $in))[0], $bits, $endian eq 'big' ? '>' : '<', $machine);
	is_deeply([ @$k{qw(version block max)}, $k->{uts}[4], $k->{notes}[0] ], [ 6, 4096, 0x310, $machine, 4096 + $k->{sub_size} ],
		"$machine: header and sub header");
	is($k->{vmcoreinfo}[0], $k->{notes}[0] + index($notes, 'OSRELEASE'), "$machine: VMCOREINFO");
	is($k->{vmcoreinfo}[1], length(($notes =~ /(OSRELEASE=.*?CRASHTIME=\d+\n)/s)[0]), "$machine: size of VMCOREINFO");
}

# Pages that come in another order, some of them packed: descriptors go by frame, pages as they come.
my $order = "compress gzip\n\@0x9000 compress words 9\n\@0x400000 compress words 4\n\@0x2000 raw noise 2\n\@0x3000 compress zero\n\@0x0 compress words 1\n";
my $lkcd = image("version 9\nmachine x86_64\n$order");
my $in = spew('unordered', $lkcd->{image});
($kdump, $ran) = run('kdump', [], $in);
is($ran->{status}, 0, 'not in order');
$k = parse($kdump, 64, '<', 'x86_64');
is_deeply($k->{maps}[1], [ 0, 2, 3, 9, 0x400 ], 'not in order: bitmap');
is_deeply([ sort { $k->{descs}{$a}[0] <=> $k->{descs}{$b}[0] } keys %{ $k->{descs} } ], [ 9, 0x400, 2, 3, 0 ], 'not in order: pages as they came');
my ($flat) = run('flat', [], $in);
is(unflatten($flat), $kdump, 'not in order: flat is kdump, flattened');
for my $bytes ($kdump, $flat) {
	my $back = convert({ image => $bytes }, 'elf', 'file');
	is_deeply([ differences($lkcd, 'elf', $back->{path}, 'file', 0) ], [], 'not in order: pages');
}

# --- lost pages ---

my $broken = image("version 9\nmachine x86_64\ncompress gzip\n\@0x0 raw noise 1\n\@0x5000 compress lost words 5\n\@0x6000 compress lost words 6\n" .
	"\@0x8000 compress words 8\npatch \@0x5000+20 ffffffffffff\npatch \@0x6000+20 ffffffffffff\n");
$in = spew('broken', $broken->{image});
for my $format (qw(kdump flat)) {
	my ($bytes, $wrote) = run($format, [ '-c', 'zstd' ], $in);
	is($wrote->{status}, 1, "lost pages, $format: status");
	my $file = $format eq 'flat' ? unflatten($bytes) : $bytes;
	$k = parse($file, 64, '<', 'x86_64');
	is($k->{status}, 0x28, "lost pages, $format: marked as incomplete");
	is_deeply([ @{ $k->{descs} }{ 5, 6 } ], [ [ 0, 0, 1, 0 ], [ 0, 0, 1, 0 ] ], "lost pages, $format: descriptors that no reader takes for a page");
	converts("lost pages, $format: read again", { %$broken, image => $bytes }, status => 1,
		say => [ qr/page 0x5000 at 0x[0-9a-f]+: .*the first of 2 pages that were never written to the dump$/, qr/marked it as incomplete/ ]);
}

# --- refused ---

(undef, $ran) = run_piped('kdump', [], $small->{image});
is($ran->{status}, 2, 'kdump into a pipe: status');
like(said($ran)->[0], qr/: kdump output must be seekable: use -o FILE, or -f flat$/, 'kdump into a pipe: refused');
(undef, $ran) = run('kdump', [], spew('none', image("version 9\n")->{image}));
is($ran->{status}, 2, 'no pages: status');
like(said($ran)->[0], qr/there are no pages to write$/, 'no pages: refused');

# --- descriptors ---

my $pages = "\@0x0 zlib words 1\n\@0x1000 raw noise 1\n\@0x2000 zlib words 2\n";
sub one { return "format kdump\n$pages$_[0]\n" }
my $damage = qr/page 0x3000 at 0x[0-9a-f]+: /;
my $cannot = qr/${damage}its descriptor has size \d+ and flags 0x[0-9a-f]+, which cannot be with pages of 4096 bytes$/;
converts('a descriptor without an offset', one('@0x3000 zlib lost offset=0 words 3'), status => 1, say => [ qr/${damage}the first of 1 pages that were never written/ ]);
converts('a plain page of another size', one('@0x3000 raw lost size=4095 noise 3'), status => 1, say => [$cannot]);
converts('a packed page of no size', one('@0x3000 zlib lost size=0 words 3'), status => 1, say => [$cannot]);
converts('a packed page as large as a page', one('@0x3000 zlib lost size=4096 words 3'), status => 1, say => [$cannot]);
converts('a packed page of 4 GiB', one('@0x3000 zlib lost size=0xffffffff words 3'), status => 1, say => [$cannot]);
converts('two codecs at once', one('@0x3000 zlib lost flags=0x3 words 3'), status => 1, say => [$cannot]);
converts('an unknown flag', one('@0x3000 zlib lost flags=0x40 words 3'), status => 1, say => [$cannot]);
converts('a page behind the end', one("\@0x3000 raw lost offset=0x10000000 noise 3\n\@0x4000 zlib lost offset=-1 words 3\n\@0x5000 zlib words 4"),
	status => 1, say => [ qr/page 0x3000 at 0x10000000: the first of 2 pages that are beyond the end of the file$/ ]);
converts('a page that does not unpack', one("\@0x3000 zlib lost cut=5 words 3\n\@0x4000 zlib words 4"), status => 1,
	say => [ qr/page 0x3000 at 0x[0-9a-f]+: \d+ bytes of gzip data do not decompress/ ]);
converts('cut inside the last page', one("\@0x3000 raw lost noise 9\ntruncate -100"), status => 1,
	say => [ qr/page 0x3000 at 0x[0-9a-f]+: the first of 1 pages that are beyond the end/ ]);
converts('cut inside the pages', one("\@0x3000 raw lost noise 9\n\@0x4000 raw lost noise 9\ntruncate -4097"), status => 1,
	say => [ qr/page 0x3000 at 0x[0-9a-f]+: the first of 2 pages that are beyond the end/ ]);
# So other sinks are told before what will not come.
my ($cut) = run('kdump', [], spew('cut', image(one("\@0x3000 raw noise 9\n\@0x4000 raw noise 9\ntruncate -4097"))->{image}));
$k = parse($cut, 64, '<', 'x86_64');
is_deeply([ $k->{maps}[1], $k->{status} ], [ [ 0 .. 2 ], 0x9 ], 'cut inside the pages: what is left is a good dump');
converts('cut inside the descriptors', "format kdump\n\@0x0 zlib lost words 1\n\@0x5000 raw lost noise 1\n\@0x6000 zlib lost words 2\ntruncate \@0x5000+8",
	status => 1, formats => ['lkcd'], say => [ qr/page 0x0 at 0x[0-9a-f]+: the first of 1 pages that are beyond/,
		qr/page 0x5000 at 0x[0-9a-f]+: the first of 2 pages whose descriptors are beyond the end of the file$/ ]);
converts('marked as incomplete, though all is there', one("status 9"), status => 1, say => [ qr/marked it as incomplete/ ]);
converts('a status without a codec', one("status 0"));

# --- headers ---

my $kib = 'format kdump';
for ([ 'no frames', 'max_mapnr_64 0', qr/: at 0x0: 0 page frames cannot be/ ],
	[ '2^63 frames', 'max_mapnr_64 0x8000000000000000', qr/9223372036854775808 page frames cannot be in bitmaps of 2 blocks of 4096 bytes$/ ],
	[ 'more frames than bits', 'max_mapnr_64 65537', qr/65537 page frames cannot be in bitmaps of 2 blocks/ ],
	[ 'bitmaps of 16 TiB', 'bitmap_blocks 0xffffffff', qr/the file ends before the end of its bitmaps/ ],
	[ 'no bitmap', 'bitmap_blocks 0', qr/its header is not possible in any word size and byte order$/ ],
	[ 'a sub header of 16 TiB', 'sub_hdr_size 0xffffffff', qr/its header is not possible/ ],
	[ 'a sub header of 32 GiB', 'sub_hdr_size 0x7fffff', qr/the file ends before the end of its bitmaps, at 0x800002000$/ ],
	[ 'no block size', 'block_size 0', qr/its header is not possible/ ],
	[ 'an odd block size', 'block_size 4097', qr/its header is not possible/ ],
	[ 'a block size of 2 GiB', 'block_size 0x80000000', qr/its header is not possible/ ],
	[ 'a version of another age', 'header_version 0x10000000', qr/its header is not possible/ ],
	[ 'a part that ends before it starts', 'split 5 1', qr/cannot have a part from frame 5 to 1$/ ],
	[ 'a part beyond the end', 'split 0 99', qr/a split dump of 3 page frames cannot have a part from frame 0 to 99$/ ]) {
	my ($name, $line, $say) = @$_;
	converts($name, "$kib\n$line\n$pages", status => 2, say => [$say]);
}
converts('cut inside the header', "$kib\n${pages}truncate 400", status => 2, say => [ qr/header: the input ends here/ ]);
converts('cut inside the sub header', "$kib\n${pages}truncate 4100", status => 2, say => [ qr/sub header: the input ends here/ ]);
converts('cut inside the bitmaps', "$kib\n${pages}truncate bitmap+4096", status => 2, say => [ qr/the file ends before the end of its bitmaps/ ]);
converts('notes that are not in the file', "$kib\nnote CORE 1 8 words 1\nsize_note 0x100000000\n$pages", status => 1,
	say => [ qr/notes of 0x100000000 bytes are not in the file, and are left out$/ ]);
my $ranges = "note LKCD 2 hex 0000000000000000" . 'f' x 16 . "0030000000000000\n";
converts('ranges in a note', "$kib\n$ranges$pages");
converts('ranges in a note that cannot be', $kib . "\n" . ($ranges =~ s/0030000000000000/00000000000000f0/r) . $pages, status => 1,
	say => [ qr/the note of memory ranges is damaged, and is left out$/ ]);

# A diskdump file, which may have a single bitmap.
my $made = image("$kib\nheader_version 2\nsignature DISKDUMP\n$pages");
converts('the old signature', $made);
my $bitmap = $made->{labels}{bitmap};
my $image = $made->{image};
my $descs = substr $image, $bitmap + 8192, 72, '';
substr $image, $bitmap + 4096, 4096, $descs . "\0" x 8168;
substr $image, 436, 4, pack 'L<', 1;
converts('one bitmap', { %$made, image => substr($image, 0, $bitmap + 4096) . $descs . "\0" x 4096 . substr $made->{image}, $bitmap + 8192 + 72 });

# --- split sets ---

my @parts;
my $whole = image("$kib\n\@0x0 zlib words 1\n\@0x1000 raw noise 2\n\@0x4000 raw shared zero\n\@0x5000 raw shared zero\n\@0x9000 zlib words 3\n\@0xa000 zlib words 4\n");
# each part holds the bitmaps of the whole dump, and descriptors for its own frames only
for ([ 0, 5 ], [ 5, 9 ], [ 9, 11 ], [ 11, 11 ]) {
	my ($start, $end) = @$_;
	my $part = image("$kib\nsplit $start $end\n\@0x0 zlib words 1\n\@0x1000 raw noise 2\n\@0x4000 raw shared zero\n\@0x5000 raw shared zero\n" .
		"\@0x9000 zlib words 3\n\@0xa000 zlib words 4\n");
	my $first = $part->{labels}{descriptors};
	my $skip = { 0 => 0, 5 => 3, 9 => 4, 11 => 6 }->{$start};
	my $keep = { 0 => 3, 5 => 1, 9 => 2, 11 => 0 }->{$start};
	substr($part->{image}, $first, 144) = substr($part->{image}, $first + 24 * $skip, 24 * $keep) . "\0" x (24 * (6 - $keep));
	push @parts, spew("part-$start", $start == 11 ? substr $part->{image}, 0, $first - 4 : $part->{image});
}
my ($want) = run('elf', [], spew('whole', $whole->{image}));
for ([ 0, 1, 2 ], [ 2, 0, 1 ], [ 1, 2, 3, 0 ], [ 3, 2, 1, 0 ]) {
	my ($got, $split) = run('elf', [], @parts[@$_]);
	is($split->{status}, 0, "split, parts @$_: status");
	ok($got eq $want, "split, parts @$_: the same ELF file");
}
for ([ [ 0, 2 ], 'part-0: page 0x5000: the first of 1 pages that are in a file of the split dump that was not given' ],
	[ [ 1, 2 ], 'part-5: page 0x0: the first of 3 pages that are in a file of the split dump that was not given' ],
	[ [ 0, 1 ], 'part-0: page 0x9000: the first of 2 pages that are in a file of the split dump that was not given' ]) {
	my ($which, $say) = @$_;
	my ($got, $split) = run('elf', [], @parts[@$which]);
	is($split->{status}, 1, "split, parts @$which: status");
	is(said($split)->[0], $say, "split, parts @$which: says which pages are missing");
}
my $other = spew('other', image("$kib\nuts.release 6.6.6\nsplit 5 9\n\@0x0 zlib words 1\n\@0x1000 raw noise 2\n\@0x4000 zlib words 1\n\@0x5000 zlib words 1\n" .
	"\@0x9000 zlib words 3\n\@0xa000 zlib words 4\n")->{image});
for ([ 'the same part twice', [ @parts[ 0, 1, 1 ] ], qr/^part-0: .*part-5 and part-5 are the same part of a split dump, or overlap$/ ],
	[ 'a part of another dump', [ $parts[0], $other, $parts[2] ], qr/^part-0: other: is not a part of the split dump that the first file belongs to$/ ],
	[ 'a part and a whole dump', [ $parts[0], "$folder/whole" ], qr/^part-0: whole: is not a part of the split dump/ ],
	[ 'a whole dump and a part', [ "$folder/whole", $parts[0] ], qr/^whole: is a whole dump, not a part of a split one: give no further files$/ ],
	[ 'a part and an ELF file', [ $parts[0], $elf ], qr/^part-0: .*elf: is not a kdump-compressed file$/ ],
	[ 'a part without pages, alone', [ $parts[3] ], qr/^part-11: is a part without pages of a split dump: give the other files, too$/ ]) {
	my ($name, $files, $say) = @$_;
	my (undef, $split) = run('elf', [], @$files);
	is($split->{status}, 2, "split: $name: status");
	like(said($split)->[0] // '', $say, "split: $name: refused");
}

# --- the flattened form ---

my $inside = "\@0x1000 zlib words 1\n\@0x2000 raw noise 5\n\@0x9000 raw noise 7\n";
converts('an ELF file, flattened', "format elf\nwrap flat\nload 0x1000 0x3000 words 1\n");
converts('without its end', "$kib\nwrap flat\nflat_noend\n$inside", status => 1, say => [ qr/the input ends here/ ]);
converts('cut inside a record', "$kib\nwrap flat\nflat_chunk 5000\n" . ($inside =~ s/(9000 raw)/$1 lost/r) . "truncate -1000", status => 1,
	say => [ qr/page 0x9000 at 0x[0-9a-f]+: the first of 1 pages that are beyond the end/, qr/the input ends inside a record, \d+ bytes too early$/ ]);
converts('a record without sense', "$kib\nwrap flat\nflat_chunk 5000\n" . ($inside =~ s/(2000|9000) raw/$1 raw lost/gr) .
	"patch @{[ 4096 + 4 * 5016 ]} 7fffffffffffffff\n", status => 1, say => [ qr/page 0x2000 at 0x[0-9a-f]+: the first of 2 pages that are beyond/,
	qr/at 0x5e60: a record of 0x1388 bytes for offset 0x7fffffffffffffff is not possible$/ ]);
converts('cut inside its header', "$kib\nwrap flat\n${inside}truncate 4000", status => 2, say => [ qr/flattened header: the input ends here/ ]);
converts('cut before the first record', "$kib\nwrap flat\n${inside}truncate 4096", status => 2, say => [ qr/the input ends here/ ]);
converts('another type', "$kib\nwrap flat\n${inside}patch 16 0000000000000002", status => 2, say => [ qr/a flattened file of type 2, version 1 is not known here$/ ]);
converts('another version', "$kib\nwrap flat\n${inside}patch 24 0000000000000007", status => 2, say => [ qr/type 1, version 7 is not known here$/ ]);
converts('something else, flattened', "format lime\nwrap flat\nload 0x1000 0x3000 words 1\n", status => 2,
	say => [ qr/the flattened file is neither a kdump nor an ELF file$/ ]);

SKIP: {
	skip 'makedumpfile is not installed', 2 if system('type makedumpfile >/dev/null 2>&1');
	my ($file) = run('kdump', [], $elf);
	my ($form) = run('flat', [], $elf);
	is(system("makedumpfile -R $folder/rearranged <" . spew('form', $form) . ' >/dev/null 2>&1'), 0, 'makedumpfile -R');
	ok(slurp("$folder/rearranged") eq $file, 'makedumpfile -R makes the same file');
}
done_testing();
