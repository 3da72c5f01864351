# SPDX-License-Identifier: GPL-2.0-or-later
# makedumpfile's kdump-compressed files, header versions 1 to 6.
package Mk::Kdump;
use strict;
use warnings;
no warnings 'portable';
use Mk::Bytes qw(number u32 u64 word put content);
use Mk::Codec qw(encode);
use Mk::Notes;

my %flags = (raw => 0, zlib => 1, lzo => 2, snappy => 4, zstd => 0x20);

# A struct as the machine's compiler lays it out: [size, value] or bytes.
sub pack_struct {
	my ($r, @fields) = @_;
	my $most = $r->{machine} eq 'i386' ? 4 : 8; # i386 aligns 64-bit numbers to 4
	my ($out, $widest) = ('', 1);
	for (@fields) {
		if (!ref) {
			$out .= $_;
			next;
		}
		my ($size, $value) = @$_;
		my $align = $size > $most ? $most : $size;
		$widest = $align if $align > $widest;
		$out .= "\0" x (-length($out) % $align) . word($r->{e}, $size * 8, $value);
	}
	return $out . "\0" x (-length($out) % $widest);
}

sub disk_dump_header {
	my ($r, $sub_blocks, $bitmap_blocks, $max_mapnr, $pages) = @_;
	my $long = $r->{bits} / 8;
	my %uts = (sysname => 'Linux', nodename => 'crashed', release => '5.10.0', version => '#1 SMP',
		machine => $r->{uts_machine}, domainname => '(none)');
	my $uts = pack '(a65)6', map { $r->word("uts.$_", $uts{$_}) }
		qw(sysname nodename release version machine domainname);
	my $max_32 = $max_mapnr > 0xffffffff ? 0xffffffff : $max_mapnr;
	return pack_struct($r, $r->word('signature', 'KDUMP   '), [ 4, $r->value('header_version', 6) ], $uts,
		[ $long, 1600000000 ], [ $long, 500 ],
		[ 4, $r->value('status', 1) ], [ 4, $r->value('block_size', $r->{page_size}) ],
		[ 4, $r->value('sub_hdr_size', $sub_blocks) ], [ 4, $r->value('bitmap_blocks', $bitmap_blocks) ],
		[ 4, $r->value('max_mapnr', $max_32) ], [ 4, 0 ], [ 4, 0 ], [ 4, $pages ],
		[ 4, 0 ], [ 4, $r->value('cpus', 1) ]);
}

# The sub header grew with each header version.
sub sub_header {
	my ($r, $max_mapnr, %at) = @_;
	my $long = $r->{bits} / 8;
	my $version = $r->value('header_version', 6);
	my @split = map { number($_) } @{ $r->{set}{split} // [ 0, 0 ] };
	my @fields = [ $long, $r->value('phys_base', 0) ];
	push @fields, [ 4, $r->value('dump_level', 0) ] if $version >= 1;
	push @fields, [ 4, exists $r->{set}{split} ? 1 : 0 ], map { [ $long, $_ ] } @split if $version >= 2;
	push @fields, [ 8, $at{vmcoreinfo} ], [ $long, $at{vmcoreinfo_size} ] if $version >= 3;
	push @fields, [ 8, $at{notes} ], [ $long, $at{notes_size} ] if $version >= 4;
	push @fields, [ 8, $at{erase} ], [ $long, $at{erase_size} ] if $version >= 5;
	push @fields, map({ [ 8, $_ ] } @split, $r->value('max_mapnr_64', $max_mapnr)) if $version >= 6;
	return pack_struct($r, @fields);
}

# Sub header with notes, VMCOREINFO (inside the notes from version 4 on) and erase information behind it.
sub sub_part {
	my ($r, $max_mapnr) = @_;
	my $version = $r->value('header_version', 6);
	my $info = $r->word('vmcoreinfo', '');
	my $notes = Mk::Notes::said($r);
	my $erase = join '', map { "@$_\n" } @{ $r->{set}{eraseinfo} // [] };
	my $size = length sub_header($r, 0,
		map { $_ => 0 } qw(vmcoreinfo vmcoreinfo_size notes notes_size erase erase_size));
	my $start = $r->{page_size} + $size;
	my %at = (notes => 0, notes_size => 0, vmcoreinfo => 0, vmcoreinfo_size => 0, erase => 0, erase_size => 0);
	my $more = '';
	my $place = sub {
		my ($name, $bytes) = @_;
		return unless length $bytes;
		@at{ $name, "${name}_size" } = ($start + length $more, length $bytes);
		$r->label($name => $start + length $more);
		$more .= $bytes;
	};
	if ($version >= 4) {
		my $note = length $info ? Mk::Notes::note($r->{e}, 'VMCOREINFO', 0, $info) : '';
		$place->(notes => $notes . $note) if length "$notes$note";
		@at{qw(vmcoreinfo vmcoreinfo_size)} = ($at{notes} + length($notes) + 24, length $info) if length $info;
	} else {
		$place->(vmcoreinfo => $info) if $version >= 3;
	}
	$place->(erase => $erase) if $version >= 5;
	$at{notes_size} = $r->value('size_note') if exists $r->{set}{size_note};
	return sub_header($r, $max_mapnr, %at) . $more;
}

sub bitmap {
	my ($size, @frames) = @_;
	my $map = "\0" x $size;
	vec($map, $_, 1) = 1 for @frames;
	return $map;
}

# "FIRST+COUNT"
sub frames_of {
	my ($first, $count) = map { number($_) } split /\+/, $_[0];
	return $first .. $first + $count - 1;
}

sub build {
	my ($r) = @_;
	my ($e, $page_size) = @$r{qw(e page_size)};
	my @pages = grep { $_->{op} eq 'page' } @{ $r->{items} };
	my %present = map { int($_->{address} / $page_size) => 1 } @pages;
	my ($highest) = sort { $b <=> $a } keys %present;
	my @valid = map { frames_of($_) } @{ $r->{set}{valid} // [] };
	$highest = $_ > $highest ? $_ : $highest for @valid;
	my $max_mapnr = $highest + 1;
	my $half = int(($max_mapnr + $page_size * 8 - 1) / ($page_size * 8)) * $page_size;
	my $sub = sub_part($r, $max_mapnr);
	$sub .= "\0" x (-length($sub) % $page_size);
	my $header = disk_dump_header($r, length($sub) / $page_size, 2 * $half / $page_size, $max_mapnr,
		scalar keys %present);
	my $image = $header . "\0" x ($page_size - length $header) . $sub;
	$r->label(bitmap => length $image);
	$image .= bitmap($half, keys %present, @valid) . bitmap($half, keys %present);
	my $data_at = length($image) + 24 * keys %present;
	my ($data, %descriptor, %stored) = ('');
	for my $item (@pages) {
		my %key = %{ $item->{key} };
		my $frame = int($item->{address} / $page_size);
		my $plain = content($page_size, $page_size, @{ $item->{content} });
		my $kind = $item->{kind};
		my $bytes = $kind eq 'raw' ? $plain : encode($kind, $plain);
		$bytes = substr $bytes, 0, length($bytes) - number($key{cut}) if exists $key{cut};
		my $offset = $data_at + length $data;
		if (exists $key{shared} && exists $stored{"$kind $plain"}) {
			$offset = $stored{"$kind $plain"}; # as it is for zero pages in makedumpfile's files
		} else {
			$stored{"$kind $plain"} = $offset;
			$data .= $bytes;
		}
		$offset = number($key{offset}) if exists $key{offset};
		$descriptor{$frame} = u64($e, $offset) . u32($e, number($key{size} // length $bytes)) .
			u32($e, number($key{flags} // $flags{$kind})) . u64($e, 0);
		$r->expect($item->{address}, $plain) unless exists $key{lost};
	}
	my @frames = sort { $a <=> $b } keys %descriptor;
	$r->label(descriptors => length $image);
	$r->label(sprintf('@0x%x', $frames[$_] * $page_size) => length($image) + 24 * $_) for 0 .. $#frames;
	$r->label(data => $data_at);
	return $image . join('', map { $descriptor{$_} } @frames) . $data;
}

1;
