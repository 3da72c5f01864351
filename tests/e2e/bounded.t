#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tools must live in the little memory of a capture kernel: a large dump through pipes, with 256 MiB of address space and
# less than 48 MiB in use, and what comes out is right. LKCD_LARGE names the dump; without it, 2 GiB are made up.
. tests/tap.sh
[ -z "${LKCD_SANITIZED:-}" ] || skip_all "sanitizers need more memory"
timer=$(type -P time) || skip_all "no time program, to measure memory with"

# A sparse ELF vmcore of 2 GiB at 1 MiB: in every 2 MiB, 64 KiB that are not zero.
make_dump()
{
	perl -e '
		my ($size, $chunk) = (2 << 30, 64 << 10);
		srand(1);
		open(F, ">:raw", $ARGV[0]) or die;
		print F pack("a4 C3 x9 S< S< L< Q< Q< Q< L< S<6", "\x7fELF", 2, 1, 1, 4, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0);
		print F pack("L< L< Q< Q< Q< Q< Q< Q<", 1, 7, 4096, 0xffff888000100000, 1 << 20, $size, $size, 0);
		for (my $at = 4096; $at < $size; $at += 2 << 20) {
			seek(F, $at, 0);
			print F pack("L*", map { int(rand(1 << 32)) } 1 .. $chunk / 8), "\xaa" x ($chunk / 2);
		}
		truncate(F, 4096 + $size) or die;
		close(F) or die' "$1"
}

# Run a tool between two pipes within the limits; $1 is what it reads, standard output what it wrote.
within_limits()
{
	(
		set -o pipefail
		cat "$1" | (
			ulimit -v $((256 << 10))
			"$timer" -q -f %M -o "$work/peak" "${@:2}"
		) | cat
	)
}

peak_is_low()
{
	local peak
	peak=$(tail -n 1 "$work/peak") && echo "peak memory: $peak KiB" && [ "$peak" -gt 0 ] && [ "$peak" -lt $((48 << 10)) ]
}

# Zeros take no room on the disk.
to_file()
{
	(set -o pipefail; within_limits "$1" "${@:3}" | dd of="$2" bs=64k iflag=fullblock conv=sparse status=none)
}

same_as_direct()
{
	(set -o pipefail; within_limits "$1" "$B/lkcd2elf" -q | cmp - "$work/direct.elf")
}

same_pages_as_direct()
{
	local back
	to_file "$1" "$work/back.elf" "$B/lkcd2elf" -q && back=$(pages elf "$work/back.elf") &&
		cmp "$back" "$(pages elf "$dump")"
}

dump=${LKCD_LARGE:-$work/large}
[ -n "${LKCD_LARGE:-}" ] || make_dump "$dump" || exit 1
name="$(($(stat -c %s "$dump") >> 20)) MiB"

ok "$name -> elf" to_file "$dump" "$work/direct.elf" "$B/lkcd2elf" -q
ok "$name -> elf: memory" peak_is_low
ok "$name -> elf: pages" cmp "$(pages elf "$dump")" "$(pages elf "$work/direct.elf")"

ok "$name -> lkcd" to_file "$dump" "$work/image" "$B/lkcd-convert" -q -f lkcd
ok "$name -> lkcd: memory" peak_is_low
ok "lkcd -> elf" same_as_direct "$work/image"
ok "lkcd -> elf: memory" peak_is_low

ok "$name -> lkcd9 gzip" to_file "$dump" "$work/image" "$B/lkcd-convert" -q -f lkcd9 -c gzip
ok "$name -> lkcd9 gzip: memory" peak_is_low
ok "lkcd9 gzip -> elf" same_as_direct "$work/image"
ok "lkcd9 gzip -> elf: memory" peak_is_low

# kdump files begin with what is known last: the output cannot be a pipe
ok "$name -> kdump" within_limits "$dump" "$B/lkcd-convert" -q -f kdump -o "$work/image"
ok "$name -> kdump: memory" peak_is_low
ok "kdump -> elf: pages" same_pages_as_direct "$work/image"
ok "kdump -> elf: memory" peak_is_low
done_testing
