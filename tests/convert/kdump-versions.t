#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Every header version of makedumpfile's kdump-compressed format, byte order and word size.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../mk";
use Mk::Pages;
use Mk::Test;
use Test::More;

need('lkcd-convert');

my $pages = <<'END';
@0x0 raw noise 1
@0x1000 zlib count=3 words 2
@0x6000 raw shared zero
@0x9000 raw shared zero
@0x41000 lzo count=3 runs 6
@0x44000 snappy count=3 runs 9
@0x47000 zstd count=3 runs 12
@0x300000 raw noise 4
valid 0+0x400
END

# The codecs that this build has not are the business of another test.
my %known;
for my $kind (qw(zlib lzo snappy zstd)) {
	my $made = image("format kdump; \@0x0 $kind runs 1;");
	$known{$kind} = convert($made, 'elf', 'file')->{status} == 0;
}
ok($known{$_}, "$_ is known") for qw(zlib zstd);
$pages = join '', grep { !/ (lzo|snappy) / || $known{$1} } $pages =~ /(.*\n)/g;

for my $version (1 .. 6) {
	for my $machine (qw(x86_64 i386 arm ppc ppc64 s390x aarch64)) {
		for my $endian (qw(little big)) {
			next if $machine eq 'ppc64' && $endian eq 'little'; # its pages are of 64 KiB
			converts("version $version, $machine, $endian-endian",
				"format kdump; header_version $version; machine $machine; endian $endian; $pages");
		}
	}
}
converts('pages of 64 KiB',
	'format kdump; machine ppc64le; page_size 65536; @0x0 raw noise 1; @0x10000 zlib words 2;
	@0x50000 zstd runs 3;');
converts('in the flattened form', "format kdump; wrap flat; $pages");
converts('in the flattened form, written out of order',
	"format kdump; wrap flat; flat_order reverse; flat_chunk 1000; $pages");
converts('data not in the order of the pages',
	'format kdump; @0x9000 raw noise 9; @0x2000 zlib words 2; @0x5000 raw noise 5; @0x0 zlib words 1;');
converts('one page', 'format kdump; @0x7000 raw noise 1;');
converts('memory beyond 4 GiB', 'format kdump; @0x1000 raw noise 1; @0x240000000 zlib words 2;', formats => ['elf']);

# Notes, wherever a version has them.
my $notes = 'note CORE 1 hex 0102030405060708; vmcoreinfo "OSRELEASE=5.10.0\nPAGESIZE=4096\n";
	eraseinfo "erase jiffies 8";';
for my $version (3 .. 6) {
	for my $machine (qw(x86_64 i386 arm)) {
		my $made = image("format kdump; header_version $version; machine $machine; $notes$pages");
		my $ran = convert($made, 'elf', 'file');
		is($ran->{status}, 0, "version $version, $machine, notes: status");
		is_deeply([ differences($made, 'elf', $ran->{path}, 'file', 0) ], [],
			"version $version, $machine, notes: pages");
		my @want = [ 'VMCOREINFO', 0, "OSRELEASE=5.10.0\nPAGESIZE=4096\n" ];
		unshift @want, [ 'CORE', 1, "\1\2\3\4\5\6\7\x08" ] if $version >= 4;
		my @found = grep { $_->[0] =~ /^(CORE|VMCOREINFO)$/ } Mk::Pages::notes(elf_of($ran->{path}));
		is_deeply(\@found, \@want, "version $version, $machine: notes");
	}
}
done_testing();
