#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every flip and every cut of a dump that has checksums is found, and what was hit is named; what is repaired has lost nothing else.
# VERIFY_ALL=1 makes 20000 flips and 2000 cuts of the sample in each of its forms, cuts small images at every byte, and takes long.
. tests/tap.sh
set -u
flips=1000 cuts=100 every=1
[ -n "${VERIFY_ALL:-}" ] && flips=20000 cuts=2000
[ -n "${LKCD_SANITIZED:-}" ] && flips=100 cuts=20 every=0

# mutate NAME IMAGE ARGUMENT...
mutate()
{
	ok "$1" "$B/tests/verify/mutate" "${@:2}"
}

size=$(stat -c %s $sample)
mutate "LKCD 11: $flips flips in the sample" $sample flips "$flips" 1
UNPACK=1 mutate "LKCD 11: $((flips / 50)) flips in the sample, unpacking" $sample flips "$((flips / 50))" 2
mutate "LKCD 11: $cuts cuts of the sample" $sample cuts "$cuts"
mutate "LKCD 11: its last 100 bytes, every bit" $sample bits $((size - 100)) "$size"

# small images of every format
pages='@0x10000 compress pages=16 class=1 fill 1; @0x1000 raw class=2 fill 2; @0x20000 zero pages=40; @0x60000 compress pages=3 fill 3'
notes='note CORE 1 hex 01020304; note VMCOREINFO 0 text "PAGESIZE=4096\n"'
make_image "$work/lkcd11" <<<"version 11; compress zstd; $notes; range 0 -1 0x100000; $pages"
make_image "$work/lkcd11-packed" <<<"version 11; compress zstd; $notes; range 0 -1 0x100000; @0x10000 compress pages=16 class=1 fill 1; @0x60000 compress pages=3 fill 3"
make_image "$work/lkcd9" <<<"version 9; compress gzip; $notes; range 0 -1 0x100000; @0 compress count=40 words 1"
make_image "$work/lkcd9-bare" <<<"version 9; compress gzip; @0 compress count=40 words 1"
make_image "$work/lkcd8" <<<"version 8; endian big; compress gzip; @0 compress count=40 words 1"
make_image "$work/lkcd3" <<<"version 3; bits 32; machine i386; compress rle; @0 raw count=5 noise 1; @0x8000 compress count=20 fill 1"
make_image "$work/lkcd1" <<<"version 1; bits 32; machine i386; compress rle; @0 compress count=20 fill 1"
make_image "$work/elf" <<<"format elf; $notes; load 0x0 0x1000 words 1; load 0x20000 0x2000 words 4"
make_image "$work/kdump" <<<"format kdump; $notes; @0x0 raw fill 1; @0x1000 zlib count=12 words 2; @0x20000 zstd runs 5"
make_image "$work/lime" <<<'format lime; load 0x1000 0x3000 words 1; load 0x20000 0x2000 words 4'
make_image "$work/raw" <<<'format raw; load 0 0x3000 words 1'
make_image "$work/flat" <<<'format kdump; wrap flat; flat_chunk 5000; @0x1000 zlib count=2 words 2; @0x20000 zlib words 5'
start=65536
small=$(stat -c %s "$work/lkcd11")
SEAL=1 mutate "sealed ELF: $flips flips" "$work/elf" flips $flips 6
SEAL=1 mutate "sealed ELF: cuts" "$work/elf" cuts $((every ? 0 : 100))
SEAL=1 mutate "sealed LiME: cuts" "$work/lime" cuts $((every ? 0 : 100))
SEAL=1 RAW=1 mutate "sealed plain memory: cuts" "$work/raw" cuts $((every ? 0 : 100))
run "$B/tests/verify/mutate" "$work/lime" cuts 0
is "LiME: every cut is found, but for that between its ranges" '# cut at 0x3020: # failures: 1, missed: ' \
	"$(grep -oE '^# (cut at [^:]*|failures: 1, missed): ' <<<"$out" | tr -d '\n')"
mutate "LKCD 11: headers and notes, every bit" "$work/lkcd11" bits 0 $((every ? 742 : 60))
notes_at=$(grep -abo LKCD "$work/lkcd11" | head -n 1 | cut -d: -f1)
mutate "LKCD 11: notes, every bit" "$work/lkcd11" bits $((notes_at - 12)) $((notes_at + (every ? 300 : 40)))
mutate "LKCD 11: records, END and trailer, every bit" "$work/lkcd11" bits $start $((every ? small : start + 100))
REPAIR=1 mutate "LKCD 11: records, END and trailer, every bit, repaired" "$work/lkcd11-packed" bits $start $((every ? small : start + 100))
for image in lkcd11 lkcd11-packed lkcd9 lkcd8 lkcd3 lkcd1 elf kdump flat; do
	size=$(stat -c %s "$work/$image")
	count=0
	# the headers are zero for a long while
	[ "$size" -gt 60000 ] && [ -z "${VERIFY_ALL:-}" ] && count=1000
	[ $every = 0 ] && count=100
	REPAIR=$([ $image = lkcd11-packed ] && echo 1) mutate "$image: cuts" "$work/$image" cuts $count
done

# LKCD 9: what lkcd-verify(1) says that cannot be noticed, and no other flip. That the record is named is not asked: the first one's
# address, when it becomes another page's, is told of that page, which then comes twice.
unnoticed()
{
	local text=$1 image=$2 ranges=$3
	shift 3
	UNPACK=1 MISSED=1 "$B/tests/verify/mutate" "$image" "$@" >"$work/missed"
	grep -q '^# unusable: ' "$work/missed" || rm "$work/missed" # it did not come to its end
	all_named "$text" "$image" "$ranges"
}

# all_named TEXT IMAGE RANGES: of the flips in $work/missed
all_named()
{
	local text=$1 image=$2 ranges=$3
	# shellcheck disable=SC2086 # they are several words
	run bash -c 'perl tests/verify/unnoticed "$@" <"$TMPDIR/missed"' - "$image" $ranges
	is "$text: flips that should have been noticed" '0 ' "$status $(head -n 20 <<<"$out$err")"
	grep -c ^missed "$work/missed" | sed 's/^/# could not be noticed: /'
}
for image in lkcd9 lkcd9-bare; do
	ranges=
	[ $image = lkcd9 ] && ranges=0-100000
	unnoticed "$image: records, every bit" "$work/$image" "$ranges" bits $start $((start + (every ? 4000 : 300)))
	unnoticed "$image: END, every bit" "$work/$image" "$ranges" bits $(($(stat -c %s "$work/$image") - 16)) "$(stat -c %s "$work/$image")"
	unnoticed "$image: headers and notes, every bit" "$work/$image" "$ranges" bits 0 $((every ? 742 : 60))
done

# The tool itself, not only what it is made of: three bits of each byte of the first records and of END
for image in lkcd9 lkcd9-bare; do
	size=$(stat -c %s "$work/$image")
	for ((byte = start + 16; byte < size; byte++)); do
		((byte < start + 200 || byte >= size - 16)) || byte=$((size - 16))
		for bit in 0 5 7; do
			cp "$work/$image" "$work/flipped"
			flip "$work/flipped" $byte $bit
			"$B/lkcd-verify" -q "$work/flipped" >/dev/null 2>&1 && echo "missed $byte.$bit"
		done
	done >"$work/missed"
	all_named "$image: lkcd-verify, as its parts" "$work/$image" "$([ $image = lkcd9 ] && echo 0-100000)"
done

# --- all of it ---
if [ -n "${VERIFY_ALL:-}" ]; then
	size=$(stat -c %s $sample)
	read -r first second last end < <(perl -e '
		open my $f, "<:raw", $ARGV[0]; local $/; my $b = <$f>; my $at = my $start = unpack "Q<", substr $b, 734, 8; my @all;
		while (1) { my ($s, $fl) = unpack "x8L<L<", substr $b, $at, 16; push @all, $at; last if $fl & 4; $at += 20 + $s }
		print "@all[0, 2, -3, -1]\n"' $sample)
	notes_end=$(perl -e 'open my $f, "<:raw", $ARGV[0]; read $f, $_, $ARGV[1]; s/\0+$//; print length' $sample "$first")
	mutate "the sample: header and notes, every bit" $sample bits 0 "$notes_end"
	mutate "the sample: first records, every bit" $sample bits "$first" "$second"
	mutate "the sample: last records, END and trailer, every bit" $sample bits "$last" "$size"
	# pieces of the sample, for each check reads, or unpacks, all of it
	"$B/lkcd2elf" -q $sample "$work/sample.elf"
	piece() # MIB ARGUMENT...: from a file, whose size is the range of memory that the image knows
	{
		dd if="$work/sample.elf" of="$work/piece.raw" bs=1M skip=16 count="$1" status=none
		"$B/lkcd-convert" -q --base 0 --machine x86_64 "${@:2}" "$work/piece.raw"
	}
	piece 8 -f elf -o "$work/piece.elf"
	SEAL=1 mutate "8 MiB of the sample as a sealed ELF file: $flips flips" "$work/piece.elf" flips "$flips" 4
	SEAL=1 mutate "8 MiB of the sample as a sealed ELF file: $cuts cuts" "$work/piece.elf" cuts "$cuts"
	piece 1 -f lkcd9 -c gzip -o "$work/piece9"
	unnoticed "1 MiB of the sample as LKCD 9: $flips flips" "$work/piece9" 0-100000 flips "$flips" 5
	REPAIR=1 mutate "the sample: $cuts cuts, repaired" $sample cuts "$cuts"
	REPAIR=1 mutate "the sample: $cuts flips, repaired" $sample flips "$cuts" 3
fi
done_testing
