#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What real LKCD images of versions 1 to 10 have that no specification would: kernels, tools and readers disagreed.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../mk";
use Mk::Test;
use Test::More;

need('lkcd-convert');

my $pages = <<'END';
@0x0 raw noise 1
@0x1000 compress words 2
@0x2000 raw zero
@0x4000 compress count=3 words 4
END

# --- the header ---
converts('the magic number of a live dump', "magic live; compress gzip; $pages");
converts('the magic number of a live dump, big-endian', "magic live; endian big; compress gzip; $pages");
for my $version (0, 4, 12, 15, 255) {
	converts("version $version is refused", "version $version; compress gzip; $pages", status => 2,
		say => [qr/version/i]);
}
converts('a panic string without NUL', 'panic "' . 'x' x 256 . "\"; compress gzip; $pages");
converts('no utsname at all',
	join('', map { "uts.$_ \"\";" } qw(sysname nodename release version domainname)) . "compress gzip; $pages");
for my $count (0, 1, 1000, 0xffffffff) {
	converts("num_pages $count is only a hint", "num_pages $count; compress gzip; $pages");
}
for my $size (0, 1, 0x10000000, '0xffffffffffffffff') {
	converts("memory_size $size is only a hint", "memory_size $size; memory_end $size; compress gzip; $pages");
}
converts('dump_flags 1, which is dump_polling in LKCD 7', "flags 1; compress gzip; $pages");
converts('dump_level 16', "level 16; compress gzip; $pages");
converts('a 32-bit version 7 header padded to 8', "version 7; machine i386; header_size 728; compress gzip; $pages");
converts('version 8 with stale bytes behind the headers', "version 8; stale 0xa5; compress gzip; $pages");
converts('version 9 with stale bytes behind the headers', "version 9; stale 0xa5; compress gzip; $pages");
converts('stale bytes instead of an architecture header', "asm stale; stale 0xa5; compress gzip; $pages");
converts('no architecture header', "asm none; compress gzip; $pages");
converts('the header size is a lie', "asm none; header_size 742; patch 12 ffffffff; compress gzip; $pages");
converts('an architecture header that claims the whole file', "asm_size 0xfffffff0; compress gzip; $pages");
for my $magic (0, '0xdeaddeae') {
	converts("an architecture header with magic $magic", "asm_magic $magic; compress gzip; $pages");
}

# --- Mission Critical Linux ---
for my $bits ('0x80000000', '0x40000000', '0xc0000000') {
	converts("version word with $bits, no table", "version_bits $bits; compress gzip; $pages");
	converts("version 3 with $bits, no table",
		"version 3; machine i386; version_bits $bits; \@0 raw noise 1; \@0x3000 compress runs 2;");
	converts("page frame numbers instead of addresses, $bits",
		"compress gzip; \@0x1000 raw set=$bits address=1 noise 1;
		\@0x2000 compress set=$bits address=2 words 2; \@0x4000 raw noise 4;");
}
converts('version 3 with a table of 4096 offsets',
	'version 3; machine i386; version_bits 0x40000000; mclx 0 0 0; @0 raw noise 1; @0x3000 compress runs 2;');
converts('version 7 with a table of 4096 offsets', "version 7; version_bits 0x40000000; mclx 0; compress gzip; $pages");

# --- where the records start ---
for my $buffer (12288, 118784, 262144, 1 << 20) {
	converts("version 9, records at $buffer", "version 9; buffer $buffer; compress gzip; $pages");
	converts("version 9, big-endian, records at $buffer, on a device",
		"endian big; version 9; at 8192; buffer $buffer; compress gzip; $pages");
	converts("version 10, records at $buffer as libkdumpfile reads it",
		"version 10; buffer $buffer; compress gzip; $pages");
	converts("version 10, records at 65536 though it says $buffer, as crash reads it",
		"version 10; buffer $buffer; data_at 65536; compress gzip; $pages");
}

# --- version 1 on i386 stored virtual addresses ---
my $v1 = 'version 1; machine i386;';
converts('version 1, virtual addresses',
	"${v1}kvbase 0xc0000000; \@0 raw noise 1; \@0x1000 compress runs 2; \@0x5000 raw noise 5;");
converts('version 1, physical addresses beyond 3 GiB',
	"${v1}\@0 raw noise 1; \@0x1000 compress runs 2; \@0xc0000000 raw noise 5;",
	formats => ['elf']);

# --- order ---
converts('passes: kernel, used, unused pages', <<'END');
compress gzip
@0x10000 compress count=4 words 1
@0x90000 compress count=2 words 5
@0x0 raw count=3 noise 7
@0x20000 compress words 9
@0x4000 raw noise 10
@0x80000 compress words 11
END
converts('descending',
	'compress gzip;' . join('', map { sprintf '@0x%x000 compress words %d;', $_, $_ } reverse 0 .. 20));
converts('page 0 is not in the dump', 'compress gzip; @0x3000 compress words 1;');
converts('memory beyond 4 GiB and 16 TiB',
	'compress gzip; @0x0 raw noise 1; @0x100000000 raw noise 2; @0x123456789000 compress words 3;',
	formats => ['elf']);

# --- the end ---
my $whole = "compress gzip; $pages";
converts('END with garbage in its address', "${whole}end address=garbage;");
converts('END|TRUNCATED', "${whole}end flags=0xc;", status => 1, say => [qr/incomplete/]);
converts('no END', "${whole}noend;", status => 1, say => [qr/no END/]);
converts('END, then m', "${whole}pad m 4096;");
converts('END, then zeros', "${whole}pad zero 65536;");
converts('END with garbage in its address, then m', "${whole}end address=garbage; pad m 100;");
converts('END, then records of an older dump', "${whole}end; \@0x1000 raw lost noise 99; \@0x7000 raw lost noise 98;");
converts('no END, zeros follow', "${whole}noend; pad zero 4096;", status => 1, say => [qr/no END/]);
converts('header only, level HEADER, no END', 'level 1; noend;');
converts('header only, level HEADER, with END', 'level 1;');
converts('header only, another level, no END', 'level 15; noend;', status => 1, say => [qr/no END/]);

# --- cut ---
converts('cut in a page', 'compress gzip; @0 raw noise 1; @0x1000 raw lost noise 2; truncate @0x1000+1000;',
	status => 1, say => [qr/truncated/]);
converts('cut in a page header', 'compress gzip; @0 raw noise 1; @0x1000 raw lost noise 2; truncate @0x1000+9;',
	status => 1, say => [qr/truncated/]);
converts('cut behind a page header', 'compress gzip; @0 raw noise 1; @0x1000 raw lost noise 2; truncate @0x1000+16;',
	status => 1, say => [qr/truncated/]);

# --- s390 ---
my $s390 = 'machine s390x; version 8; endian big; memory_start 0; memory_end 0x10000000; compress gzip;';
for my $end (qw(repeat bad)) {
	converts("the zfcp dumper's end ($end)", "$s390$pages" . "s390end $end;");
	converts("the zfcp dumper's end ($end), no architecture header", "${s390}asm none; $pages" . "s390end $end;");
}
converts('a right end on s390x', "$s390$pages");

# --- page records ---
converts('a plain page of size 0 is zero',
	'compress gzip; @0 raw noise 1; @0x1000 raw cut=4096 zero; @0x2000 raw noise 3;');
for my $junk (1, 3, 100) {
	converts("$junk bytes behind a zlib stream",
		"compress gzip; \@0 compress junk=$junk words 1; \@0x1000 compress words 2;");
}
converts('the flag TEST_PATTERN',
	'compress gzip; @0 raw set=0x10 noise 1; @0x1000 compress set=0x10 words 2; @0x2000 raw noise 3;');
converts('RAW and COMPRESSED at once',
	'compress gzip; @0 raw noise 1; @0x1000 raw flags=3 lost noise 2; @0x2000 raw noise 3;',
	status => 1, say => [qr/page 0x1000 at .*both/]);
converts('neither RAW nor COMPRESSED',
	'compress gzip; @0 raw noise 1; @0x1000 raw flags=0 lost noise 2; @0x2000 raw noise 3;',
	status => 1, say => [qr/page 0x1000 at .*neither/]);
converts('a page twice',
	'compress gzip; @0 raw noise 1; @0x1000 raw noise 2; @0x1000 raw noise 3; @0x2000 raw noise 4;',
	status => 1, say => [qr/page 0x1000 at .*second time/]);
converts('two pages twice, and nothing lost behind them',
	'compress gzip; @0 raw count=2 noise 1; @0 compress count=2 words 3; @0x2000 compress count=2 words 4;',
	status => 1, say => [qr/page 0x0 at .*second time/, qr/page 0x1000 at .*second time/]);
converts('a hundred pages twice, of which twenty are named',
	'compress gzip; @0 raw count=100 noise 1; @0 raw count=100 noise 200;',
	status => 1, say => [ (qr/second time/) x 20, qr/80 more/ ]);
converts('a plain page that is too short',
	'compress gzip; @0 raw noise 1; @0x1000 raw cut=100 lost noise 2; @0x2000 raw noise 3;',
	status => 1, say => [qr/page 0x1000 at .*size/]);
converts('a page larger than a page',
	'compress gzip; @0 raw noise 1; @0x1000 raw size=9000 lost noise 2; @0x2000 raw noise 3;',
	status => 1, say => [qr/page 0x1000 at .*9000.*4096/]);
converts('a page beyond all memory',
	'compress gzip; @0 raw noise 1; @0x1000 raw address=0x4000000000000000 lost noise 2; @0x2000 raw noise 3;',
	status => 1, say => [qr/page 0x4000000000000000 at/]);
converts('an address that is no multiple of the page size',
	'compress gzip; @0 raw noise 1; @0x1000 raw address=0x1008 lost noise 2; @0x2000 raw noise 3;',
	status => 1, say => [qr/page 0x1008 at .*multiple/]);
converts('a page frame number beyond all memory',
	'compress gzip; @0 raw noise 1; @0x1000 raw set=0x80000000 address=0x10000000000001 lost noise 2;
	@0x2000 raw noise 3;',
	status => 1, say => [qr/page 0x\w+ at .*memory/]);
converts('a damaged zlib stream',
	'compress gzip; @0 raw noise 1; @0x1000 compress lost words 2; @0x2000 raw noise 3; patch @0x1000+40 ffffffff;',
	status => 1, say => [qr/page 0x1000 at/]);
converts('a zlib stream that is cut',
	'compress gzip; @0 raw noise 1; @0x1000 compress cut=5 lost words 2; @0x2000 raw noise 3;',
	status => 1, say => [qr/page 0x1000 at/]);
converts('a zlib stream of more than a page',
	'compress gzip; @0 raw noise 1; @0x1000 compress pages=2 lost words 2; @0x3000 raw noise 3;',
	status => 1, say => [qr/page 0x1000 at/]);
converts('RLE of more than a page',
	'compress rle; @0 raw noise 1; @0x1000 compress pages=16 lost zero; @0x11000 raw noise 3;',
	status => 1, say => [qr/page 0x1000 at/]);
converts('RLE that ends inside an escape',
	'compress rle; @0 raw noise 1; @0x1000 compress cut=1 lost fill 0x41; @0x2000 raw noise 3;',
	status => 1, say => [qr/page 0x1000 at/]);
converts('both dialects of RLE in one dump',
	'compress rle;' . join '',
		map { sprintf '@0x%x000 compress codec=%s runs %d;', $_, $_ % 2 ? 'rle' : 'rle-lkdf', $_ } 0 .. 19);
converts('packed pages, but the header says they are not',
	'compress gzip; compress_code 0; @0 raw noise 1; @0x1000 compress lost words 2; @0x2000 raw noise 3;',
	status => 1, say => [qr/page 0x1000 at .*compressed/]);
converts('a method that is not known, and no page packed with it',
	'compress_code 7; @0 raw noise 1; @0x2000 raw noise 3;');
converts('a method that is not known',
	'compress gzip; compress_code 7; @0 raw noise 1; @0x1000 compress lost words 2; @0x2000 raw noise 3;',
	status => 1, say => [qr/page 0x1000 at .*\(7\)/]);

# --- page sizes ---
for my $size (8192, 16384, 65536) {
	converts("pages of $size bytes", "machine ia64; page_size $size; buffer 262144; compress gzip;" .
		sprintf('@0x0 raw noise 1; @0x%x compress count=2 words 2; @0x%x raw zero; @0x%x pack runs 4;', $size,
			4 * $size, 5 * $size));
}
converts('RLE of 64 KiB pages',
	'machine ppc64; page_size 65536; buffer 262144; compress rle; @0x0 compress runs 1; @0x10000 compress fill 7;');
for my $size (0, 1, 512, 4097, '0x80000000') {
	my $made = image("compress gzip; $pages");
	substr($made->{image}, 20, 4) = pack 'V', $size =~ /x/ ? hex $size : $size;
	converts("a page size of $size is refused", $made, status => 2, say => [qr/page size/]);
}
done_testing();
