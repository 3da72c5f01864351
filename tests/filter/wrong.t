#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A real dump whose VMCOREINFO is cut, lacks keys, or lies: a page that was kept with the true one must be kept with each
# of these, and none is a failure.
use strict;
use warnings;
use File::Copy;
use File::Temp 'tempdir';
use Test::More;

my $tool = ($ENV{B} // 'build') . '/lkcd-filter';
plan skip_all => 'says nothing more under sanitizers' if $ENV{LKCD_SANITIZED};

my $small = ($ENV{B} // 'build') . '/small';
my $dump = ($ENV{LKCD_REAL} // '') . '/kdump-6.1-kaslr.vmcore';
unless (-e $dump) {
	plan skip_all => 'the small dump cannot be unpacked' if system 'tests/small/unpack', $small;
	$dump = "$small/vmcore";
}
my $work = tempdir(CLEANUP => 1);
my $copy = "$work/dump";
copy $dump, $copy or die "$copy: $!\n";
chmod 0600, $copy;
open my $file, '+<:raw', $copy or die "$copy: $!\n";
read $file, my $head, 65536;
my $at = index $head, 'OSRELEASE=';
my $room = index($head, "\0", $at) - $at;
my $true = substr $head, $at, $room;

# The second bitmap of a kdump file: which frames are in it
sub frames {
	open my $kdump, '<:raw', $_[0] or return;
	read $kdump, my $header, 512;
	my ($block, $sub, $bitmaps) = unpack 'x428 L<3', $header;
	seek $kdump, (1 + $sub + $bitmaps / 2) * $block, 0;
	read $kdump, my $bits, $bitmaps / 2 * $block;
	return $bits;
}

# What level kern keeps with that VMCOREINFO; undef when the tool failed. What the log's keys say is left out for room.
sub kept {
	my ($text) = @_;
	$text =~ s/^.*(?:prb_|printk).*\n//mg if length $text > $room;
	seek $file, $at, 0;
	print $file $text, "\n" x ($room - length $text);
	$file->flush;
	unlink "$work/out";
	return system($tool, '-q', '-T1', '-l', 'kern', '-f', 'kdump', '-c', 'none', '-o', "$work/out", $copy) ? undef : frames("$work/out");
}

my $needed = kept($true);
my ($all, $tried) = (unpack('%32b*', $needed), 0);
ok $all > 10000, "$all pages are needed";
my ($failed, @lost) = (0);

sub try_it {
	my ($name, $text) = @_;
	my $kept = kept($text);
	$tried++;
	if (!defined $kept) {
		$failed++;
		diag "$name: failed";
		return;
	}
	my $lost = unpack '%32b*', $needed & ~$kept;
	# with another field for its order a free block may take in what follows it, if that is in no use
	push @lost, "$name: $lost pages are lost" if $lost > ($name =~ /^OFFSET\(page\.private\)=/ ? 4 : 0);
}

try_it("cut at $_", substr $true, 0, $_) for map { $_ * 250 } 0 .. $room / 250;
my @keys = $true =~ /^((?:SIZE|OFFSET|LENGTH|NUMBER|SYMBOL)\((?:page|mem_section|PG_|PAGE_|HUGETLB|SECTION|MAX_PHYS|zone\.free_area|phys_base|
	init_top_pgt|swapper_pg_dir|pgtable|_stext|sme_mask)[^)]*\))=/mgx;
for my $key (@keys) {
	my ($value) = $true =~ /^\Q$key\E=(.*)$/m;
	my $number = $key =~ /^SYMBOL/ ? hex substr($value, -8) : $value;
	my $base = $key =~ /^SYMBOL/ ? substr $value, 0, -8 : '';
	try_it("no $key", $true =~ s/^\Q$key\E=.*\n//mr);
	my %lies = map { $_ => 1 } 0, 1, $number + 1, $number - 4, $number + 8, $number * 2;
	for my $lie (sort keys %lies) {
		next if $lie == $number || ($base && $lie < 0);
		my $text = $base ? sprintf '%s%08x', $base, $lie & 0xffffffff : $lie;
		try_it("$key=$text", $true =~ s/^\Q$key\E=.*$/$key=$text/mr);
	}
}
is $failed, 0, "none of $tried is a failure";
is "@lost", '', 'no page that is needed is lost';
done_testing;
