# SPDX-License-Identifier: GPL-2.0-or-later
# Numbers as bytes, checksums, and the contents of pages.
package Mk::Bytes;
use strict;
use warnings;
no warnings 'portable';
use Digest::SHA qw(sha256);
use Exporter 'import';
our @EXPORT_OK = qw(number u8 u16 u32 u64 word put crc32c content is_content);

# Decimal, hexadecimal, with K, M or G; "-1" is all ones.
sub number {
	my ($text) = @_;
	die "no number given\n" unless defined $text && length $text;
	return ~0 if $text eq '-1';
	return hex $1 if $text =~ /^0x([0-9a-f]+)$/i;
	die "'$text' is not a number\n" unless $text =~ /^(\d+)([KMG]?)$/;
	return $1 << { '' => 0, K => 10, M => 20, G => 30 }->{$2};
}

# $e is the byte order: '<' or '>'.
sub u8 { return pack 'C', $_[0] & 0xff }
sub u16 { my ($e, $v) = @_; return pack "S$e", $v & 0xffff }
sub u32 { my ($e, $v) = @_; return pack "L$e", $v & 0xffffffff }
sub u64 { my ($e, $v) = @_; return pack "Q$e", $v }
sub word { my ($e, $bits, $v) = @_; return $bits == 64 ? u64($e, $v) : u32($e, $v) }

# Overwrite bytes of a buffer, which must hold them already.
sub put {
	my ($buffer, $at, $bytes) = @_;
	die sprintf("cannot write %d bytes at %d of %d\n", length $bytes, $at, length $$buffer)
		if $at + length $bytes > length $$buffer;
	substr($$buffer, $at, length $bytes) = $bytes;
	return;
}

# Tables for the last, second last, ... of four bytes.
my @crc_tables = ([ map {
	my $c = $_;
	$c = $c & 1 ? ($c >> 1) ^ 0x82f63b78 : $c >> 1 for 1 .. 8;
	$c;
} 0 .. 255 ]);
push @crc_tables, [ map { ($_ >> 8) ^ $crc_tables[0][ $_ & 0xff ] } @{ $crc_tables[-1] } ] for 1 .. 3;

sub crc32c {
	my ($bytes) = @_;
	my ($t0, $t1, $t2, $t3) = @crc_tables;
	my $whole = length($bytes) & ~3;
	my $crc = 0xffffffff;
	for (unpack 'V*', substr $bytes, 0, $whole) {
		$crc ^= $_;
		$crc = $t3->[ $crc & 0xff ] ^ $t2->[ $crc >> 8 & 0xff ] ^
			$t1->[ $crc >> 16 & 0xff ] ^ $t0->[ $crc >> 24 ];
	}
	$crc = $t0->[ ($crc ^ $_) & 0xff ] ^ $crc >> 8 for unpack 'C*', substr $bytes, $whole;
	return $crc ^ 0xffffffff;
}

# What nothing can pack.
sub noise {
	my ($number, $size) = @_;
	my ($out, $i) = ('', 0);
	$out .= sha256("noise $number " . $i++) while length $out < $size;
	return substr $out, 0, $size;
}

# What zlib packs well and RLE does not.
sub words {
	my ($number, $size) = @_;
	my ($out, $i) = ('', 0);
	$out .= sprintf 'page %d, line %d; ', $number, $i++ while length $out < $size;
	return substr $out, 0, $size;
}

# Runs of every length, of zeros and others, with literals between: what RLE packs.
sub runs {
	my ($number, $size) = @_;
	my $out = '';
	my @lengths = (1, 2, 3, 4, 5, 127, 128, 254, 255, 256, 257, 258, 511, 600);
	for (my $i = $number; length $out < $size; $i++) {
		my $length = $lengths[$i % @lengths];
		$out .= chr($i % 3 ? ($i * 37 + $number) % 256 : 0) x $length;
		$out .= substr(sha256("runs $i"), 0, $i % 5);
	}
	return substr $out, 0, $size;
}

my %contents = map { $_ => 1 } qw(zero fill noise words runs text hex place);

sub is_content { return $contents{ $_[0] } }

# Size bytes as the words say; numbered kinds go on with the next number in every unit (page).
sub content {
	my ($size, $unit, $kind, @words) = @_;
	$kind = 'zero' unless defined $kind;
	return "\0" x $size if $kind eq 'zero';
	return u8(number($words[0])) x $size if $kind eq 'fill';
	if ($kind eq 'noise' || $kind eq 'words' || $kind eq 'runs') {
		my $make = { noise => \&noise, words => \&words, runs => \&runs }->{$kind};
		my $n = number($words[0]);
		my $out = '';
		for (my $at = 0; $at < $size; $at += $unit) {
			$out .= $make->($n++, $size - $at < $unit ? $size - $at : $unit);
		}
		return $out;
	}
	my $out = "\0" x $size;
	if ($kind eq 'text') {
		put(\$out, 0, $words[0]);
	} elsif ($kind eq 'hex') {
		put(\$out, 0, pack 'H*', join '', @words);
	} elsif ($kind eq 'place') {
		for (@words) {
			my ($at, $count, $step, $hex) = /^(\w+)(?:\*(\w+)\+(\w+))?:([0-9a-fA-F]*)$/ or die "'$_' is not OFFSET:HEX\n";
			my $bytes = pack 'H*', $hex;
			put(\$out, number($at) + $_ * number($step // 0), $bytes) for 0 .. number($count // 1) - 1;
		}
	} else {
		die "'$kind' is no kind of content\n";
	}
	return $out;
}

1;
