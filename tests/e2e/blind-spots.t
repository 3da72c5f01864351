#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Damage that other readers pass over: makedumpfile, crash and libkdumpfile end with status 0 and say what they say of the undamaged
# dump. lkcd-verify has to name it. What a later version of theirs does notice is skipped, not failed.
. tests/e2e/dumps.sh
start_with_debuggers
dump=$real/kdump-6.1-kaslr.vmcore
printf '%s\n' sys log quit >"$work/crash.commands"

# --- the readers: what they say of a dump. Only filter and kdumpfile read every page. ---
of_dmesg()
{
	rm -f "$work/dmesg"
	${T13:+$T13 }makedumpfile --message-level 4 --dump-dmesg "$1" "$work/dmesg" >/dev/null && cat "$work/dmesg"
}

of_filter()
{
	${T13:+$T13 }makedumpfile --message-level 4 -c -d 31 "$1" "$work/filtered" && rm "$work/filtered"
}

of_crash()
{
	# shellcheck disable=SC2046 # they are several words
	timeout 300 ${T13:+$T13 }crash $("$B/lkcd-info" --crash-args "$1" 2>/dev/null) -s -i "$work/crash.commands" "$vmlinux" "$1" </dev/null |
		grep -v -e '^ *DUMPFILE: '
}

of_kdumpfile()
{
	"$B/kdumpfile-pages" --time "$1"
}

have()
{
	case $1 in
	dmesg | filter) type -P "${T13:-makedumpfile}" >/dev/null ;;
	crash) type -P "${T13:-crash}" >/dev/null && [ -e "$vmlinux" ] ;;
	kdumpfile) [ -x "$B/kdumpfile-pages" ] ;;
	esac
}

# blind TEXT GOOD HURT READER...: each reader finds in HURT what it finds in GOOD
blind()
{
	local text=$1 good=$2 hurt=$3 reader status said
	shift 3
	for reader; do
		if ! have "$reader"; then
			skip "$reader: $text" "it is not installed"
			continue
		fi
		said=$good.$reader
		[ -e "$said" ] || "of_$reader" "$good" >"$said" 2>"$said.err" || rm "$said"
		[ -e "$said" ] || { skip "$reader: $text" "it does not read the undamaged dump"; continue; }
		"of_$reader" "$hurt" >"$work/said.hurt" 2>"$work/err.hurt"
		status=$?
		if [ $status = 0 ] && cmp -s "$said" "$work/said.hurt" && cmp -s "$said.err" "$work/err.hurt"; then
			ok "$reader: $text: status 0 and not a word" true
		else
			skip "$reader: $text" "this one notices: status $status, $(diff "$said.err" "$work/err.hurt" | sed -n '2p' | tr '#\n' '  ')"
		fi
	done
}

# named TEXT FILE PATTERN: ours has status 1, and a line that fits
named()
{
	local said status
	said=$("$B/lkcd-verify" "$2")
	status=$?
	ok "lkcd-verify: $1: status 1" [ $status = 1 ]
	ok "lkcd-verify: $1: named" grep -q -e "$3" <<<"$said" || sed 's/^/# /' <<<"$said"
}

# flip FILE OFFSET: 64 bytes there
flip()
{
	perl -e 'open my $f, "+<:raw", $ARGV[0] or die; seek $f, $ARGV[1], 0; read $f, my $b, 64; seek $f, $ARGV[1], 0; print $f $b ^ "\xff" x 64' "$@"
}

# --- ELF: 64 bytes of a page ---
elf=$work/vmcore
cp "$dump" "$elf"
"$B/lkcd-verify" -q --seal "$elf"
cp "$elf" "$work/hurt"
cp "$elf.sums" "$work/hurt.sums"
at=$(($(stat -c %s "$elf") * 5 / 8))
flip "$work/hurt" $at
blind "64 bytes of a vmcore" "$elf" "$work/hurt" dmesg filter crash kdumpfile
named "64 bytes of a sealed vmcore" "$work/hurt" "hurt: pages 0x.*: sum: "

# --- a kdump file of makedumpfile's, in which pages have no checksum, or one that is looked at when the page is read ---
kdump=$work/kdump
if have filter && ${T13:+$T13 }makedumpfile -c -d 31 "$dump" "$kdump" >/dev/null 2>&1; then
	cp "$kdump" "$work/hurt.kdump"
	size=$(stat -c %s "$kdump")
	flip "$work/hurt.kdump" $((size - size / 50))
	blind "64 bytes of a kdump file" "$kdump" "$work/hurt.kdump" dmesg crash
	named "64 bytes of a kdump file" "$work/hurt.kdump" "hurt.kdump: pages\{0,1\} 0x.*: \(unpack\|shape\): "
	"$B/lkcd-verify" -q --seal "$kdump"
	cp "$kdump.sums" "$work/hurt.kdump.sums"
	named "64 bytes of a sealed kdump file" "$work/hurt.kdump" "hurt.kdump: .*sum: "
	head -c $((size - size / 8)) "$kdump" >"$work/cut.kdump"
	blind "a kdump file that is cut" "$kdump" "$work/cut.kdump" dmesg
	named "a kdump file that is cut" "$work/cut.kdump" "cut.kdump: .*cut: "
fi

# --- a vmcore that is cut in half ---
head -c $(($(stat -c %s "$elf") / 2)) "$elf" >"$work/cut"
blind "a vmcore that is cut in half" "$elf" "$work/cut" dmesg filter kdumpfile
named "a vmcore that is cut in half" "$work/cut" "cut: .*cut: "

# --- LKCD 9: a page with another page's address, or data that are not those of the page ---
lkcd=$work/lkcd9
"$B/lkcd-convert" -q -f lkcd9 -c gzip -o "$lkcd" "$dump"
cp "$lkcd" "$work/hurt.lkcd9"
# a bit of the address of a record in the last eighth, so that its page is elsewhere
perl -e '
	open my $f, "+<:raw", $ARGV[0] or die; my ($at, $end) = (65536, -s $f);
	for (;;) {
		seek $f, $at, 0; read $f, my $head, 16; my ($address, $size, $flags) = unpack "Q<L<L<", $head;
		last if $at > $end * 7 / 8 || $flags & 4;
		$at += 16 + $size;
	}
	seek $f, $at + 5, 0; print $f "\x01"' "$work/hurt.lkcd9"
blind "a page of LKCD 9 at a wrong address" "$lkcd" "$work/hurt.lkcd9" crash kdumpfile
named "a page of LKCD 9 at a wrong address" "$work/hurt.lkcd9" "hurt.lkcd9: page 0x.*: \(order\|ranges\): "
head -c $(($(stat -c %s "$lkcd") * 7 / 8)) "$lkcd" >"$work/cut.lkcd9"
blind "an LKCD 9 image that is cut" "$lkcd" "$work/cut.lkcd9" kdumpfile
named "an LKCD 9 image that is cut" "$work/cut.lkcd9" "cut.lkcd9: .*cut: "
done_testing
