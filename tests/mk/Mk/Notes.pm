# SPDX-License-Identifier: GPL-2.0-or-later
# ELF notes, and the area of them in LKCD's header block.
package Mk::Notes;
use strict;
use warnings;
no warnings 'portable';
use Mk::Bytes qw(number u32 u64 put crc32c);

sub note {
	my ($e, $name, $type, $desc) = @_;
	$name .= "\0";
	my $out = u32($e, length $name) . u32($e, length $desc) . u32($e, $type);
	for ($name, $desc) {
		$out .= $_ . "\0" x (-length($_) % 4);
	}
	return $out;
}

# The recipe's "note NAME TYPE text|hex ..." lines.
sub said {
	my ($r) = @_;
	my $out = '';
	for (@{ $r->{set}{note} // [] }) {
		my ($name, $type, $how, @words) = @$_;
		my $desc = $how eq 'hex' ? pack('H*', join '', @words) : $how eq 'text' ? $words[0]
			: Mk::Bytes::content(number($how), 4096, @words);
		$out .= note($r->{e}, $name, number($type), $desc);
	}
	return $out;
}

sub wanted {
	my ($r) = @_;
	return grep { exists $r->{set}{$_} } qw(area note range origin);
}

sub area {
	my ($r, $block, $from) = @_;
	my ($e, $set) = ($r->{e}, $r->{set});
	my $area = $r->word('area', 'good');
	return if $area eq 'none';
	my $notes = said($r);
	my $ranges = join '', map { join '', map { u64($e, number($_)) } @$_ } @{ $set->{range} // [] };
	$notes .= note($e, 'LKCD', 2, $ranges) if length $ranges;
	$notes .= note($e, 'LKCD', 3, $set->{origin}[0]) if exists $set->{origin};
	my $size = length(note($e, 'LKCD', 1, "\0" x 16)) + length $notes;
	my $said = $area eq 'badsize' ? 1 << 40 : $size;
	put($block, $from, note($e, 'LKCD', 1, u64($e, $said) . u64($e, 0)) . $notes);
	$r->label(area => $from);
	put($block, $from + 28, u32($e, crc32c($$block) ^ ($area eq 'badcrc' ? 1 : 0)));
	return;
}

1;
