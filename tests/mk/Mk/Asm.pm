# SPDX-License-Identifier: GPL-2.0-or-later
# LKCD's architecture ("asm") headers: registers and stacks of every CPU.
package Mk::Asm;
use strict;
use warnings;
no warnings 'portable';
use Mk::Bytes qw(u16 u32 u64 word);

my %registers = (
	i386 => [qw(ebx ecx edx esi edi ebp eax xds xes orig_eax eip xcs eflags esp xss)],
	x86_64 => [qw(r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss)],
	ppc64 => [(map { "gpr$_" } 0 .. 31), qw(nip msr orig_gpr3 ctr link xer ccr softe trap dar dsisr result)],
	ia64 => [qw(b6 b7 ar_csd ar_ssd r8 r9 r10 r11 cr_ipsr cr_iip cr_ifs ar_unat ar_pfs ar_rsc ar_rnat
		ar_bspstore pr b0 loadrs r1 r12 r13 ar_fpsr r15 r14 r2 r3), (map { "r$_" } 16 .. 31), 'ar_ccv',
		(map { ("f${_}_low", "f${_}_high") } 6 .. 11)],
);
$registers{ppc64le} = $registers{ppc64};
my %versions = (i386 => 3, x86_64 => 2, ppc64 => 5, ppc64le => 5, ia64 => 4, s390 => 1, s390x => 1);

sub known { return exists $versions{ $_[0] } }

# Unless the recipe says otherwise, each register of each CPU has a value of its own, so that a mix-up shows.
sub value {
	my ($machine, $cpu, $number) = @_;
	my $low = 0x01000000 * ($cpu + 1) + 0x101 * ($number + 1);
	return $machine eq 'i386' ? 0xc0000000 | $low : 0xffff800000000000 | $low;
}

# name => value of one CPU.
sub registers_of {
	my ($machine, $cpu, $said) = @_;
	my $names = $registers{$machine} or die "the registers of $machine are not known\n";
	return map { $names->[$_] => $said->{ $names->[$_] } // value($machine, $cpu, $_) } 0 .. $#$names;
}

sub regs {
	my ($e, $machine, $cpu, $said) = @_;
	my %values = registers_of($machine, $cpu, $said);
	my %left = %$said;
	delete @left{ keys %values };
	die "$machine has no register " . join(', ', sort keys %left) . "\n" if %left;
	return join '', map { word($e, $machine eq 'i386' ? 32 : 64, $values{$_}) } @{ $registers{$machine} };
}

# What a dump says of its CPUs: machine, version, table (how long), cpus, dumping_cpu, regs (by CPU, by name), tasks,
# stacks, stack_ptrs, lowcores (lists).
sub header {
	my ($e, %asm) = @_;
	my ($machine, $n, $cpus) = @asm{qw(machine table cpus)};
	my $version = $asm{version} // $versions{$machine};
	return s390($e, $version, %asm) if $machine =~ /^s390/;
	my $bits = $machine eq 'i386' ? 32 : 64;
	my $dumping = $asm{dumping_cpu};
	my $own = $asm{regs}[$dumping] // {};
	my %current = registers_of($machine, $dumping, $own);
	my $body = '';
	$body .= u32($e, $current{esp}) . u32($e, $current{eip}) if $machine eq 'i386';
	$body .= u64($e, $asm{kernel_addr}) if $machine eq 'ia64' && $version >= 5 && $asm{kernel_first};
	$body .= u64($e, 0xe000000012345678) if $machine eq 'ia64';
	$body .= regs($e, $machine, $dumping, $own);
	$body .= u64($e, 0x11) . u64($e, 0x22) . u64($e, 0x33) if $machine eq 'ia64';
	if ($version > 1 || $machine =~ /^ppc64/) {
		$body .= u32($e, $cpus) . u32($e, $dumping);
		my $empty = "\0" x length regs($e, $machine, 0, {});
		for my $cpu (0 .. $n - 1) {
			$body .= $cpu < $cpus ? regs($e, $machine, $cpu, $asm{regs}[$cpu] // {}) : $empty;
		}
		for my $list (qw(tasks stacks stack_ptrs)) {
			next if $list eq 'stack_ptrs' && $machine =~ /^ppc64/ && $version == 1;
			$body .= join '', map { word($e, $bits, $asm{$list}[$_] // 0) } 0 .. $n - 1;
		}
	}
	$body .= u64($e, $asm{kernel_addr}) if $machine eq 'ia64' && $version >= 5 && !$asm{kernel_first};
	return u64($e, $asm{magic} // 0xdeaddead) . u32($e, $version) .
		u32($e, $asm{size} // 16 + length $body) . $body;
}

sub s390 {
	my ($e, $version, %asm) = @_;
	my @lowcores = @{ $asm{lowcores} };
	my $body = u16($e, $asm{cpus}) . u16($e, $asm{real_cpus} // $asm{cpus});
	$body .= join '', map { u32($e, $lowcores[$_] // 0) } 0 .. 511;
	return u64($e, $asm{magic} // 0x733339302d64756d) . u32($e, $version) .
		u32($e, $asm{size} // 16 + length $body) . $body;
}

1;
