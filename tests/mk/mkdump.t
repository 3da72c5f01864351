#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-or-later
# The generator of test images, and the listing of pages, by what other programs make of the same bytes.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Compress::Zlib ();
use File::Spec;
use Mk;
use Mk::Bytes qw(content crc32c);
use Mk::Codec qw(encode);
use Test::More;

sub installed { my ($program) = @_; return grep { -x "$_/$program" } split /:/, $ENV{PATH} }

is(crc32c('123456789'), 0xe3069283, 'CRC32C of RFC 3720');
is(crc32c("\0" x 32), 0x8a9136aa, 'CRC32C of 32 zeros, RFC 3720');

# The commands' output, given bytes.
sub through {
	my ($bytes, @command) = @_;
	my $in = File::Spec->tmpdir . "/mkdump-$$";
	open my $file, '>:raw', $in or die "$in: $!";
	print {$file} $bytes;
	close $file;
	my $out = qx(@command < $in);
	unlink $in;
	return $out;
}

my $mkdump = "$FindBin::Bin/mkdump";
my $recipe = "format elf\nload 0x0 8192 noise 1\nload 0x10800 0x2100 words 4\nload 0x20000 0x1000 zero\n";
my $expect = Mk::listing(Mk::build($recipe)->{expect});
my $elf = through($recipe, $^X, $mkdump);
ok($elf eq Mk::build($recipe)->{image}, 'mkdump writes what the module makes');
is(through($recipe, "$^X $mkdump --expect /dev/stderr 2>&1 >/dev/null"), $expect, '--expect');
is(through($elf, "$^X $FindBin::Bin/pages /dev/stdin"), $expect, 'pages lists what is expected of an ELF file');
my $raw = content(3 * 4096, 4096, 'noise', 5);
is(through($raw, "$^X $FindBin::Bin/pages --raw --base 0x5000 /dev/stdin"),
	Mk::listing(Mk::build("format raw\nbase 0x5000\nload 0x5000 12288 noise 5\n")->{expect}), 'pages --raw');

for my $content ([qw(noise 1)], [qw(words 2)], [qw(runs 3)], ['zero'], [qw(fill 65)]) {
	for my $size (1, 300, 4096, 65536, 262144) {
		my $data = content($size, 4096, @$content);
		is(length $data, $size, "@$content: $size bytes");
		ok(Compress::Zlib::uncompress(encode('gzip', $data)) eq $data, "@$content of $size: gzip");
		SKIP: {
			skip 'zstd is not installed', 1 unless installed('zstd');
			ok(through(encode('zstd', $data), 'zstd -dcq') eq $data, "@$content of $size: zstd");
		}
	}
}
is(unpack('H*', content(16, 4096, 'place', '1*3+4:aabb', '6:cc')), '00aabb0000aacc0000aabb0000000000', 'place, again and again');
ok(!eval { content(16, 4096, 'place', '8*3+4:aabb') }, 'place: not behind the end');
ok(!eval { content(16, 4096, 'place', '8*3:aabb') }, 'place: a count needs a step');
is(unpack('H*', encode('rle', "ab\0c\0\0ddd" . 'e' x 300)),
	'6162' . '0000' . '63' . '000100' . '000264' . '00ff65' . '002b65', 'RLE as the kernel wrote it');
is(unpack('H*', encode('rle-lkdf', "ab\0c\0\0ddd" . 'e' x 300)),
	'6162' . '0000' . '63' . '000200' . '000364' . '00ff65' . '002d65',
	'RLE as libkdumpfile reads it');
done_testing();
