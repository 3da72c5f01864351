#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Real dumps packed again and again by lkcd-compress: none -> gzip -> zstd -> rle -> none. Every page, note and range is the
# same at every step, and the last image is the first one to the byte. Then the same in version 9, which has no zstd.
. tests/tap.sh
need_real_dumps kdump-6.1-kaslr.vmcore qemu-6.1-panic.elf

same_pages()
{
	local listing
	listing=$(pages elf "$1") && diff "$original_pages" "$listing"
}

# What an image says of itself, but for how it is packed.
says()
{
	"$B/lkcd-info" --json "$1" | grep -vE '"(file|file_size|stored_bytes|codec)"'
}

# step NAME CODEC OPTION...: $work/image is packed with the codec
step()
{
	local text="$base, $1"
	ok "$text" "$B/lkcd-compress" -q -c "$2" "${@:3}" -o "$work/next" "$work/image" || return
	mv "$work/next" "$work/image"
	ok "$text: it says the same of itself" diff "$work/said" <(says "$work/image")
	"$B/lkcd2elf" -q "$work/image" "$work/image.elf"
	ok "$text: pages" same_pages "$work/image.elf"
	ok "$text: notes" cmp <(tests/readers/elf-parts --notes "$dump") <(tests/readers/elf-parts --notes "$work/image.elf")
	ok "$text: PT_LOADs" diff <(tests/readers/elf-parts --loads "$dump") <(tests/readers/elf-parts --loads "$work/image.elf")
}

dumps="kdump-6.1-kaslr.vmcore qemu-6.1-panic.elf"
[ -z "${LKCD_SANITIZED:-}" ] || dumps=kdump-6.1-kaslr.vmcore

for base in $dumps; do
	dump=$real/$base
	original_pages=$(pages elf "$dump") || exit 1
	for chain in "lkcd:gzip zstd rle none" "lkcd9:gzip rle none"; do
		format=${chain%%:*}
		"$B/lkcd-convert" -q -f "$format" -c none -o "$work/first" "$dump" || exit 1
		ln -f "$work/first" "$work/image"
		says "$work/image" > "$work/said"
		for codec in ${chain#*:}; do
			step "$format to $codec" "$codec"
		done
		ok "$base: the last $format image is the first" cmp "$work/first" "$work/image"
	done
done
done_testing
