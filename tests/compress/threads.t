#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The number of threads changes nothing in what comes out, and codecs take turns without a byte's difference. RUNS: how often.
set -u
B=${B:-build}
runs=${RUNS:-5}
[ -n "${LKCD_SANITIZED:-}" ] && runs=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
ok() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi; }

# kernel memory, then pages that differ in how well they pack, ending inside a window
"$B/lkcd2elf" "$(dirname "$0")/../sample/dump.lkcd" "$work/elf"
for codec in none rle gzip zstd; do
	"$B/lkcd-convert" -T1 -c $codec -o "$work/one" "$work/elf"
	same=0
	for threads in 2 7; do
		for ((i = 0; i < runs; i++)); do
			"$B/lkcd-convert" -T$threads -c $codec -o "$work/many" "$work/elf" && cmp -s "$work/one" "$work/many" || same=1
		done
	done
	ok $same "$codec: -T1, -T2 and -T7 give identical images"
	mv "$work/one" "$work/$codec"
done
"$B/lkcd-convert" -T1 -f lkcd9 -o "$work/nine1" "$work/elf"
same=0
for ((i = 0; i < runs; i++)); do
	"$B/lkcd-convert" -T7 -f lkcd9 -o "$work/nine7" "$work/elf" && cmp -s "$work/nine1" "$work/nine7" || same=1
done
ok $same "lkcd9: -T1 and -T7 give identical images"
for threads in 1 7; do
	"$B/lkcd2elf" -T$threads "$work/zstd" "$work/elf$threads"
done
cmp -s "$work/elf1" "$work/elf7" && cmp -s "$work/elf1" "$work/elf"; ok $? "unpacking: -T1 and -T7 give the ELF file that was packed"

# none -> gzip -> zstd -> rle -> none
cp "$work/none" "$work/chain"
for codec in gzip zstd rle none; do
	"$B/lkcd-convert" -c $codec -o "$work/next" "$work/chain" && mv "$work/next" "$work/chain"
	cmp -s "$work/$codec" "$work/chain"; ok $? "recompressed to $codec: the same image as from the start"
done
echo "1..$n"
