#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The same pages as makedumpfile, page by page, on a real dump; pipes give what files give. The dump is one
# of LKCD_REAL or, without it, the small one of the tree.
. tests/tap.sh
if [ -n "$real" ]; then
	need_real_dumps kdump-6.1-kaslr.vmcore
	dump=$real/kdump-6.1-kaslr.vmcore
else
	need_small_dump
	dump=$small
fi

# frames FILE [own]: lists those that it holds in FILE.frames, or only those with bytes of their own
frames() { tests/filter/frames "$@" >"$1.unsorted" && sort "$1.unsorted" >"$1.frames"; }
filter() { rm -f "${@: -2:1}" && "$B/lkcd-filter" -q -f kdump -c none "$@"; }

# same_frames THEIRS OURS [own]: whole frames that are in both files, or in neither. own: makedumpfile's pages of zeros, which all
# refer to the same bytes, do not count.
# makedumpfile drops the last, partial page of a range.
same_frames()
{
	frames "$1" "${@:3}" && frames "$2" || return
	diff <(grep -vxF "$partial" "$1.frames") <(grep -vxF "$partial" "$2.frames")
}

ok "all pages" filter -l all -o "$work/all" "$dump"
ok "all pages: listed" frames "$work/all"
partial=$(perl -e '
	open(my $f, "<:raw", $ARGV[0]) or die;
	read $f, my $head, 64;
	my ($offset, $count) = unpack "x32 Q< x16 S<", $head;
	for my $i (0 .. $count - 1) {
		seek $f, $offset + 56 * $i, 0;
		read $f, my $program, 56;
		my ($type, $start, $size) = unpack "L< x20 Q< Q<", $program;
		print +($start + $size) >> 12, "\n" if $type == 1 && ($start + $size) & 4095;
	}' "$dump")
[ "$dump" = "${small:-}" ] || ok "there is a partial page" test -n "$partial"

if installed makedumpfile; then
	for row in '1 --exclude zero' '2 --exclude cache' '4 --exclude cache-private' '8 --exclude user' '16 --exclude free' \
		'16 -l used' '30 -l kern' '31 --exclude zero,cache,cache-private,user,free' \
		'24 --exclude user,free' '6 --exclude cache,cache-private'; do
		read -r number options <<<"$row"
		own=()
		((number % 2 == 0)) || own=(own)
		rm -f "$work/theirs"
		ok "makedumpfile -d $number" makedumpfile -f -d "$number" "$dump" "$work/theirs"
		# shellcheck disable=SC2086 # two words
		ok "$options" filter $options -o "$work/ours" "$dump"
		ok "$options: the pages of makedumpfile -d $number" same_frames "$work/theirs" "$work/ours" "${own[@]}"
		ok "$options: pages are missing" test "$(wc -l <"$work/ours.frames")" -lt "$(wc -l <"$work/all.frames")"
	done
	rm -f "$work"/theirs* "$work"/ours*
else
	skip "makedumpfile" "not installed"
fi

# --- what is left is what was there ---
"$B/lkcd-filter" -q -l kern -o "$work/kern" "$dump"
ok "the level in the header" grep -q '"level": 3' <("$B/lkcd-info" -q --json "$work/kern")
info=$("$B/lkcd-info" -q --json "$work/kern")
ok "no used and no free pages" grep -qz '"pages_used": 0.*"pages_unused": 0' <<<"$info"
ok "kernel pages have their class" grep -q '"pages_kernel": [1-9]' <<<"$info"
"$B/lkcd-convert" -q -f elf -o "$work/elf" "$work/kern"
tests/mk/pages "$work/elf" | sort >"$work/kern.pages"
zero=$(head -c 4096 /dev/zero | md5sum | cut -d ' ' -f 1) # small holes of an ELF file are filled
ok "every page is to the byte as it was" test -z "$(comm -23 "$work/kern.pages" <(tests/mk/pages "$dump" | sort) | grep -v "$zero")"
ok "and there are many" test "$(wc -l <"$work/kern.pages")" -gt 10000
rm "$work/elf"

# --- classes from a pipe ---
# The same but for the header, which says how many pages will follow, if that is known
same_records()
{
	local start
	start=$(perl -e 'open(my $f, "<:raw", $ARGV[0]) or die; seek $f, 734, 0; read $f, my $n, 8; print unpack "Q<", $n' "$1")
	test "$start" -ge 65536 && cmp -i "$start" "$1" "$2"
}
"$B/lkcd-filter" -q -l all -o "$work/classes" "$dump"
for level in kern used all; do
	"$B/lkcd-filter" -q -l $level -o "$work/wanted" "$dump"
	"$B/lkcd-filter" -l $level >"$work/piped" <"$work/classes" 2>"$work/said"
	ok "$level: an image with classes gives what the dump gives" same_records "$work/wanted" "$work/piped"
	cat "$work/classes" | TMPDIR=/nonexistent "$B/lkcd-filter" -l $level >"$work/piped" 2>"$work/said"
	ok "$level: and from a pipe, without a temporary file" same_records "$work/wanted" "$work/piped"
	"$B/lkcd-convert" -q -l $level -o "$work/converted" "$dump"
	ok "$level: lkcd-convert -l does the same" cmp "$work/wanted" "$work/converted"
	cat "$dump" | "$B/lkcd-filter" -l $level >"$work/piped" 2>"$work/said"
	ok "$level: a pipe of another format is spooled" cmp "$work/wanted" "$work/piped"
	ok "$level: and that is said" grep -q 'first written to a temporary file' "$work/said"
done

# --- the same for any number of threads, and within 32 MiB ---
"$B/lkcd-filter" -q -l kern -T 1 -o "$work/one" "$dump"
ok "-T 1" cmp "$work/one" "$work/kern"
if [ -z "${LKCD_SANITIZED:-}" ]; then
	within() { (ulimit -v 32768 && exec "$@"); }
	ok "within 32 MiB, libraries and all" within "$B/lkcd-filter" -q -l kern -T 1 -o "$work/one" "$dump"
	ok "and the same comes out" cmp "$work/one" "$work/kern"
fi

# --- --estimate is near enough ---
said=$("$B/lkcd-filter" --estimate --json "$dump")
for level in kern used all; do
	size=$("$B/lkcd-filter" -q -l $level "$dump" | wc -c)
	ok "$level: the estimate is within 6 %, as it says" perl -MJSON::PP -e '
		my ($level) = grep { $_->{level} eq $ARGV[0] } @{ decode_json($ARGV[2])->{levels} };
		my $ratio = $level->{packed_bytes} / $ARGV[1];
		print "$ratio\n";
		exit !($ratio > 0.94 && $ratio < 1.06)' $level "$size" "$said"
done
done_testing
