#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The number of threads changes nothing in what comes out, and codecs take turns without a byte's difference. RUNS: how often.
. tests/tap.sh
set -u
runs=${RUNS:-5}
[ -n "${LKCD_SANITIZED:-}" ] && runs=1

# same_for FILE OPTION... -- THREADS...: each number of threads gives that file, as often as it is tried
same_for()
{
	local file=$1 threads i options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	for threads in "${@:2}"; do
		for ((i = 0; i < runs; i++)); do
			"$B/lkcd-convert" "-T$threads" "${options[@]}" -o "$work/many" "$work/elf" && cmp "$file" "$work/many" || return
		done
	done
}

# kernel memory, then pages that differ in how well they pack, ending inside a window
"$B/lkcd2elf" "$sample" "$work/elf"
for codec in none rle gzip zstd; do
	"$B/lkcd-convert" -T1 -c $codec -o "$work/$codec" "$work/elf"
	ok "$codec: -T1, -T2 and -T7 give identical images" same_for "$work/$codec" -c $codec -- 2 7
done
"$B/lkcd-convert" -T1 -f lkcd9 -o "$work/nine" "$work/elf"
ok "lkcd9: -T1 and -T7 give identical images" same_for "$work/nine" -f lkcd9 -- 7
for threads in 1 7; do
	"$B/lkcd2elf" -T$threads "$work/zstd" "$work/unpacked"
	ok "unpacking: -T$threads gives the ELF file that was packed" cmp "$work/elf" "$work/unpacked"
done

# none -> gzip -> zstd -> rle -> none
cp "$work/none" "$work/chain"
for codec in gzip zstd rle none; do
	"$B/lkcd-convert" -c $codec -o "$work/next" "$work/chain" && mv "$work/next" "$work/chain"
	ok "recompressed to $codec: the same image as from the start" cmp "$work/$codec" "$work/chain"
done
done_testing
