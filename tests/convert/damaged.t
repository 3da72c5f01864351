#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A small image of every format, cut everywhere and with every field a lie: the tool says what is wrong and goes on or
# gives up, in little memory and in no time, and never lies itself. Then the recipes of tests/damaged, each of which was
# a bug once.
use strict;
use warnings;
no warnings 'portable';
use FindBin;
use lib "$FindBin::Bin/../mk";

# A capture kernel has little memory: 256 MiB for this test and so for each tool that it starts; but sanitizers need more.
BEGIN {
	exec('sh', '-c', 'ulimit -v 262144; exec "$@"', 'sh', $^X, $0, @ARGV) or die "sh: $!\n"
		unless $ENV{LKCD_SANITIZED} || $ENV{LKCD_LIMITED}++;
}
use Mk::Bytes qw(crc32c);
use Mk::Lkcd;
use Mk::Pages;
use Mk::Test;
use Test::More;

need('lkcd-convert');
my $seconds = sanitized() ? 60 : 20; # after that it hangs
my $real = 17; # each such try starts the tool itself; all others a fork of tests/convert/forks, which takes 2.7 times less CPU in all
my $every = sanitized() ? 5 : 1;     # of the cuts and lies, for sanitized tools are slow

# --- images, and where their fields are: [offset, bytes] ---

sub records_of {
	my ($made) = @_;
	my $labels = $made->{labels};
	return map { my $at = $_; map { [ $at + $_->[0], $_->[1] ] } [ 0, 8 ], [ 8, 4 ], [ 12, 4 ] }
		sort { $a <=> $b } @$labels{ grep { /^(@|end$)/ } keys %$labels };
}

sub lkcd_fields {
	my ($made, $version, $bits, $machine) = @_;
	my $at = Mk::Lkcd::layout($version, $bits, $machine);
	my $asm = $made->{labels}{asm};
	my @fields = ([ 0, 8 ], [ 8, 4 ], [ 12, 4 ], [ 16, 4 ], [ 20, 4 ], map { [ $_, 8 ] } 24, 32, 40);
	push @fields, map { [ $at->{$_}, 4 ] } grep { $at->{$_} } qw(num_pages time uts task compress flags device);
	push @fields, [ $at->{panic}, 8 ], [ $at->{uts} + 4 * 65, 8 ];
	push @fields, [ $at->{buffer}, 8 ] if $version >= 9;
	push @fields, [ $asm, 8 ], [ $asm + 8, 4 ], [ $asm + 12, 4 ], [ $asm + ($bits == 64 ? 184 : 84), 4 ]
		if $version > 1;
	my $area = $made->{labels}{area};
	push @fields, [ $area + 20, 8 ], map { [ $area + $_, 4 ] } 0, 4, 8, 12, 28, 36, 40, 44 if $area;
	my @tail = $version == 11 ? map { [ $made->{labels}{trailer} + $_, 8 ] } 0, 8, 16, 24 : ();
	my $end = $made->{labels}{end};
	push @tail, map({ [ $end + $_, 4 ] } 16, 20, 24), map { [ $end + $_, 8 ] } 36, 76 if $version == 11;
	return (@fields, records_of($made), @tail);
}

sub elf_fields {
	my ($made, $bits) = @_;
	my @fields = $bits == 64
		? ([ 20, 4 ], [ 32, 8 ], [ 40, 8 ], map { [ $_, 2 ] } 16, 18, 52, 54, 56, 58, 60)
		: ([ 20, 4 ], [ 28, 4 ], [ 32, 4 ], map { [ $_, 2 ] } 16, 18, 40, 42, 44, 46, 48);
	push @fields, [ 4, 1 ], [ 5, 1 ];
	for my $i (0 .. 3) {
		my $at = $made->{labels}{phdrs} + $i * ($bits == 64 ? 56 : 32);
		push @fields, $bits == 64 ? ([ $at, 4 ], map { [ $at + $_ * 8, 8 ] } 1 .. 5)
			: map { [ $at + $_ * 4, 4 ] } 0 .. 5;
	}
	return (@fields, map { [ $made->{labels}{notes} + $_, 4 ] } 0, 4, 8, 24, 28);
}

sub kdump_fields {
	my ($made) = @_;
	my @fields = ([ 0, 8 ], [ 8, 4 ], (map { [ 408 + 4 * $_, 4 ] } 0 .. 14), map { [ 4096 + 8 * $_, 8 ] } 0 .. 12);
	push @fields, map { my $at = $made->{labels}{bitmap} + 4096 * $_; ([ $at, 8 ], [ $at + 100, 8 ]) } 0, 1;
	my $labels = $made->{labels};
	for my $at (@$labels{ grep { /^@/ } keys %$labels }) {
		push @fields, [ $at, 8 ], [ $at + 8, 4 ], [ $at + 12, 4 ];
	}
	return (@fields, map { [ $labels->{notes} + $_, 4 ] } 0, 4, 8);
}

sub lime_fields {
	my ($made) = @_;
	return map { my $at = $_; ([ $at, 4 ], [ $at + 4, 4 ], [ $at + 8, 8 ], [ $at + 16, 8 ], [ $at + 24, 8 ]) }
		@{ $made->{labels} }{ grep { /^@/ } keys %{ $made->{labels} } };
}

my $lkcd_pages = '@0x0 raw fill 1; @0x1000 compress fill 2; @0x5000 compress count=2 fill 3; @0x2000 compress fill 4;';
my $notes = "note CORE 1 hex 01020304\nnote VMCOREINFO 0 text \"PAGESIZE=4096\\n\"\n";
my $loads = 'load 0x0 0x1000 words 1; load 0x10800 0x900 words 2; load 0x20000 0x2000 words 4;';
my $v11_pages = '@0x10000 compress pages=16 class=1 fill 1; @0x1000 raw class=2 fill 2; @0x20000 zero pages=40;
	@0x60000 compress pages=3 fill 3;';

my @images = (
	map({
		my ($version, $bits, $machine, $endian, $compress) = @$_;
		[ "LKCD version $version, $bits bits, $endian",
			"version $version; machine $machine; endian $endian; compress $compress; $lkcd_pages",
			sub { lkcd_fields($_[0], $version, $bits, $machine) } ];
	} [ 1, 32, 'i386', 'little', 'rle' ], [ 3, 32, 'i386', 'big', 'rle' ], [ 7, 64, 'x86_64', 'little', 'gzip' ],
		[ 8, 64, 'x86_64', 'big', 'rle-lkdf' ]),
	[ 'LKCD version 9', "version 9; machine x86_64; compress gzip; ${notes}range 0 -1 0x10000; $lkcd_pages",
		sub { lkcd_fields($_[0], 9, 64, 'x86_64') } ],
	[ 'LKCD version 11', "version 11; compress zstd; ${notes}range 0 -1 0x100000; $v11_pages",
		sub { lkcd_fields($_[0], 11, 64, 'x86_64') }, 'checked' ],
	[ 'LKCD version 11, sealed again', "version 11; compress gzip; ${notes}range 0 -1 0x100000; $v11_pages",
		sub { lkcd_fields($_[0], 11, 64, 'x86_64') }, 'seal' ],
	[ 'ELF, 64 bits', "format elf; $notes$loads", sub { elf_fields($_[0], 64) } ],
	[ 'ELF, 32 bits, big-endian', "format elf; machine i386; endian big; $notes$loads",
		sub { elf_fields($_[0], 32) } ],
	[ 'ELF, headers last', "format elf; phoff end; shdr first; $notes$loads", sub { elf_fields($_[0], 64) } ],
	[ 'kdump', "format kdump; ${notes}eraseinfo x; valid 0+0x30; \@0x0 raw fill 1; \@0x1000 zlib count=2 words 2;" .
		'@0x3000 raw shared zero;' .
		'@0x4000 raw shared zero; @0x20000 zstd runs 5;', \&kdump_fields ],
	[ 'kdump, flattened',
		'format kdump; wrap flat; flat_chunk 5000; @0x1000 zlib count=2 words 2; @0x20000 zlib words 5;',
		sub { return ([ 0, 8 ], [ 16, 8 ], [ 24, 8 ],
			map { my $at = 4096 + $_ * 5016; ([ $at, 8 ], [ $at + 8, 8 ]) } 0 .. 3) } ],
	[ 'LiME', "format lime; $loads", \&lime_fields, 'may end anywhere' ],
);

# --- one image, one damage ---

my $turn = 0;

# Run on damaged bytes, each time another way; what is wrong with that. To compare: what is there is right, and with
# status 0 all is.
sub try {
	my ($made, $bytes, $least, $compare) = @_;
	my $format = $turn++ & 1 ? 'lkcd' : 'elf';
	my $via = $turn & 2 ? 'file' : 'pipe';
	my $ran = convert({ image => $bytes }, $format, $via, seconds => $seconds,
		forked => can_fork() && $turn % $real);
	my @wrong;
	push @wrong, "killed by signal $ran->{signal}" if $ran->{signal};
	push @wrong, "status $ran->{status}" if !$ran->{signal} && $ran->{status} > 2 || $ran->{status} < $least;
	push @wrong, "writes $ran->{bytes} bytes" if $ran->{bytes} > 16 << 20;
	push @wrong, 'leaves an output file' if $ran->{status} == 2 && $via eq 'file' && -e $ran->{path};
	push @wrong, 'says nothing' if $ran->{status} && !@{ $ran->{err} };
	push @wrong, 'says more than that it failed' if $ran->{status} == 2 && @{ $ran->{err} } != 1;
	my %seen;
	my $sentence = qr/^lkcd-convert: (\S*\/in|standard input|standard output): \S/;
	push @wrong, map { "says '$_'" } grep { !/$sentence/ || $seen{$_}++ } @{ $ran->{err} };
	if ($compare && $format eq 'elf' && $ran->{status} < 2) {
		my @differ = differences($made, 'elf', $ran->{path}, $via, $ran->{status});
		push @wrong, $ran->{status} ? grep { !/is (missing|zero)$|^\.\.\.$/ } @differ : @differ;
	}
	return map { "$format from a $via: $_" } @wrong;
}

# Cut at every byte where that are not too many: densely where headers are.
sub cuts {
	my ($made, $least) = @_;
	my $size = length $made->{image};
	my @near = sort { $a <=> $b } 0, grep { $_ < $size } values %{ $made->{labels} };
	my %at = map { $_ => 1 } 0 .. 7, map({ my $near = $_; map { $near + $_ } -1 .. 17 } @near), $size - 1;
	my $step = int($size / 200) + 1;
	for (my $i = 0; $i < $size; $i += $step) {
		$at{$i} = 1;
	}
	my ($number, @wrong) = 0;
	for my $at (sort { $a <=> $b } keys %at) {
		next if $at < 0 || $at >= $size || $number++ % $every;
		push @wrong, map { "truncate $at: $_" } try($made, substr($made->{image}, 0, $at), $least, 1);
	}
	return @wrong;
}

# Version 11: make the checksums right again, so that the lie is believed.
sub seal {
	my ($made, $bytes) = @_;
	my %labels = %{ $made->{labels} };
	my $buffer = 65536;
	if ($labels{area}) {
		substr($bytes, $labels{area} + 28, 4) = "\0" x 4;
		substr($bytes, $labels{area} + 28, 4) = pack 'V', crc32c(substr $bytes, 0, $buffer);
	}
	my @starts = sort { $a <=> $b } @labels{ grep { /^@/ } keys %labels }, @labels{qw(end trailer)};
	for my $i (0 .. $#starts - 1) {
		my $end = $starts[ $i + 1 ] - 4;
		substr($bytes, $end, 4) = pack 'V', crc32c(substr $bytes, $starts[$i], $end - $starts[$i]);
	}
	substr($bytes, $labels{trailer} + 16, 4) = "\0" x 4;
	substr($bytes, $labels{trailer} + 16, 4) = pack 'V', crc32c(substr $bytes, $labels{trailer}, 32);
	return $bytes;
}

sub lies {
	my ($made, $how, @fields) = @_;
	my ($number, @wrong) = 0;
	for (@fields) {
		my ($at, $size) = @$_;
		my $was = substr $made->{image}, $at, $size;
		my $more = $was;
		substr($more, $_, 1) = chr((ord substr $more, $_, 1) ^ 0x11) for 0, $size - 1;
		my ($zeros, $ones) = ("\0" x ($size - 1), "\xff" x ($size - 1));
		my %values = map { $_ => 1 } "\0$zeros", "\xff$ones", "\x7f$ones", "$ones\x7f", "\1$zeros", "$zeros\1",
			"\x80$zeros", "$zeros\x80", $more;
		delete $values{$was};
		for my $value (sort keys %values) {
			next if $number++ % $every;
			my $bytes = $made->{image};
			substr($bytes, $at, $size) = $value;
			$bytes = seal($made, $bytes) if $how eq 'seal';
			push @wrong, map { sprintf 'patch %d %s: %s', $at, unpack('H*', $value), $_ }
				try($made, $bytes, 0, $how eq 'checked');
		}
	}
	return @wrong;
}

sub report {
	my ($name, $recipe, @wrong) = @_;
	my $count = @wrong;
	splice @wrong, 12, @wrong - 12, "... $count in all" if @wrong > 12;
	ok(!@wrong, $name) or diag(join "\n", $recipe, @wrong);
	return;
}

for (@images) {
	my ($name, $recipe, $fields, $how) = (@$_, '');
	my $made = image($recipe);
	is(convert($made, 'elf', 'file')->{status}, 0, "$name: undamaged");
	report("$name: cut", $recipe, cuts($made, $how eq 'may end anywhere' ? 0 : 1)) unless $how eq 'seal';
	report("$name: lies", $recipe, lies($made, $how, $fields->($made)));
}

# What could be a record at every sixteenth byte, but is none: the search for the next good one ends.
{
	my $head = '0000010000000000' . 'ffff0000' . '02000f00';
	my $made = image('version 11; compress gzip; area good; bytes ' . $head x 32768 . '; noend;');
	report('LKCD version 11: half a MiB of heads without records', '', try($made, $made->{image}, 1, 0));
}

# --- what was a bug once ---
for my $path (sort glob "$FindBin::Bin/../damaged/*.txt") {
	my $recipe = Mk::Test::slurp($path);
	my ($name) = $path =~ m{([^/]+)\.txt$};
	my ($status) = $recipe =~ /^# status: (\d)/m;
	my @say = map { qr/$_/ } $recipe =~ /^# says: (.+)/mg;
	my ($formats) = $recipe =~ /^# formats: (.+)/m;
	converts("tests/damaged/$name", $recipe, status => $status, say => \@say,
		$formats ? (formats => [ split ' ', $formats ]) : ());
}
done_testing();
