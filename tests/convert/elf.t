#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-or-later
# ELF vmcores of every shape that kernels, QEMU and makedumpfile write, and of some that they do not.
use strict;
use warnings;
no warnings 'portable';
use FindBin;
use lib "$FindBin::Bin/../mk";
use Mk::Pages;
use Mk::Test;
use Test::More;

need('lkcd-convert');

sub elf { return "format elf\n" . join("\n", @_) . "\n" }

my $notes = <<'END';
note CORE 1 hex 0102030405060708090a
note VMCOREINFO 0 text "OSRELEASE=6.1.0\nPAGESIZE=4096\n"
note LINUX 0x202 100 words 4
note "" 3 text "x"
note VMCOREDD 0x700 70000 noise 2
END
chomp $notes;

# --- class, byte order, machine ---
for my $machine (qw(x86_64 i386 aarch64 arm ppc64le ppc64 ppc s390x riscv64 sparc)) {
	for my $endian (qw(little big)) {
		my $bits = $machine =~ /^(i386|arm|ppc|sparc)$/ ? 32 : 64;
		my $size = $machine eq 'ppc64le' || ($machine eq 'ppc64' && $endian eq 'little') ? 65536 : 4096;
		my $made = image(elf("machine $machine", "bits $bits", "endian $endian", "page_size $size",
			$notes =~ s/4096\\n/$size\\n/r, 'load 0x0 0x40000 noise 1', 'load 0x100000 0x30000 words 100'));
		converts("$machine, $endian-endian", $made);
	}
}
converts('pages of 64 KiB, as VMCOREINFO says',
	elf('machine aarch64', 'page_size 65536', 'note VMCOREINFO 0 text "PAGESIZE=65536\n"',
	'load 0x40010000 0x20000 noise 1', 'load 0x40038000 0x10000 noise 7'), formats => ['elf']);

# --- where segments stand ---
my @ram = ('load 0x0 0x3000 vaddr=0xffff888000000000 noise 1', 'load 0x10000 0x8000 vaddr=0xffff888000010000 noise 10',
	'load 0x200000 0x2000 vaddr=0xffff888000200000 noise 20');
converts('in order', elf($notes, @ram));
converts('not in order', elf($notes, @ram[ 2, 0, 1 ]));
converts('no notes', elf(@ram));
converts('the note segment comes last', elf($notes, 'notes last', @ram));
converts('program headers behind the data', elf($notes, 'phoff end', @ram));
converts('section header first', elf($notes, 'shdr first', @ram));
converts("section header first and e_ehsize 8, as QEMU's", elf($notes, 'shdr first', 'ehsize 8', @ram));
converts('data are packed without alignment',
	elf($notes, 'align 1', 'load 0x1000 0x1000 noise 1', 'load 0x8000 0x3000 noise 2'));
converts('kernel text twice, as in /proc/vmcore', elf($notes, 'load 0x0 0x20000 name=ram noise 1',
	'load 0x10000 0x4000 vaddr=0xffffffff81010000 same=ram+0x10000'));
converts('overlapping, and the one that starts lower counts',
	elf('load 0x4000 0x4000 noise 100', 'load 0x0 0x6000 noise 1',
	'load 0x5800 0x4000 noise 200', 'load 0x0 0x2000 noise 300'));
converts('equal segments', elf('load 0x0 0x4000 noise 1', 'load 0x0 0x4000 noise 1'));
converts('inside another', elf('load 0x0 0x8000 noise 1', 'load 0x3000 0x1000 noise 50'));

# --- parts of pages ---
converts('starts and ends inside pages', elf('load 0x1800 0x2400 noise 1', 'load 0x8f00 0x80 noise 5'));
converts('segments that share frames',
	elf('align 1', 'load 0x1000 0x0400 noise 1', 'load 0x1400 0x0100 noise 2', 'load 0x1c00 0x2000 noise 3',
	'load 0x3d00 0x100 noise 4', 'load 0x3f80 0x1000 noise 6'));
converts('segments that share frames, not in order',
	elf('align 1', 'load 0x3f80 0x1000 noise 6', 'load 0x1c00 0x2000 noise 3',
	'load 0x1400 0x0100 noise 2', 'load 0x3d00 0x100 noise 4', 'load 0x1000 0x0400 noise 1'));
converts('one byte', elf('load 0x1fff 1 noise 1'));
converts('the first MiB of a PC', elf('load 0x1000 0x9ec00 noise 1', 'load 0x100000 0x4000 noise 200'));

# --- what is not there ---
converts('segments without physical address', elf('load 0x0 0x2000 paddr=-1 lost noise 9', @ram));
converts('segments without physical address, 32 bits',
	elf('machine i386', 'load 0x0 0x2000 paddr=0xffffffff lost noise 9', 'load 0x0 0x3000 noise 1'));
converts('empty segments', elf('load 0x5000 0', @ram, 'load 0x7000 0'));
converts('memory that was not dumped: memsz without filesz',
	elf('load 0x0 0x4000 filesz=0 data=0', 'load 0x10000 0x4000 noise 4'));
converts('memory of which a part was dumped',
	elf('load 0x0 0x8000 filesz=0x2000 noise 1', 'load 0x10000 0x4000 filesz=0x1800 noise 4'));
converts('a segment of 2^64 bytes is left out',
	elf(@ram, 'load 0x0 0 filesz=0xffffffffffff0000 memsz=0xffffffffffff0000 data=4096 lost noise 3'),
	status => 1, say => [qr/left out/]);
converts('a segment at 2^64 is left out', elf(@ram, 'load 0xffffffffffff0000 4096 lost noise 3'), status => 1,
	say => [qr/left out/]);
converts('a segment that starts behind all offsets is left out',
	elf(@ram, 'load 0x400000 4096 offset=0xfffffffffffff000 lost noise 3'),
	status => 1, say => [qr/left out/]);
converts('a segment behind the end of the file', elf(@ram, 'load 0x400000 8192 offset=0x10000000 lost noise 3'),
	status => 1, say => [qr/ends/]);
converts('the file ends in the last segment',
	elf('load 0x0 0x3000 noise 1', 'load 0x10000 0x1000 noise 5', 'load 0x11000 0x3000 lost noise 6',
	'truncate @0x11000+100'), status => 1, say => [qr/page 0x11000 at .*ends/]);
converts('the file ends in a part of a page',
	elf('load 0x0 0x3000 noise 1', 'load 0x10800 0x500 lost noise 5', 'truncate -100'),
	status => 1, say => [qr/page 0x10000 at .*ends/]);

# --- what is no dump ---
my %no = (
	'an executable' => [ qr/core/, 'e_type 2', @ram ],
	'no segments' => [ qr/none of its/, $notes ],
	'only segments without address' => [ qr/none of its/, 'load 0x0 0x2000 paddr=-1 lost noise 9' ],
	'program headers of another size' => [ qr/program headers of 32/, 'e_phentsize 32', @ram ],
	'program headers behind the end' => [ qr/program headers/, 'e_phoff 0x100000000', @ram ],
	'more program headers than fit' => [ qr/program headers/, 'e_phnum 60000', @ram ],
	'PN_XNUM without section header' => [ qr/section header|program headers/, 'e_phnum 0xffff', @ram ],
	'2^32 program headers' => [ qr/program headers/, 'shdr first', 'e_phnum 0xffff', 'sh_info 0xffffffff', @ram ],
	'notes of 2^63 bytes' => [ qr/notes/, $notes, 'notes_size 0x7fffffffffffffff', @ram ],
);
for (sort keys %no) {
	my ($say, @lines) = @{ $no{$_} };
	converts($_, elf(@lines), status => 2, say => [$say]);
}

# --- PN_XNUM ---
converts('70000 program headers, of pages',
	elf($notes, 'load 0x0 4096 name=zero zero', 'load 0x1000 4096 name=one noise 1',
		map { sprintf 'load 0x%x 4096 same=%s', $_ * 4096, $_ % 1000 ? 'zero' : 'one' } 2 .. 69999),
	formats => ['elf'], via => ['file']);
my $many = image(elf($notes, 'align 1', map { sprintf 'load 0x%x 64 noise %d', $_ * 64, $_ % 100 } 0 .. 69999));
converts('70000 program headers, of 64 bytes each', $many, via => ['file']);
converts('65535 program headers, 32 bits, big-endian', elf('machine i386', 'endian big', 'align 1',
	map { sprintf 'load 0x%x 16 noise %d', $_ * 16, $_ % 100 } 0 .. 65534), formats => ['elf'], via => ['pipe']);
{
	my $ran = convert($many, 'elf', 'file');
	my $elf = elf_of($ran->{path});
	is($elf->{phnum}, 70001, '70000 program headers stay as many, and the notes');
	is_deeply([ @{ $elf->{loads}[69999] }{qw(paddr filesz memsz)} ], [ 69999 * 64, 64, 64 ],
		'the last of 70000 program headers');
}

converts('3000 segments that each claim all memory above them', elf(map {
	sprintf 'load 0x%x 0x100000000000 filesz=64 noise %d', $_ << 21, $_
	} 0 .. 2999),
	formats => ['elf'], via => ['file'], status => 2, say => [qr/described too often/]);

# --- what must stay as it is ---
sub headers { return [ map { [ @$_{qw(vaddr paddr filesz memsz)} ] } @{ $_[0]{loads} } ] }

my $shape = elf('%s', $notes, 'load 0x1000000 0x4000 vaddr=0xffffffff81000000 noise 1',
	'load 0x1000 0x9ec00 vaddr=0xffff888000001000 noise 10',
	'load 0x100000 0x8000 vaddr=0xffff888000100000 noise 300',
	'load 0x1000000 0x8000 vaddr=0xffff888001000000 noise 1',
	'load %d 0x1234 vaddr=0xffff923456789000 noise 2');
for my $name ('machine x86_64', 'endian big', 'machine i386') {
	my $far = $name =~ /i386/ ? 0x12345000 : 0x123456789000;
	my $made = image(sprintf $shape, $name, $far);
	my $first = convert($made, 'elf', 'file');
	is($first->{status}, 0, "$name: status");
	my $elf = elf_of($first->{path});
	is_deeply([ Mk::Pages::notes($elf) ], [
		[ 'CORE', 1, pack 'H*', '0102030405060708090a' ],
		[ 'VMCOREINFO', 0, "OSRELEASE=6.1.0\nPAGESIZE=4096\n" ],
		[ 'LINUX', 0x202, Mk::Bytes::content(100, 4096, 'words', 4) ], [ '', 3, 'x' ],
		[ 'VMCOREDD', 0x700, Mk::Bytes::content(70000, 4096, 'noise', 2) ],
	], "$name: notes are kept");
	my @loads = ([ 0xffffffff81000000, 0x1000000, 0x4000 ], [ 0xffff888000001000, 0x1000, 0x9ec00 ],
		[ 0xffff888000100000, 0x100000, 0x8000 ],
		[ 0xffff888001000000, 0x1000000, 0x8000 ], [ 0xffff923456789000, $far, 0x1234 ]);
	my $mask = $elf->{bits} == 64 ? ~0 : 0xffffffff;
	is_deeply(headers($elf), [ map { [ $_->[0] & $mask, @$_[ 1, 2, 2 ] ] } @loads ],
		"$name: program headers are kept, in order");
	my $once = Mk::Test::slurp($first->{path});
	my $piped = convert($made, 'elf', 'pipe');
	ok(Mk::Test::slurp($piped->{path}) eq $once, "$name: the same from a pipe to a pipe, to the byte");
	my $again = convert({ image => $once }, 'elf', 'file');
	ok(Mk::Test::slurp($again->{path}) eq $once, "$name: converting again changes nothing");
	my $lkcd = convert($made, 'lkcd', 'pipe');
	my $back = convert({ image => Mk::Test::slurp($lkcd->{path}) }, 'elf', 'file');
	ok(Mk::Test::slurp($back->{path}) eq $once, "$name: the same by way of LKCD");
}
done_testing();
