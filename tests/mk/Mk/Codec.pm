# SPDX-License-Identifier: GPL-2.0-or-later
# Packing pages, as simply as each format allows: runs of one byte become runs, the rest stays as it is.
package Mk::Codec;
use strict;
use warnings;
no warnings 'portable';
use Compress::Zlib ();
use Exporter 'import';
our @EXPORT_OK = qw(encode);

# Cut into [byte or undef, text]: runs of at least $least equal bytes, and what stands between.
sub pieces {
	my ($data, $least) = @_;
	my $differs = substr($data, 1) ^ substr($data, 0, -1);
	my ($pairs, $at) = ($least - 1, 0);
	my @pieces;
	while ($differs =~ /\0{$pairs,}/g) {
		my ($start, $length) = ($-[0], $+[0] - $-[0] + 1);
		push @pieces, [ undef, substr $data, $at, $start - $at ] if $start > $at;
		push @pieces, [ substr($data, $start, 1), substr $data, $start, $length ];
		$at = $start + $length;
	}
	push @pieces, [ undef, substr $data, $at ] if $at < length $data;
	return @pieces;
}

# $spare is what a count leaves unsaid: 1 for the kernel (0 n v: n + 1 bytes), 0 for libkdumpfile (n bytes).
sub rle {
	my ($data, $spare) = @_;
	my $most = 255 + $spare;
	my $out = '';
	for (pieces($data, 2)) {
		my ($byte, $text) = @$_;
		if (!defined $byte) {
			$text =~ s/\0/\0\0/g;
			$out .= $text;
			next;
		}
		for (my $left = length $text; $left; ) {
			my $n = $left < $most ? $left : $most;
			if ($byte eq "\0" ? $n == 1 : $n < 3) {
				$out .= $byte eq "\0" ? "\0\0" : $byte x $n;
			} else {
				$out .= pack('CC', 0, $n - $spare) . $byte;
			}
			$left -= $n;
		}
	}
	return $out;
}

# RFC 8878: one frame of one segment, with raw and RLE blocks.
sub zstd {
	my ($data) = @_;
	my $size = length $data;
	my $out = pack('V', 0xfd2fb528);
	$out .= $size < 256 ? pack('CC', 0x20, $size)
		: $size < 65536 + 256 ? pack('Cv', 0x60, $size - 256) : pack('CV', 0xa0, $size);
	my @blocks;
	for (pieces($data, 8)) {
		my ($byte, $text) = @$_;
		while (length $text) {
			my $part = substr $text, 0, 65536, '';
			push @blocks, defined $byte ? [ 1, length $part, $byte ] : [ 0, length $part, $part ];
		}
	}
	push @blocks, [ 0, 0, '' ] unless @blocks;
	for my $i (0 .. $#blocks) {
		my ($type, $length, $bytes) = @{ $blocks[$i] };
		$out .= substr(pack('V', ($i == $#blocks) | $type << 1 | $length << 3), 0, 3) . $bytes;
	}
	return $out;
}

# Snappy: literals, and copies from one byte back.
sub snappy {
	my ($data) = @_;
	my $size = length $data;
	my $out = '';
	while ($size >= 128) {
		$out .= chr($size & 0x7f | 0x80);
		$size >>= 7;
	}
	$out .= chr $size;
	for (pieces($data, 8)) {
		my ($byte, $text) = @$_;
		my $literal = defined $byte ? $byte : $text;
		while (length $literal) {
			my $part = substr $literal, 0, 65536, '';
			my $n = length($part) - 1;
			$out .= $n < 60 ? pack('C', $n << 2) : $n < 256 ? pack('CC', 60 << 2, $n)
				: pack('Cv', 61 << 2, $n);
			$out .= $part;
		}
		next unless defined $byte;
		for (my $left = length($text) - 1; $left > 0; $left -= 64) {
			$out .= pack 'Cv', (($left < 64 ? $left : 64) - 1) << 2 | 2, 1;
		}
	}
	return $out;
}

# How LZO1X says a length that does not fit its opcode: 255 for each zero byte, then the rest.
sub lzo_length {
	my ($length) = @_;
	my $zeros = int(($length - 1) / 255);
	return "\0" x $zeros . chr($length - 255 * $zeros);
}

# LZO1X: literals, and matches one byte back. One to three literals behind a match ride in its low bits.
sub lzo {
	my ($data) = @_;
	my ($out, $literals, $match) = ('', '', 0);
	my $flush = sub {
		my $n = length $literals;
		if ($n && $out eq '' && $n <= 238) {
			$out .= chr(17 + $n) . $literals;
		} elsif ($n && $n < 4) {
			substr($out, -2, 1) = chr(ord(substr $out, -2, 1) | $n);
			$out .= $literals;
		} elsif ($n) {
			$out .= ($n <= 18 ? chr($n - 3) : "\0" . lzo_length($n - 18)) . $literals;
		}
		$literals = '';
	};
	for (pieces($data, 8)) {
		my ($byte, $text) = @$_;
		if (!defined $byte) {
			$literals .= $text;
			next;
		}
		$literals .= $byte;
		$flush->();
		my $n = length($text) - 1;
		$out .= ($n <= 33 ? chr(32 | $n - 2) : chr(32) . lzo_length($n - 33)) . "\0\0";
	}
	$flush->();
	return $out . "\x11\0\0";
}

my %codecs = (
	none => sub { return $_[0] },
	rle => sub { return rle($_[0], 1) },
	'rle-lkdf' => sub { return rle($_[0], 0) },
	gzip => sub { return Compress::Zlib::compress($_[0]) },
	zstd => \&zstd,
	snappy => \&snappy,
	lzo => \&lzo,
);
$codecs{zlib} = $codecs{gzip};

sub encode {
	my ($name, $data) = @_;
	my $codec = $codecs{$name} or die "'$name' is no codec\n";
	return $codec->($data);
}

1;
