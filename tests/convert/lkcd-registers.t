#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What debuggers need and LKCD images of versions 1 to 10 have in other forms: PRSTATUS notes from architecture headers,
# and virtual addresses from the header's PAGE_OFFSET.
use strict;
use warnings;
no warnings 'portable';
use FindBin;
use lib "$FindBin::Bin/../mk";
use Mk::Asm;
use Mk::Pages;
use Mk::Test;
use Test::More;

need('lkcd-convert');

# struct elf_prstatus: its size, where pr_pid and pr_reg are, and the names of the words of pr_reg ('' for what LKCD
# does not have).
my @ppc64 = ((map { "gpr$_" } 0 .. 31), qw(nip msr orig_gpr3 ctr link xer ccr softe trap dar dsisr result));
my %prstatus = (
	i386 => [ 144, 24, 72, 4, qw(ebx ecx edx esi edi ebp eax xds xes), '', '',
		qw(orig_eax eip xcs eflags esp xss) ],
	x86_64 => [ 336, 32, 112, 8,
		qw(r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss) ],
	ppc64 => [ 504, 32, 112, 8, @ppc64 ],
	# r0 to r31, NaT bits, pr, b0 to b7, ip, cfm, psr, then application registers
	ia64 => [ 1144, 32, 112, 8, '', 'r1', 'r2', 'r3', ('') x 4, qw(r8 r9 r10 r11 r12 r13 r14 r15),
		(map { "r$_" } 16 .. 31), '', 'pr',
		'b0', ('') x 5, 'b6', 'b7', qw(cr_iip cr_ifs cr_ipsr ar_rsc), '',
			qw(ar_bspstore ar_rnat ar_ccv ar_unat ar_fpsr ar_pfs),
		'', '', 'ar_csd', 'ar_ssd' ],
);

# The note that a CPU's registers must become, with pr_pid as the converter chose it.
sub prstatus {
	my ($machine, $e, $pid, %value) = @_;
	my ($size, $pid_at, $at, $word, @names) = @{ $prstatus{$machine} };
	my $desc = "\0" x $size;
	substr($desc, $pid_at, 4) = $pid;
	for my $i (0 .. $#names) {
		next if $names[$i] eq '';
		substr($desc, $at + $i * $word, $word) = pack(($word == 8 ? 'Q' : 'L') . $e, $value{ $names[$i] });
	}
	return $desc;
}

sub convert_pages {
	my ($name, $made) = @_;
	my $ran = convert($made, 'elf', 'file');
	is($ran->{status}, 0, "$name: status") or diag(join "\n", @{ $ran->{err} });
	is_deeply([ differences($made, 'elf', $ran->{path}, 'file', 0) ], [], "$name: pages");
	return $ran->{status} < 2 ? elf_of($ran->{path}) : undef;
}

my $pages = '@0x0 raw noise 1; @0x1000 compress fill 7; @0x4000 raw noise 2;';

# Cpus notes, in order, each with the registers of its CPU.
sub registers {
	my ($name, $machine, $recipe, $cpus) = @_;
	my $elf = convert_pages($name, image("machine $machine; $recipe$pages")) or return;
	my @notes = Mk::Pages::notes($elf);
	my $pid_at = $prstatus{$machine}[1];
	my @want = map {
		my %value = Mk::Asm::registers_of($machine, $_, {});
		my $pid = defined $notes[$_] ? substr $notes[$_][2], $pid_at, 4 : '';
		[ 'CORE', 1, prstatus($machine, $elf->{e}, $pid, %value) ];
	} 0 .. $cpus - 1;
	is_deeply(\@notes, \@want, "$name: a PRSTATUS for each of $cpus CPUs");
	return;
}

for my $machine (qw(i386 x86_64 ppc64 ia64)) {
	for my $endian (qw(little big)) {
		for my $version (8, 9) {
			registers("$machine, $endian, version $version", $machine,
				"version $version; endian $endian; compress rle; cpus 3;", 3);
		}
	}
	registers("$machine, one CPU", $machine, 'compress gzip; cpus 1; dumping_cpu 0;', 1);
	registers("$machine, all 32 CPUs", $machine, 'compress gzip; cpus 32; dumping_cpu 7;', 32);
	registers("$machine, more CPUs than the table has", $machine, 'compress gzip; cpus 2000; ncpus_table 4;', 4);
	registers("$machine, a table of 128 CPUs", $machine, 'compress gzip; buffer 118784; cpus 100; ncpus_table 128;',
		100);
	registers("$machine, stale bytes behind the header", $machine, 'compress gzip; stale 0xa5; cpus 2;', 2);
}
registers('i386, version 7', 'i386', 'version 7; compress gzip; cpus 2;', 2);
registers('i386, version 7 padded to 8', 'i386', 'version 7; header_size 728; compress gzip; cpus 2;', 2);
registers('x86_64, version 7', 'x86_64', 'version 7; compress gzip; cpus 2;', 2);
registers("i386, version $_, which knew one CPU", 'i386', "version $_;", 1) for 2, 3;
registers('i386, version 3 with a table of 4096 offsets', 'i386', 'version 3; version_bits 0x40000000; mclx 0;', 1);
registers('i386, asm version 5', 'i386', 'asm_version 5; compress gzip;', 2);
registers('ppc64, asm version 1, all 32 CPUs', 'ppc64', 'asm_version 1; compress gzip; cpus 32;', 32);
registers('ia64, asm version 5', 'ia64', 'asm_version 5; compress gzip; cpus 32;', 32);

# No registers: no notes, and stale bytes are none either.
for my $recipe ('asm none', 'asm stale; stale 0xa5', 'asm_magic 0', 'uts.machine alpha; page_size 8192') {
	my $elf = convert_pages("no registers, $recipe", image("compress gzip; $recipe; \@0x0 raw noise 1")) or next;
	is_deeply([ Mk::Pages::notes($elf) ], [], "no registers, $recipe: no notes");
}
{
	my $made = image("compress gzip; asm none; area badcrc; note CORE 1 hex 01020304; $pages");
	my $elf = convert_pages('a notes area whose CRC does not hold', $made);
	is_deeply([ Mk::Pages::notes($elf) ], [], 'a notes area whose CRC does not hold is stale');
	$made = image("compress gzip; asm none; note CORE 1 hex 01020304; range 0 0xffff810000000000 0x5000; $pages");
	$elf = convert_pages('a notes area in version 9', $made);
	is_deeply([ Mk::Pages::notes($elf) ], [ [ 'CORE', 1, "\1\2\3\4" ] ], 'a notes area in version 9 counts');
}

# s390x: the registers stand in memory, where the CPU stored them.
sub lowcore {
	my ($address, $cpu) = @_;
	my $hex = sub { join '', map { unpack 'H*', pack 'Q>', 0x100000000 * ($cpu + 1) + $_ } @_ };
	my $place = sprintf 'place 0x300:%s 0x280:%s 0x340:%s', $hex->(1, 2), $hex->(100 .. 115), $hex->(200 .. 207);
	return sprintf '@0x%x compress words %d; @0x%x compress %s;', $address, $cpu, $address + 0x1000, $place;
}

sub s390_prstatus {
	my ($cpu, $pid) = @_;
	return "\0" x 32 . $pid . "\0" x 76 .
		pack('Q>*', map { 0x100000000 * ($cpu + 1) + $_ } 1, 2, 100 .. 115, 200 .. 207) . "\0" x 16;
}

for my $lost (0, 1) {
	my $recipe = 'machine s390x; version 8; memory_start 0; compress gzip; cpus 2; lowcores 0 0x12000;' .
		lowcore(0, 0) . '@0x5000 raw noise 4;';
	$recipe .= lowcore(0x12000, 1) unless $lost;
	my $elf = convert_pages('s390x', image($recipe)) or next;
	my @notes = Mk::Pages::notes($elf);
	my @pids = map { substr $_->[2], 32, 4 } @notes;
	is_deeply(\@notes, [ map { [ 'CORE', 1, s390_prstatus($_, $pids[$_] // '') ] } 0 .. 1 - $lost ],
		$lost ? 's390x: a PRSTATUS for the CPU whose lowcore is there' : 's390x: a PRSTATUS for each CPU');
}

# Only of s390x is it known where the lowcore has them.
for my $other (qw(s390 alpha nothing)) {
	my $elf = convert_pages("lowcores of '$other'", image("machine s390x; uts.machine $other; version 8; memory_start 0; " .
		'compress gzip; cpus 1; lowcores 0;' . lowcore(0, 0))) or next;
	is_deeply([ Mk::Pages::notes($elf) ], [], "lowcores of '$other': no notes");
}

# --- virtual addresses ---
# Is each page (address => virtual address) where it must be mapped, among whatever else is mapped?
sub mapped {
	my ($name, $recipe, %want) = @_;
	my @pages = map { sprintf '@0x%x raw noise %d;', $_, $_ / 4096 } sort keys %want;
	my $elf = convert_pages($name, image("compress gzip; $recipe@pages"));
	for my $address (sort keys %want) {
		my @found = map { $address - $_->{paddr} + $_->{vaddr} }
			grep { $address >= $_->{paddr} && $address - $_->{paddr} < $_->{memsz} } @{ $elf->{loads} };
		ok((grep { $_ == $want{$address} } @found),
			sprintf '%s: 0x%x is mapped at 0x%x', $name, $address, $want{$address})
			or diag(join ' ', 'mapped at', map { sprintf '0x%x', $_ } @found);
	}
	return;
}

my %at = map { $_ => 1 } 0, 0x5000, 0x900000;
mapped('x86_64', 'machine x86_64; memory_start 0xffff810000000000;', map { $_ => 0xffff810000000000 + $_ } keys %at);
mapped('x86_64, 2.4', 'machine x86_64; memory_start 0x0000010000000000;', map { $_ => 0x10000000000 + $_ } keys %at);
mapped('x86_64, kernel text', 'machine x86_64; uts.release 2.6.5-7.97-smp; memory_start 0xffff810000000000;',
	map { $_ => 0xffffffff80000000 + $_ } keys %at);
mapped('i386', 'machine i686; memory_start 0xc0000000;', (map { $_ => 0xc0000000 + $_ } keys %at),
	0x37fff000 => 0xf7fff000);
mapped('i386 with PAGE_OFFSET 1 GiB', 'machine i686; memory_start 0x40000000;', map { $_ => 0x40000000 + $_ } keys %at);
mapped('ppc64', 'machine ppc64; memory_start 0xc000000000000000;', map { $_ => 0xc000000000000000 + $_ } keys %at);
mapped('ia64', 'machine ia64; page_size 16384; memory_start 0xe000000000000000;',
	map { $_ * 4 => 0xe000000000000000 + $_ * 4 } keys %at);
mapped('s390x', 'machine s390x; memory_start 0;', map { $_ => $_ } keys %at);

# --- what gdb makes of it ---
SKIP: {
	skip 'gdb is not installed', 3 unless grep { -x "$_/gdb" } split /:/, $ENV{PATH};
	for my $case ([ 'x86_64', 'rip', 'rsp' ], [ 'i386', 'eip', 'esp' ]) {
		my ($machine, @names) = @$case;
		my $ran = convert(image("machine $machine; compress gzip; cpus 3; $pages"), 'elf', 'file');
		my $commands = join ' ', map { "-ex 'thread $_' " . join ' ', map { "-ex 'p/x \$$_'" } @names } 1 .. 3;
		my $out = qx(gdb -nx -batch -ex 'core-file $ran->{path}' $commands 2>/dev/null);
		my %cpus = map {
			my %value = Mk::Asm::registers_of($machine, $_, {});
			join(' ', map { sprintf '0x%x', $_ } @value{@names}) => 1;
		} 0 .. 2;
		my @said = $out =~ /^\$\d+ = (0x\w+)$/mg;
		my %found;
		while (my @pair = splice @said, 0, 2) {
			$found{"@pair"} = 1;
		}
		is_deeply(\%found, \%cpus, "gdb shows the registers of three CPUs of $machine") or diag($out);
	}
}
done_testing();
