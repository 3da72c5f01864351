#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Every version of LKCD before 11, byte order, layout, way to pack and place on a device.
use strict;
use warnings;
no warnings 'portable';
use FindBin;
use lib "$FindBin::Bin/../mk";
use Mk::Test;
use Test::More;

need('lkcd-convert');

my @offsets = (0, 4096, 8192, 16384, 32768, 65536);
my @layouts = map { [ $_, 32, 'i386' ], [ $_, 64, 'x86_64' ] } 1, 2, 3, 5, 6, 7;
push @layouts, map { [ $_, 64, 'x86_64' ] } 8, 9, 10;
push @layouts, [ 7, 64, 'ppc64' ], [ 8, 32, 'i386' ], [ 9, 32, 'i686' ], [ 9, 64, 'ppc64' ], [ 9, 64, 'ia64' ],
	[ 9, 64, 'alpha' ];

# Pages that each way of packing packs, one that it cannot, zeros, and a gap; the kernel text is not in the first page.
sub recipe {
	my ($version, $bits, $machine, $endian, $compress, $at) = @_;
	my $content = { none => 'noise', gzip => 'words' }->{$compress} // 'runs';
	my $kind = $compress eq 'none' ? 'raw' : 'compress';
	my $place = $at ? "at $at\n" : '';
	return <<"END";
version $version
bits $bits
machine $machine
endian $endian
compress $compress
$place
\@0x1000 $kind count=3 $content 1
\@0x4000 raw noise 9
\@0x5000 $kind @{[ $kind eq "raw" ? "zero" : "fill 0x6d" ]}
\@0x5f000 $kind count=14 $content 20
\@0x80000 raw noise 5
END
}

# Sanitized tools are slow, and their readers are the same for most of these images.
my ($turn, $number) = (0, 0);
sub skipped { return sanitized() && $number++ % 3 }

for my $layout (@layouts) {
	my ($version, $bits, $machine) = @$layout;
	for my $endian (qw(little big)) {
		my @ways = $version < 5 ? qw(none rle rle-lkdf) : qw(none rle rle-lkdf gzip);
		for my $compress (@ways) {
			my $at = $offsets[ $turn++ % @offsets ];
			next if skipped();
			converts("version $version, $bits bits, $endian, $machine, $compress, at $at",
				recipe($version, $bits, $machine, $endian, $compress, $at), formats => [qw(elf raw)]);
		}
		for my $at (@offsets) {
			next if $machine !~ /86/ || skipped();
			converts("version $version, $bits bits, $endian, $machine, at $at",
				recipe($version, $bits, $machine, $endian, $version < 5 ? 'rle' : 'gzip', $at),
				formats => ['lkcd']);
		}
	}
}
# What the header says stays true: read from the header of the version 11 image that it is converted to.
for my $layout (@layouts) {
	my ($version, $bits, $machine) = @$layout;
	for my $endian (qw(little big)) {
		my $ran = convert(image(recipe($version, $bits, $machine, $endian, 'none', 0) =~ s/@.*//sr . <<'END'), 'lkcd', 'pipe');
uts.sysname Linux2; uts.nodename node; uts.release 2.4.20-rel; uts.version "#7 Mon"; uts.domainname domain
panic "Kernel panic: x"; time 0x12345678 0x54321; current_task 0xc7654320; level 7; flags 0x12; device 0x811
memory_size 0x1234567; memory_start 0xc0000000; @0x3000 raw noise 1
END
		my $header = Mk::Test::slurp($ran->{path});
		my $e = $endian eq 'big' ? '>' : '<';
		my @fields = unpack "Q$e L${e}4 Q$e Q$e x8 x4 Z256 Q${e}2 (Z65)6 Q$e x4 L${e}2", $header;
		is_deeply(\@fields, [
			0xa8190173618f23ed, 11, 742, 7, 4096, 0x1234567, 0xc0000000, 'Kernel panic: x', 0x12345678, 0x54321,
			'Linux2', 'node', '2.4.20-rel', '#7 Mon', $machine, 'domain',
			$version == 1 && $bits == 64 ? 0 : 0xc7654320,
			$version < 5 ? (0, 0) : (0x12, 0x811),
		], "version $version, $bits bits, $endian, $machine: the header's fields");
	}
}
done_testing();
