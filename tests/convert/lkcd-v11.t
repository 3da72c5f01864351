#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-or-later
# LKCD version 11, written as lkcd-dump(5) says by other code than that of the tools.
use strict;
use warnings;
no warnings 'portable';
use FindBin;
use lib "$FindBin::Bin/../mk";
use Mk::Pages;
use Mk::Test;
use Test::More;

need('lkcd-convert');

# What a version 11 image must have; "area" is all that its notes area needs to be there.
sub v11 {
	my ($text, $codec) = @_;
	return 'version 11; compress ' . ($codec // 'gzip') . "; area good; $text";
}

my $pages = <<'END';
@0x10000 compress pages=16 class=1 runs 10
@0x20000 compress pages=4 class=1 runs 30
@0x24000 raw pages=2 class=1 noise 40
@0x30000 zero pages=16 class=1
@0x0 compress class=2 fill 0x11
@0x3000 pack pages=5 class=2 words 50
@0x41000 zero pages=300 class=3
@0x1f0000 raw pages=16 class=3 noise 60
END

# --- records ---
for my $codec (qw(gzip rle rle-lkdf zstd)) {
	for my $endian (qw(little big)) {
		my $name = "$codec, $endian-endian";
		converts("every kind of record, $name", v11("endian $endian; $pages", $codec));
		converts("every kind of record, $name, on a device", v11("endian $endian; at 65536; $pages", $codec));
	}
}
(my $plain = $pages) =~ s/(compress|pack) /raw /g;
converts('nothing is packed', v11($plain, 'none'));
converts('passes that turn back, unknown class first',
	v11($pages . '@0x7ff000 raw class=0 noise 1; @0x500000 raw class=0 noise 2;'));
converts('all frames of one record are zero', v11('@0x1000 zero pages=1;'));
converts('one zero record of 65536 frames',
	v11('@0x0 raw noise 1; @0x1000 zero pages=65536 class=3; @0x10001000 raw noise 2;'),
	formats => ['elf'], via => ['file']);
converts('memory far up', v11('@0x0 raw noise 1; @0xfffffffffff0000 compress pages=16 runs 2;'), formats => ['elf']);
for my $size (8192, 16384, 65536) {
	my $many = 65536 / $size;
	converts("pages of $size bytes",
		v11("machine ppc64; page_size $size; buffer 131072; \@0x0 raw pages=$many noise 1;" .
		"\@0x10000 compress pages=$many runs 40; \@0x30000 zero pages=7;"));
}
converts('a header block of 1 MiB', v11("buffer 1M; note TEST 7 600000 noise 1; $pages"));
converts('an image without pages', v11(''));

# --- notes ---
my $made = image(v11(<<"END"));
uts.machine x86_64
note CORE 1 hex 0102030405060708
note VMCOREINFO 0 text "OSRELEASE=6.1.0\\nPAGESIZE=4096\\n"
note LINUX 0x700 10 words 1
range 0x10000 0xffff888000010000 0x5800
range 0x10000 0xffffffff81000000 0x2000
range 0x1000000 -1 0x1234
origin "lkcd-convert 0.1, from elf"
\@0x10000 compress pages=5 words 1
\@0x15000 raw hex @{[ 'ab' x 2048 ]}
\@0x1000000 raw noise 7
\@0x1001000 raw hex @{[ 'cd' x 0x234 ]}
END
for my $via (qw(file pipe)) {
	my $ran = convert($made, 'elf', $via);
	is($ran->{status}, 0, "notes, $via: status");
	is_deeply([ differences($made, 'elf', $ran->{path}, 'file', 0) ], [], "notes, $via: pages");
	my $elf = elf_of($ran->{path});
	is($elf->{machine}, 62, "notes, $via: machine");
	is_deeply([ map { [ @$_{qw(paddr vaddr filesz memsz)} ] } @{ $elf->{loads} } ],
		[ [ 0x10000, 0xffff888000010000, 0x5800, 0x5800 ], [ 0x10000, 0xffffffff81000000, 0x2000, 0x2000 ],
			[ 0x1000000, 0, 0x1234, 0x1234 ] ],
		"notes, $via: program headers");
	is_deeply([ Mk::Pages::notes($elf) ], [
		[ 'CORE', 1, pack 'H*', '0102030405060708' ],
		[ 'VMCOREINFO', 0, "OSRELEASE=6.1.0\nPAGESIZE=4096\n" ],
		[ 'LINUX', 0x700, 'page 1, li' ],
	], "notes, $via: notes");
}

# --- damage: what is lost is one record ---
my @three = map { sprintf '@0x%x0000 raw pages=16 noise %d', $_, $_ * 16 } 1 .. 3;
my $damaged = qr/at 0x\w+: .*damaged/;
sub middle { return v11(join "\n", $three[0], $_[0], $three[2], '') . ($_[1] // '') }

converts('a bad CRC', middle("$three[1] lost crc=bad" =~ s/(noise \d+)(.*)/$2 $1/r), status => 1, say => [$damaged]);
converts('a flipped bit in the data', middle($three[1] =~ s/noise/lost noise/r, 'patch @0x20000+5000 ff;'), status => 1,
	say => [$damaged]);
for my $at (0 .. 15) {
	converts("byte $at of a record's head is wrong",
		middle($three[1] =~ s/noise/lost noise/r, "patch \@0x20000+$at e7;"),
		status => 1, say => [$damaged]);
}
converts('bytes between records', middle("$three[1]; bytes " . '5a' x 77), status => 1, say => [$damaged]);
converts('bytes are missing', middle($three[1] =~ s/noise/cut=7 lost noise/r), status => 1, say => [$damaged]);
converts('the first record', v11(join("\n", $three[0] =~ s/noise/lost crc=bad noise/r, @three[ 1, 2 ], '')),
	status => 1, say => [$damaged]);
converts('the last record', v11(join("\n", @three[ 0, 1 ], $three[2] =~ s/noise/lost crc=bad noise/r, '')), status => 1,
	say => [$damaged]);
converts('all records', v11(join '', map { s/noise/lost crc=bad noise/r . "\n" } @three), status => 1,
	say => [$damaged]);

# What breaks the rules is damage too, though its CRC holds.
my %broken = (
	'RAW of another size' => '@0x20000 raw pages=2 cut=1 lost noise 1',
	'ZERO with data' => '@0x20000 raw flags=0x40 lost noise 1',
	'COMPRESSED without data' => '@0x20000 raw flags=2 cut=4096 lost noise 1',
	'COMPRESSED of the size of the pages' => '@0x20000 raw flags=2 lost noise 1',
	'RAW and COMPRESSED' => '@0x20000 raw flags=3 lost noise 1',
	'RAW and ZERO' => '@0x20000 raw flags=0x41 lost noise 1',
	'no kind at all' => '@0x20000 raw flags=0 lost noise 1',
	'TRUNCATED without END' => '@0x20000 raw set=8 lost noise 1',
	'a class of 4' => '@0x20000 raw class=4 lost noise 1',
	'a record that crosses a window' => '@0x28000 raw pages=16 lost noise 1',
	'an address inside a page' => '@0x20000 raw address=0x20800 lost noise 1',
	'an address beyond all memory' => '@0x20000 raw address=0x1000000000000000 lost noise 1',
	map({ ("flag $_ is set" => "\@0x20000 raw set=$_ lost noise 1") } qw(0x10 0x20 0x80 0x800 0x8000)),
);
converts($_, middle($broken{$_}), status => 1, say => [$damaged]) for sort keys %broken;

# The data of a damaged record may be a file: records in it are not records of this dump.
my $inner = image(v11('@0x70000 raw noise 99;'));
my $record = unpack 'H*', substr $inner->{image}, $inner->{labels}{'@0x70000'}, 16 + 4096 + 4;
converts('a record inside a whole record', middle("\@0x20000 raw pages=16 place 0x3123:$record"));
converts('a record inside a damaged record', middle("\@0x20000 raw lost crc=bad pages=16 place 0x3123:$record"),
	status => 1, say => [$damaged]);

# Packed data that cannot be unpacked though their CRC holds. From zstd to zstd they are not unpacked.
for my $codec (qw(gzip rle zstd)) {
	converts("$codec data that are no $codec data",
		v11('@0x10000 raw noise 1; @0x20000 compress pages=4 cut=2 lost runs 1; @0x30000 raw noise 2;',
		$codec), status => 1, say => [qr/page 0x20000 at/], formats => [qw(elf raw)]);
}
for my $codec (qw(gzip rle zstd)) {
	for my $count (1, 3, 5, 16) {
		converts("$codec data of 4 pages that claim to be $count", v11(sprintf(
			'@0x10000 raw noise 1; @0x20000 compress pages=4 flags=0x%x0002 lost fill 1;
			@0x30000 raw noise 2;',
			$count - 1),
			$codec), status => 1, say => [qr/page 0x20000 at/], formats => [qw(elf raw)], via => ['file']);
	}
}
converts('a page twice', v11("$three[0]; \@0x18000 raw lost noise 5; \@0x20000 raw noise 6;"), status => 1,
	say => [qr/page 0x18000 at .*second time/]);
converts('a zero run over pages that are there', v11("$three[0]; \@0x8000 zero lost pages=16; \@0x20000 raw noise 6;"),
	status => 1, say => [qr/page 0x8000 at .*second time/]);

# --- damage: headers and end ---
converts('the notes area is damaged', v11("note CORE 1 hex 01020304; area badcrc; $pages"), status => 1,
	say => [qr/header/]);
converts('the notes area has an impossible size', v11("area badsize; $pages"), status => 1, say => [qr/header/]);
converts('no notes area', v11($pages) =~ s/area good/area none/r, status => 1, say => [qr/header/]);
converts('no END', v11("${pages}noend;"), status => 1, say => [qr/no END/]);
converts('TRUNCATED', v11("${pages}end flags=0xc;"), status => 1, say => [qr/incomplete/]);
converts('END is damaged', v11("${pages}end crc=bad;"), status => 1, say => [qr/damaged/]);
converts('no trailer', v11("${pages}end trailer=none;"), status => 1, say => [qr/last 32 bytes/]);
converts('a damaged trailer', v11("${pages}end trailer=bad;"), status => 1, say => [qr/last 32 bytes/]);
converts('no TOTALS', v11("${pages}end totals=none;"), status => 1, say => [qr/totals/]);
converts('no INDEX', v11("${pages}end index=none;"));
converts('an INDEX that points nowhere', v11("${pages}end index=bad;"));
converts('cut in END', v11("${pages}truncate end+30;"), status => 1, say => [qr/truncated/]);
converts('cut behind the last record', v11("${pages}truncate end;"), status => 1, say => [qr/no END/]);
converts('cut in a record',
	v11(join "\n", @three[ 0, 1 ], $three[2] =~ s/noise/lost noise/r, 'truncate @0x30000+9999', ''),
	status => 1, say => [qr/truncated/]);
converts('bytes behind the trailer', v11("${pages}pad m 4096;"));
done_testing();
