#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Pages that the hardware reported as broken are neither kept nor read: reading them may crash the machine again.
. tests/tap.sh

# 4 MiB of the kernel's; sections of 16 frames, the memory map from 32 KiB on; the frames named are broken.
perl -e '
	no warnings "portable";
	my ($path, @broken) = @ARGV;
	my $base = 0xc000000000000000;
	my $info = join "", map { "$_\n" } qw(SIZE(page)=64 OFFSET(page.flags)=0 OFFSET(page._refcount)=52 OFFSET(page._mapcount)=48
		OFFSET(page.mapping)=24 OFFSET(page.private)=40 OFFSET(page.compound_head)=8 LENGTH(zone.free_area)=11 NUMBER(PG_lru)=4
		NUMBER(PG_private)=13 NUMBER(PG_slab)=9 NUMBER(PG_head_mask)=65536 NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129
		NUMBER(PG_hwpoison)=22 PAGESIZE=4096 SYMBOL(mem_section)=c000000000004000 SIZE(mem_section)=16
		OFFSET(mem_section.section_mem_map)=0 LENGTH(mem_section)=64 NUMBER(SECTION_SIZE_BITS)=16 NUMBER(MAX_PHYSMEM_BITS)=22);
	my $note = pack "L<3 a12 a*", 11, length $info, 0, "VMCOREINFO", $info . "\0" x (-length($info) & 3);
	my $elf = pack "a16 S<2 L< Q<3 L< S<6", "\x7fELF\x02\x01\x01", 4, 21, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0;
	$elf .= pack "L<2 Q<6", 4, 0, 64 + 112, 0, 0, length $note, length $note, 4;
	$elf .= pack "L<2 Q<6", 1, 7, 4096, $base, 0, 4 << 20, 4 << 20, 0;
	my $memory = "x" x (4 << 20);
	substr($memory, 0x4000 + 16 * $_, 16) = pack "Q<2", $base + 0x8000 | 0x1f, 0 for 0 .. 63;
	substr($memory, 0x8000 + 64 * $_, 64) = pack "x48 L<2 x8", 0xffffffff, 1 for 0 .. 1023;
	substr($memory, 0x8000 + 64 * $_, 8) = pack "Q<", 1 << 22 for @broken;
	open my $file, ">:raw", $path or die "$path: $!\n";
	print $file pack("a4096", $elf . $note), $memory' "$work/dump" 700 701 900

# touched: reads of the file where the broken pages stand, by what strace saw
touched()
{
	perl -ne '
		next unless /^(?:\d+ +)?pread64\(\d+, .*, \d+, (\d+)\) = (\d+)/;
		for my $frame (700, 701, 900) {
			my $at = 4096 * ($frame + 1);
			print if $1 < $at + 4096 && $1 + $2 > $at;
		}' "$1"
}

for options in '-l all' '-l kern' '--exclude free' '--exclude zero,cache'; do
	# shellcheck disable=SC2086 # two words
	run "$B/lkcd-filter" -q $options -o "$work/out" "$work/dump"
	is "$options: status" 0 "$status$err"
	is "$options: all others are there" 1021 "$("$B/lkcd-info" -q --json "$work/out" | sed -n 's/^  "pages": \([0-9]*\).*/\1/p')"
	if type -P strace >/dev/null && [ -z "${LKCD_SANITIZED:-}" ]; then
		# shellcheck disable=SC2086
		strace -f -e trace=pread64 -o "$work/trace" "$B/lkcd-filter" -q $options -o "$work/out" "$work/dump"
		is "$options: others are read" yes "$(grep -q 'pread64' "$work/trace" && echo yes)"
		is "$options: they are not read" '' "$(touched "$work/trace")"
	else
		skip "$options: they are not read" 'no strace, or sanitizers'
	fi
done
done_testing
