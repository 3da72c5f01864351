#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Pages that the hardware reported as broken are neither kept nor read: reading them may crash the machine again.
. tests/tap.sh

# 4 MiB of the kernel's, no page all zeros; sections of 16 frames, each with its map from 32 KiB on; frames 700, 701 and 900 are broken.
keys='SIZE(page)=64 OFFSET(page.flags)=0 OFFSET(page._refcount)=52 OFFSET(page._mapcount)=48 OFFSET(page.mapping)=24
	OFFSET(page.private)=40 OFFSET(page.compound_head)=8 LENGTH(zone.free_area)=11 NUMBER(PG_lru)=4 NUMBER(PG_private)=13
	NUMBER(PG_slab)=9 NUMBER(PG_head_mask)=65536 NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129 NUMBER(PG_hwpoison)=22 PAGESIZE=4096
	SYMBOL(mem_section)=c000000000004000 SIZE(mem_section)=16 OFFSET(mem_section.section_mem_map)=0 LENGTH(mem_section)=64
	NUMBER(SECTION_SIZE_BITS)=16 NUMBER(MAX_PHYSMEM_BITS)=22'
# shellcheck disable=SC2086 # each word is a line
make_image "$work/dump" <<END
format elf; machine ppc64; endian little
note VMCOREINFO 0 text "$(printf '%s\\n' $keys)"
load 0x0 4M vaddr=0xc000000000000000 place 0*1024+4096:78 0x4000*64+16:1f800000000000c0 0x8000*1024+64:$(printf '%096d' 0)ffffffff01000000 $(
	for frame in 700 701 900; do printf ' %d:00004000' $((0x8000 + 64 * frame)); done)
END

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
