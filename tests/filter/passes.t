#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Images whose pages come in passes by class: the order of the records against the note PASSES, read here without the
# tools' own reader, and what lkcd-verify says of each class when such an image is cut at each tenth.
use strict;
use warnings;
no warnings 'portable';
use File::Temp 'tempdir';
use JSON::PP;
use Test::More;

my $tools = $ENV{B} // 'build';
my $work = tempdir(CLEANUP => 1);
my @passes = (0, 0, 1, 2);
my @names = (undef, qw(kernel_pages used_pages unused_pages));

sub slurp {
	open my $file, '<:raw', $_[0] or die "$_[0]: $!\n";
	local $/;
	return <$file>;
}

sub spew {
	my ($path, $bytes) = @_;
	open my $file, '>:raw', $path or die "$path: $!\n";
	print $file $bytes;
	close $file or die "$path: $!\n";
}

# By lkcd-dump(5): the records that are there whole, each an address, number of pages, class and end; and PASSES.
sub records {
	my ($image) = @_;
	my ($at, @records) = unpack 'x734 Q<', $image;
	my $note = index substr($image, 0, $at), pack('L<3 a8', 5, 32, 6, "LKCD");
	my @planned = $note < 0 ? () : unpack 'Q<4', substr $image, $note + 20, 32;
	while ($at + 16 <= length $image) {
		my ($address, $size, $flags) = unpack 'Q< L< L<', substr $image, $at, 16;
		last if $flags & 4 || $at + 20 + $size > length $image;
		$at += 20 + $size;
		push @records, [ $address, ($flags >> 16) + 1, $flags >> 8 & 7, $at ];
	}
	return (\@records, $note < 0 ? undef : \@planned);
}

sub in_order {
	my ($pass, $last) = (0, 0);
	for (@{ $_[0] }) {
		return 0 if $passes[ $_->[2] ] < $pass;
		$pass = $passes[ $_->[2] ];
	}
	return 1;
}

sub count {
	my @classes = (0) x 4;
	$classes[ $_->[2] ] += $_->[1] for @{ $_[0] };
	return @classes;
}

sub tool {
	my ($name, @arguments) = @_;
	open my $from, '-|', "$tools/$name", @arguments or die;
	local $/;
	return scalar <$from>;
}

sub bytes_of {
	my ($path) = @_;
	system("$tools/lkcd-convert", '-q', '-f', 'elf', '-o', "$work/elf", $path);
	return slurp("$work/elf");
}

# What is said of each class of an image that is cut must be so; strict: it must be said of each.
sub check_cuts {
	my ($name, $image, $strict) = @_;
	my @all = count((records($image))[0]);
	my ($wrong, $unsaid) = (0, 0);
	for my $tenth (1 .. 9) {
		spew("$work/cut", substr $image, 0, length($image) * $tenth / 10);
		my $said = JSON::PP->new->decode(tool('lkcd-verify', '-q', '--json', '--quick', "$work/cut"));
		my @here = count((records(slurp("$work/cut")))[0]);
		for my $class (1 .. 3) {
			my $is = $here[$class] < $all[$class] ? 'damaged' : 'whole';
			my $word = $said->{ $names[$class] };
			$unsaid++ unless defined $word;
			next if !defined $word || $word eq $is;
			$wrong++;
			diag "$name: at $tenth tenths, $names[$class]: $word, and is $is";
		}
	}
	is $wrong, 0, "$name: no class is judged wrong at any tenth";
	is $unsaid, 0, "$name: every class is judged at every tenth" if $strict;
	return;
}

# From the tenth on that HACKING names, crash finds how the kernel got to its panic.
sub check_crash {
	my ($name, $image) = @_;
	my $crash = $ENV{CRASH} // 'crash';
	my $vmlinux = "$ENV{LKCD_REAL}/vmlinux-6.1.0-56-cloud-amd64";
SKIP: {
		skip "$name: crash", 1 unless -e $vmlinux && !system "command -v $crash >/dev/null";
		my $tenth = $name =~ /^kdump/ ? 3 : 5;
		spew("$work/cut", substr $image, 0, length($image) * $tenth / 10);
		system "$tools/lkcd2elf -q -o $work/elf $work/cut 2>/dev/null";
		spew("$work/commands", "bt\nquit\n");
		my $arguments = join ' ', split ' ', tool('lkcd-info', '-q', '--crash-args', "$work/elf");
		like scalar(`timeout 120 $crash $arguments -s -i $work/commands $vmlinux $work/elf </dev/null 2>&1`),
			qr/sysrq_handle_crash/, "$name: crash's bt of the first $tenth tenths";
	}
	return;
}

# The kernel's pages ascend, and once more from its code on, which _stext begins.
sub has_code_last {
	my ($image, $records) = @_;
	my ($stext) = $image =~ /^SYMBOL\(_stext\)=(\w+)$/m or return 0;
	my ($base) = $image =~ /^NUMBER\(phys_base\)=(-?\d+)$/m or return 0;
	my @kernel = map { $_->[0] } grep { !$passes[ $_->[2] ] } @$records;
	my @turns = grep { $kernel[$_] < $kernel[ $_ - 1 ] } 1 .. $#kernel;
	return @turns == 1 && $kernel[ $turns[0] ] == hex($stext) - 0xffffffff80000000 + $base;
}

# --- classes that the pages bring ---
open my $mk, '|-', 'perl', 'tests/mk/mkdump', '-o', "$work/mixed" or die;
print $mk "version 11; compress none; area good; level 15\n";
my @classes = (1, 3, 2, 0, 2, 1, 3, 3, 0, 2, 1);
printf $mk "\@0x%x raw pages=16 class=%d words %d\n", $_ * 0x10000, $classes[ $_ % @classes ], $_ * 16 for 1 .. 90;
close $mk or die "mkdump failed\n";
sub make {
	my ($out, @arguments) = @_;
	is system("$tools/lkcd-filter", '-q', '-o', "$work/$out", @arguments), 0, "$out is made";
	return slurp("$work/$out");
}
my $all = make('all', qw(-l all), "$work/mixed");
my ($records, $planned) = records($all);
ok $planned && in_order($records), 'all: in passes, and says so';
is join(' ', count($records)), join(' ', count((records(slurp("$work/mixed")))[0])), 'all: every page of each class';
ok bytes_of("$work/all") eq bytes_of("$work/mixed"), 'all: every byte';
ok $all eq make('threads', qw(-l all -T7), "$work/mixed"), 'the same for -T7';
ok $all eq make('again', qw(-l all), "$work/all"), 'and of what is in passes already';
is system("$tools/lkcd-verify", '-q', "$work/all"), 0, 'it is whole';
check_cuts('all', $all, 0);
my ($used, $used_plan) = records(make('used', qw(-l used), "$work/mixed"));
ok $used_plan && in_order($used), 'used: in passes, and says so';
is((count($used))[3], 0, 'used: no unused page');

# --- no order, no note: a pipe, and a conversion ---
system "$tools/lkcd-filter -q -l all <$work/mixed | cat >$work/seek; cat $work/mixed | $tools/lkcd-filter -q -l all >$work/pipe";
ok defined((records(slurp("$work/seek")))[1]), 'to a pipe: in passes';
($records, $planned) = records(slurp("$work/pipe"));
ok !$planned && !in_order($records), 'from a pipe: in order of arrival, and says nothing';
check_cuts('from a pipe', slurp("$work/pipe"), 0);
system("$tools/lkcd-convert", '-q', '-o', "$work/converted", "$work/mixed");
ok !defined((records(slurp("$work/converted")))[1]), 'converted: says nothing';
system("$tools/lkcd-convert", '-q', '-c', 'gzip', '-o', "$work/converted", "$work/all");
ok defined((records(slurp("$work/converted")))[1]), 'converted from passes: the note is kept';

# --- damage is reported once, and costs no other page ---
my $hurt = slurp("$work/mixed");
my $hit = (records($hurt))[0][40];
substr($hurt, $hit->[3] - 100, 1) ^= "\1";
spew("$work/hurt", $hurt);
my $said = `$tools/lkcd-filter -l all -o $work/saved $work/hurt 2>&1`;
is $? >> 8, 1, 'a damaged record: status';
is scalar(() = $said =~ /page 0x/g), 1, 'a damaged record: reported once';
($records, $planned) = records(slurp("$work/saved"));
ok $planned && in_order($records) && @$records >= 88, 'a damaged record: the others are in passes';

# --- a real dump, whose classes are learned ---
for my $name (qw(kdump-6.1-kaslr.vmcore qemu-6.1-panic.elf)) {
	my $dump = ($ENV{LKCD_REAL} // '') . "/$name";
SKIP: {
		skip "no $name: LKCD_REAL names its folder", 1 unless -e $dump;
		my $image = make($name, qw(-l all), $dump);
		($records, $planned) = records($image);
		ok $planned && in_order($records), "$name: in passes, and says so";
		ok has_code_last($image, $records), "$name: the kernel's code is the last of its pages";
		is "@$planned", join(' ', count($records)), "$name: the pages that were to come came";
		check_cuts($name, $image, 1);
		check_crash($name, $image);
		system "$tools/lkcd-convert", '-q', '-f', 'kdump', '-o', "$work/kdump", $dump;
		ok slurp("$work/$name") eq make('kdump.passes', qw(-l all), "$work/kdump")
			|| join(' ', count((records(slurp("$work/kdump.passes")))[0])) eq join(' ', count($records)),
			"$name: the same pages of each class by way of kdump";
	}
}
done_testing;
