#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Damage that other readers pass over: makedumpfile, crash and libkdumpfile end with status 0 and say what they say of the undamaged
# dump. lkcd-verify has to name it. What the installed versions of the others notice is printed as a comment.
. tests/tap.sh
[ -z "${LKCD_SANITIZED:-}" ] || skip_all "slow, and says nothing about memory errors"
need_real_dumps kdump-6.1-kaslr.vmcore
dump=$real/kdump-6.1-kaslr.vmcore
printf '%s\n' sys log quit >"$work/crash.commands"

# --- the readers: what they say of a dump. Only filter and kdumpfile read every page. ---
of_dmesg()
{
	rm -f "$work/dmesg"
	makedumpfile --message-level 4 --dump-dmesg "$1" "$work/dmesg" >/dev/null && cat "$work/dmesg"
}

of_filter()
{
	rm -f "$work/filtered"
	makedumpfile --message-level 4 -c -d 31 "$1" "$work/filtered" && rm "$work/filtered"
}

of_crash()
{
	# shellcheck disable=SC2046 # they are several words
	crash $("$B/lkcd-info" --crash-args "$1" 2>/dev/null) -s -i "$work/crash.commands" "$vmlinux" "$1" </dev/null |
		grep -v -e '^ *DUMPFILE: '
}

of_kdumpfile()
{
	"$B/kdumpfile-pages" --time "$1"
}

have()
{
	case $1 in
	dmesg | filter) installed makedumpfile ;;
	crash) installed crash && [ -e "$vmlinux" ] ;;
	kdumpfile) [ -x "$B/kdumpfile-pages" ] ;;
	esac
}

# compare TEXT GOOD DAMAGED READER...: lkcd-verify finds nothing in GOOD. What each reader makes of DAMAGED is a comment, for
# whether they notice is not ours to fail or pass.
compare()
{
	local text=$1 good=$2 damaged=$3 reader status output
	shift 3
	ok "lkcd-verify: $text: not yet: status 0" "$B/lkcd-verify" -q "$good"
	for reader; do
		have "$reader" || { echo "# $reader: $text: it is not installed"; continue; }
		output=$good.$reader
		[ -e "$output" ] || "of_$reader" "$good" >"$output" 2>"$output.err" || rm "$output"
		[ -e "$output" ] || { echo "# $reader: $text: it does not read the undamaged dump"; continue; }
		"of_$reader" "$damaged" >"$work/output" 2>"$work/output.err"
		status=$?
		if [ $status = 0 ] && cmp -s "$output" "$work/output" && cmp -s "$output.err" "$work/output.err"; then
			echo "# $reader: $text: is passed over: status 0 and not a word"
		else
			echo "# $reader: $text: is noticed: status $status, $(diff "$output.err" "$work/output.err" | sed -n 2p)"
		fi
	done
}

# named TEXT FILE PATTERN: ours has status 1, and a line that fits
named()
{
	run "$B/lkcd-verify" "$2"
	is "lkcd-verify: $1: status" 1 "$status"
	ok "lkcd-verify: $1: named" grep -e "$3" <<<"$out" || sed 's/^/# /' <<<"$out"
}

# invert FILE OFFSET: 64 bytes there
invert()
{
	perl -e 'open my $f, "+<:raw", $ARGV[0] or die; seek $f, $ARGV[1], 0; read($f, my $b, 64) == 64 or die; seek $f, $ARGV[1], 0;
		print $f $b ^ "\xff" x 64' "$@" || exit 1
}

# --- ELF: 64 bytes of a page ---
elf=$work/vmcore
cp "$dump" "$elf"
"$B/lkcd-verify" -q --seal "$elf"
cp "$elf" "$work/damaged"
cp "$elf.sums" "$work/damaged.sums"
at=$(($(stat -c %s "$elf") * 5 / 8))
invert "$work/damaged" $at
compare "64 bytes of a vmcore" "$elf" "$work/damaged" dmesg filter crash kdumpfile
named "64 bytes of a sealed vmcore" "$work/damaged" "damaged: pages 0x.*: sum: "

# --- a kdump file of makedumpfile's, in which pages have no checksum, or one that is looked at when the page is read ---
kdump=$work/kdump
if have filter && makedumpfile -c -d 31 "$dump" "$kdump" >/dev/null 2>&1; then
	cp "$kdump" "$work/damaged.kdump"
	size=$(stat -c %s "$kdump")
	invert "$work/damaged.kdump" $((size - size / 50))
	compare "64 bytes of a kdump file" "$kdump" "$work/damaged.kdump" dmesg crash
	named "64 bytes of a kdump file" "$work/damaged.kdump" "damaged.kdump: pages\{0,1\} 0x.*: \(unpack\|shape\): "
	"$B/lkcd-verify" -q --seal "$kdump"
	cp "$kdump.sums" "$work/damaged.kdump.sums"
	named "64 bytes of a sealed kdump file" "$work/damaged.kdump" "damaged.kdump: .*sum: "
	head -c $((size - size / 8)) "$kdump" >"$work/cut.kdump"
	compare "a kdump file that is cut" "$kdump" "$work/cut.kdump" dmesg
	named "a kdump file that is cut" "$work/cut.kdump" "cut.kdump: .*cut: "
fi

# --- a vmcore that is cut in half ---
head -c $(($(stat -c %s "$elf") / 2)) "$elf" >"$work/cut"
compare "a vmcore that is cut in half" "$elf" "$work/cut" dmesg filter kdumpfile
named "a vmcore that is cut in half" "$work/cut" "cut: .*cut: "

# --- LKCD 9: a page with another page's address, or data that are not those of the page ---
lkcd=$work/lkcd9
"$B/lkcd-convert" -q -f lkcd9 -c gzip -o "$lkcd" "$dump"
cp "$lkcd" "$work/damaged.lkcd9"
# a bit of the address of a record in the last eighth, so that its page is elsewhere
perl -e '
	open my $f, "+<:raw", $ARGV[0] or die; my ($at, $end) = (65536, -s $f);
	for (;;) {
		seek $f, $at, 0; read $f, my $head, 16; my ($address, $size, $flags) = unpack "Q<L<L<", $head;
		last if $at > $end * 7 / 8 || $flags & 4;
		$at += 16 + $size;
	}
	seek $f, $at + 5, 0; print $f "\x01"' "$work/damaged.lkcd9"
compare "a page of LKCD 9 at a wrong address" "$lkcd" "$work/damaged.lkcd9" crash kdumpfile
named "a page of LKCD 9 at a wrong address" "$work/damaged.lkcd9" "damaged.lkcd9: page 0x.*: \(order\|ranges\): "
head -c $(($(stat -c %s "$lkcd") * 7 / 8)) "$lkcd" >"$work/cut.lkcd9"
compare "an LKCD 9 image that is cut" "$lkcd" "$work/cut.lkcd9" kdumpfile
named "an LKCD 9 image that is cut" "$work/cut.lkcd9" "cut.lkcd9: .*cut: "
done_testing
