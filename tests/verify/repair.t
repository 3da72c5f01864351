#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lkcd-repair: what it writes verifies as whole, or as whole but truncated, and has lost nothing but the records that were hit.
# REPAIRS says how many flips of each image are repaired.
. tests/tap.sh
repairs=${REPAIRS:-15}
[ -n "${LKCD_SANITIZED:-}" ] && repairs=10
# What is in an image but zeros: where pages are missing inside a range, ELF files have zeros.
list_pages()
{
	local elf
	elf=$(mktemp "$work/elf.XXXXXX")
	"$B/lkcd2elf" -q "$1" "$elf" 2>/dev/null
	"$tree/tests/mk/pages" "$elf" | grep -v "$zero" | sort
	rm -f "$elf"
}
zero=$(head -c 4096 /dev/zero | md5sum | cut -d ' ' -f 1)
noise='@0x0 raw count=20 noise 1; @0x20000 compress count=80 words 1; @0x90000 compress count=40 runs 5'
make_image "$work/nine" <<<"version 9; compress gzip; panic x; range 0 -1 0x100000; @0x20000 compress count=80 words 1; @0x90000 compress count=40 runs 5"
make_image "$work/bare" <<<"version 8; compress gzip; $noise"
make_image "$work/rle" <<<'version 3; bits 32; machine i386; compress rle; @0 raw count=40 noise 1; @0x80000 compress count=60 fill 1'
make_image "$work/eleven" <<<'version 11; compress zstd; area good; @0x10000 pack pages=16 class=1 words 1; @0x20000 pack pages=16 class=1 words 2; @0x1000 raw class=2 noise 2; @0x60000 pack pages=3 class=3 words 3; @0x100000 zero pages=20'

# Flip a bit at so many places of an image, repair, and compare. LOST: page frames that a record holds at most.
storm()
{
	local name=$1 from=$2 most=$3 size i at wrong=
	size=$(stat -c %s "$work/$name")
	list_pages "$work/$name" >"$work/all"
	for ((i = 0; i < repairs; i++)); do
		at=$((from + i * 7919 * 31 % (size - from)))
		cp "$work/$name" "$work/x"
		flip "$work/x" $at $((i % 8))
		"$B/lkcd-repair" -q -o "$work/y" "$work/x" 2>"$work/err"
		status=$?
		[ $status -lt 2 ] || { wrong+=" $at:status-$status"; continue; }
		run "$B/lkcd-verify" -q "$work/y"
		[ "$status" = 0 ] || [ "$("$B/lkcd-verify" --json "$work/y" | sed -n 's/.*"rule": "\([a-z]*\)".*/\1/p')" = incomplete ] ||
			wrong+=" $at:not-truncated"
		list_pages "$work/y" >"$work/left"
		[ "$(comm -13 "$work/all" "$work/left" | wc -l)" = 0 ] || wrong+=" $at:made-up"
		[ "$(comm -23 "$work/all" "$work/left" | wc -l)" -le "$most" ] || wrong+=" $at:lost-$(comm -23 "$work/all" "$work/left" | wc -l)"
	done
	is "$name: repaired, $repairs flips" '' "$wrong"
}
storm eleven 65536 16
storm nine 65536 1
storm nine 0 1
[ -n "${LKCD_SANITIZED:-}" ] || storm eleven 0 20

# what no checksum covers may come through as it is, but nothing else is lost
for image in bare rle; do
	cp "$work/$image" "$work/x"
	flip "$work/x" $((65536 + 8)) 6 # the first record's size
	"$B/lkcd-repair" -q -o "$work/y" "$work/x" 2>/dev/null
	is "$image: one page is lost when a record's size is wrong" '1 1' "$? $(comm -23 <(list_pages "$work/$image") <(list_pages "$work/y") | wc -l)"
done

cd "$work" || exit 1
run "$B/lkcd-repair" -o y eleven
is 'nothing wrong: status' '0 lkcd-repair: eleven: 56 pages were recovered; none is lost' "$status $err"
head -c $(($(stat -c %s eleven) - 10)) eleven >x
run "$B/lkcd-repair" -o y x
is 'only the last bytes are missing: nothing is lost' 0 "$status"
is 'only the last bytes are missing: whole again' 0 "$("$B/lkcd-verify" -q y >/dev/null; echo $?)"
head -c 68000 eleven >x
run "$B/lkcd-repair" -o y x
is 'cut: status' 1 "$status"
is 'cut: what it wrote says so' 1 "$("$B/lkcd-verify" y | grep -c ': incomplete: END marks')"
cp eleven x
flip x 722 0
run "$B/lkcd-repair" -o y x
is 'one wrong bit in the header' "0 lkcd-repair: x: one wrong bit in the header was corrected" "$status $(head -n 1 <<<"$err")"
is 'one wrong bit in the header: the same pages' '' "$(diff <(list_pages eleven) <(list_pages y) | head -n 1)"
# the bits by which a header's checksum is found, and that itself, are tried one by one; for all others it tells which
"$B/lkcd-repair" -q -o same eleven
area=$(grep -abo LKCD eleven | head -n 1 | cut -d: -f1)
for at in 0 8 12 16 734 742 754 $((area - 12)) $((area - 4)) $area $((area + 9)) $((area + 16)) $((area + 20)) 30000 65535; do
	cp eleven x
	flip x "$at" $((at % 8))
	run "$B/lkcd-repair" -o y x
	is "one wrong bit at $at of the header block" '0 ' "$status $(cmp same y 2>&1)"
done
cp nine x
flip x 8 0 # to version 8, which knows no notes area
run "$B/lkcd-repair" -o y x
is 'a version of which a bit is wrong' '0 lkcd-repair: x: one wrong bit in the header was corrected' "$status $(head -n 1 <<<"$err")"
cp nine x
dd if=/dev/zero of=x bs=4096 count=16 conv=notrunc status=none
run "$B/lkcd-repair" --header-from nine -o y x
is 'a lost header from another image' '0 ' "$status $(diff <(list_pages nine) <(list_pages y) | head -n 1)"
is 'a lost header from another image: what it says' x "$("$B/lkcd-info" --json y | sed -n 's/.*"panic": "\(.*\)".*/\1/p')"
for image in nine eleven; do
	cp $image x
	dd if=/dev/zero of=x bs=4096 count=16 conv=notrunc status=none
	run "$B/lkcd-repair" -o y x
	is "$image: a lost header is made" '0 ' "$status $(diff <(list_pages $image) <(list_pages y) | head -n 1)"
done
out=$(cat hurt 2>/dev/null; "$B/lkcd-repair" -q <eleven | "$B/lkcd-verify")
is 'through pipes' 'standard input: whole: 56 pages; every bit is as it was written, and every page decompresses' "$out"
make_image elf <<<'format elf; load 0x0 0x40000 words 1'
run "$B/lkcd-repair" -o y2 elf
is 'another format' '2 lkcd-repair: elf: is of format elf, not an LKCD image: lkcd-convert copies its good pages' "$status $err$(ls y2 2>/dev/null)"
perl -e 'print pack("Q<L<L<", 4096 * $_, 9, 2), "x" x 9 for 0 .. 20' >x
run "$B/lkcd-repair" -o y2 x
is 'no header, and no good record' '2 lkcd-repair: x: no LKCD header, and no good page record' "$status $(tail -n 1 <<<"$err")$(ls y2 2>/dev/null)"
run "$B/lkcd-repair" -o y /etc/passwd
is 'no image: status' 2 "$status"
is 'no image: no output' '' "$(rm -f y2; "$B/lkcd-repair" -o y2 /etc/passwd 2>/dev/null; ls y2 2>/dev/null)"
cd - >/dev/null || exit 1
done_testing
