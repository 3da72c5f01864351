# SPDX-License-Identifier: GPL-2.0-or-later
# Memory with next to nothing around it: LiME, raw; and makedumpfile's flattened form of any file.
package Mk::Plain;
use strict;
use warnings;
no warnings 'portable';
use Mk::Bytes qw(number u32 u64 content);
use Mk::Elf;

# The load lines with their data.
sub loads {
	my ($r) = @_;
	my @loads = grep { $_->{op} eq 'load' } @{ $r->{items} };
	for (@loads) {
		my $data = content($_->{size}, $r->{page_size}, @{ $_->{content} });
		$_->{data} = \$data;
	}
	Mk::Elf::expect_loads($r, [ grep { !exists $_->{key}{lost} } @loads ]);
	return @loads;
}

sub lime {
	my ($r) = @_;
	my $image = '';
	for (loads($r)) {
		my %key = %{ $_->{key} };
		$r->label(sprintf('@0x%x', $_->{address}) => length $image);
		my $last = number($key{last} // $_->{address} + $_->{size} - 1);
		$image .= u32('<', number($key{magic} // 0x4c694d45)) . u32('<', number($key{version} // 1));
		$image .= u64('<', $_->{address}) . u64('<', $last) . u64('<', 0) . ${ $_->{data} };
	}
	return $image;
}

# From physical address "base" on; what is between the loads is zero, and memory all the same.
sub raw {
	my ($r) = @_;
	my $base = $r->value('base', 0);
	my $image = '';
	for (loads($r)) {
		my $at = $_->{address} - $base;
		$image .= "\0" x ($at - length $image) if $at > length $image;
		substr($image, $at, $_->{size}) = ${ $_->{data} };
	}
	$r->expect($base, $image . "\0" x (-length($image) % $r->{page_size}));
	return $image;
}

# makedumpfile -F: a block of header, then pieces of the file with their offsets, all big-endian.
sub flat {
	my ($r, $image) = @_;
	my $chunk = $r->value('flat_chunk', 65536);
	my @starts = map { $_ * $chunk } 0 .. int((length($image) - 1) / $chunk);
	@starts = reverse @starts if $r->word('flat_order', '') eq 'reverse';
	my $head = 'makedumpfile' . "\0" x 4 . u64('>', 1) . u64('>', 1);
	my $out = $head . "\0" x (4096 - length $head);
	for (@starts) {
		my $part = substr $image, $_, $chunk;
		$out .= u64('>', $_) . u64('>', length $part) . $part;
	}
	return $out . (exists $r->{set}{flat_noend} ? '' : u64('>', ~0) x 2);
}

1;
