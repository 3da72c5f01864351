#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A machine with much memory: its memory map is gone through within bounds. The dump is a file that is nearly all holes.
# LKCD_LARGE: how many GiB; 1024 takes a quarter of a minute.
. tests/tap.sh
[ -z "${LKCD_SANITIZED:-}" ] || skip_all 'slow under sanitizers'
gib=${LKCD_LARGE:-32}

# Sections of 128 MiB; the memory map, 16 MiB for each GiB, is at 1 GiB. Every 64th page of struct pages is free, half of
# them mixed with the kernel's, so that no stretch of 4096 frames is of one kind.
perl -e '
	no warnings "portable";
	my ($path, $gib) = @ARGV;
	my $base = 0xc000000000000000;
	my $info = join "", map { "$_\n" } qw(SIZE(page)=64 OFFSET(page.flags)=0 OFFSET(page._refcount)=52 OFFSET(page._mapcount)=48
		OFFSET(page.mapping)=24 OFFSET(page.private)=40 OFFSET(page.compound_head)=8 LENGTH(zone.free_area)=11 NUMBER(PG_lru)=4
		NUMBER(PG_private)=13 NUMBER(PG_slab)=9 NUMBER(PG_head_mask)=65536 NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129 PAGESIZE=4096
		SYMBOL(mem_section)=c000000000100000 SIZE(mem_section)=16 OFFSET(mem_section.section_mem_map)=0 LENGTH(mem_section)=2048
		NUMBER(SECTION_SIZE_BITS)=27 NUMBER(MAX_PHYSMEM_BITS)=46);
	my $note = pack "L<3 a12 a*", 11, length $info, 0, "VMCOREINFO", $info . "\0" x (-length($info) & 3);
	my $elf = pack "a16 S<2 L< Q<3 L< S<6", "\x7fELF\x02\x01\x01", 4, 21, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0;
	$elf .= pack "L<2 Q<6", 4, 0, 64 + 112, 0, 0, length $note, length $note, 4;
	$elf .= pack "L<2 Q<6", 1, 7, 65536, $base, 0, $gib << 30, $gib << 30, 0;
	open my $file, ">:raw", $path or die "$path: $!\n";
	print $file $elf, $note;
	my $put = sub { seek $file, 65536 + $_[0], 0; print $file $_[1] };
	my $sections = $gib * 8;
	for my $root (0 .. ($sections - 1) / 256) {
		$put->(0x100000 + 8 * $root, pack "Q<", $base + 0x200000 + 4096 * $root);
		$put->(0x200000 + 4096 * $root, pack "(Q< x8)256", ($base + 0x40000000 | 0x1f) x 256);
	}
	my $kernel = pack "x48 L<2 x8", 0xffffffff, 1;
	my $free = pack "x48 L<2 x8", 0xffffff7f, 0;
	$put->(0x40000000 + $_ * 4096 * 64, join "", ($kernel . $free) x 64) for 0 .. $gib * 64 - 1;
	truncate $file, 65536 + ($gib << 30)' "$work/dump" "$gib" || skip_all "no file of $gib GiB can be made"

# 32 MiB, 2 bits a page, and what the list of stretches of 4096 frames takes while it grows
limit=$((32768 + gib * 262144 / 4 / 1024 + gib * 64 * 24 * 3 / 1024))
within() { (ulimit -v "$limit" && exec "$@"); }
run within "$B/lkcd-filter" --estimate --json "$work/dump"
is 'status within the limit' 0 "$status$err"
is 'free pages' $((gib * 64 * 64)) "$(perl -ne 'print $1 if /"free", "pages": (\d+)/' <<<"$out")"
is 'kernel pages' $((gib * 64 * 64)) "$(perl -ne 'print $1 if /"kernel", "pages": (\d+)/' <<<"$out")"
time=$(type -P time)
if [ -n "$time" ]; then
	"$time" -f '%M %e %U %S' "$B/lkcd-filter" --estimate -c none "$work/dump" 2>"$work/time" >"$work/out"
	read -r peak wall user system <"$work/time"
	echo "# $gib GiB: peak $peak KiB, $wall s wall, $user s user, $system s system"
	is 'peak memory' yes "$([ "$peak" -lt "$limit" ] && echo yes || echo "$peak")"
else
	skip 'peak memory' 'no time program'
fi
done_testing
