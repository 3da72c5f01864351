#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Dumps that do not say where memory was mapped: what is found out must be what the vmcore that they were made from says.
. tests/tap.sh

loads()
{
	tests/readers/elf-parts --loads "$1"
}

# Virtual minus physical addresses of all PT_LOADs, in their order, each once
offsets()
{
	loads "$1" | perl -ne '($v, $p) = map { hex } split; $d = sprintf "%#x", $v - $p; print "$d\n" unless $seen{$d}++'
}

# Memory of the first file that the second has not, or has elsewhere: PT_LOADs, joined where they touch
missing()
{
	{ loads "$1" | sed 's/^/a /'; loads "$2" | sed 's/^/b /'; } | perl -e '
		while (<>) { my ($f, @n) = split; my ($v, $p, $s) = map { hex } @n; push @{ $of{$f}{$v - $p} }, [ $p, $p + $s ] }
		for my $d (keys %{ $of{a} }) {
			for my $a (@{ $of{a}{$d} }) {
				my $at = $a->[0];
				for my $b (sort { $a->[0] <=> $b->[0] } @{ $of{b}{$d} // [] }) {
					$at = $b->[1] if $b->[0] <= $at && $b->[1] > $at;
				}
				printf "%#x at %#x\n", $at, $at + $d if $at < $a->[1];
			}
		}'
}

# Our own kdump files hold a note of ranges, which makedumpfile's do not: rename it.
without_ranges()
{
	perl -0777 -pe 's/\x05\0\0\0(....)\x02\0\0\0LKCD\0/\x05\0\0\0$1\x02\0\0\0LKCX\0/s or die' "$1"
}

# --- the dump that comes with the tools ---

"$B/lkcd2elf" -q -o "$work/sample" "$sample"
"$B/lkcd-convert" -q -f kdump -c zstd -o "$work/with" "$work/sample"
without_ranges "$work/with" >"$work/without"
run "$B/lkcd2elf" -o "$work/elf" "$work/without"
is 'sample: status, and nothing is unknown' '0 ' "$status $err"
is 'sample: PT_LOADs' "$(loads "$work/sample")" "$(loads "$work/elf")"
is 'sample: lkcd-info says that they were found out' 'Ranges:           3, from what is known of the machine
  physical 0x8e00000, virtual 0xffffffff8fc00000, size 44040192 (42 MiB)
  physical 0x0, virtual 0xffff8c6080000000, size 70368744177664 (64 TiB)
  physical 0x400000000000, size 1152851135862669312 (1048512 TiB)' "$("$B/lkcd-info" --quick "$work/without" | grep -A3 ^Ranges)"
"$B/lkcd-convert" -q -f lkcd9 -o "$work/lkcd9" "$work/without"
is "sample: an LKCD header's memory_start is the direct map's" ' 00 00 00 80 60 8c ff ff' "$(od -An -tx1 -j32 -N8 "$work/lkcd9")"
if command -v gdb >/dev/null; then
	is 'sample: gdb finds linux_banner' '0xffffffff90d1ffe0:	"Linux version 6.1.0-56-cloud-amd64 ' \
		"$(DEBUGINFOD_URLS='' gdb -batch -nx -ex 'x/s 0xffffffff90d1ffe0' -c "$work/elf" 2>&1 | grep -o '^0xff.*amd64 ')"
else
	skip 'sample: gdb finds linux_banner' 'gdb is not installed'
fi

# --- the same without its page tables: the top one, at physical 0xa810000, is zero ---

tests/readers/elf-parts --places "$work/sample" | while read -r start size offset; do
	((0xa810000 >= start && 0xa810000 < start + size)) || continue
	dd if=/dev/zero of="$work/sample" bs=4096 count=1 conv=notrunc status=none oflag=seek_bytes seek=$((offset + 0xa810000 - start))
	break
done
"$B/lkcd-convert" -q -f kdump -c zstd -o "$work/with" "$work/sample"
without_ranges "$work/with" >"$work/without"
run "$B/lkcd2elf" -o "$work/elf" "$work/without"
is 'no page tables: status, and what is unknown' "0 lkcd2elf: $work/without: note: where memory was mapped is not known: the kernel's \
page tables cannot be read
lkcd2elf: $work/without: note: the panic string: the log could not be read" "$status $err"
is 'no page tables: no virtual addresses' 0 "$(loads "$work/elf" | cut -d ' ' -f 1 | sort -u)"

# --- real dumps, as makedumpfile packs and filters them ---

dump=$real/kdump-6.1-kaslr.vmcore
for level in 0 31; do
	name="makedumpfile -d $level"
	real_dump "${dump##*/}" || { skip "$name" "$(why_no_real "${dump##*/}")"; continue; }
	installed makedumpfile || { skip "$name" 'makedumpfile is not installed'; continue; }
	makedumpfile -c -d $level "$dump" "$work/filtered" >/dev/null 2>&1
	run "$B/lkcd2elf" -o "$work/elf" "$work/filtered"
	is "$name: status, and nothing is unknown" '0 ' "$status $err"
	is "$name: offsets of the text and of the direct map" "$(offsets "$dump")" "$(offsets "$work/elf")"
	# what was filtered out can only be missing
	[ $level = 31 ] || is "$name: everything is where it was" '' "$(missing "$dump" "$work/elf")"
	rm -f "$work/filtered" "$work/elf"
done
done_testing
