#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Real dumps through every format and back: every page, every note and every PT_LOAD must survive, and pipes must give what
# files give. What is read to compare is read by readers that share nothing with the tools.
. tests/tap.sh
need_real_dumps kdump-6.1-kaslr.vmcore qemu-6.1-panic.elf

# convert_file FROM TO OPTION...
convert_file()
{
	"$B/lkcd-convert" -q "${@:3}" -o "$2" "$1"
}

# The same through pipes gives the same bytes; but kdump cannot be written to a pipe, only read from one, and headers hold
# utsname and the panic string only if memory could be searched for them, which a pipe does not allow.
same_through_pipe()
{
	local header=0
	case " ${*:3} " in
	*" -f lkcd"*) header=65536 ;;
	*" -f kdump "*) header=4096 ;;
	*" -f flat "*) header=$((4096 + 16 + 4096)) ;; # its own, then a piece of kdump's
	esac
	if [[ " ${*:3} " == *" -f kdump "* ]]; then
		cat "$1" | "$B/lkcd-convert" -q "${@:3}" -o "$2.piped" && cmp -i $header "$2.piped" "$2" && rm "$2.piped"
	else
		(set -o pipefail; cat "$1" | "$B/lkcd-convert" -q "${@:3}" | cat) | cmp -i $header - "$2"
	fi
}

# Pages by reader $1 of file $2 are those of the original; frames that only one side has count as different.
same_pages()
{
	local listing
	listing=$(pages "$1" "$2") && diff "$original_pages" "$listing"
}

same_notes()
{
	cmp <(tests/readers/elf-parts --notes "$dump") <(tests/readers/elf-parts --notes "$1")
}

same_loads()
{
	diff <(tests/readers/elf-parts --loads "$dump") <(tests/readers/elf-parts --loads "$1")
}

# Plain memory from address 0 on holds each segment of the dump in its place, zeros between, and ends with the last page.
same_memory()
{
	local start size offset end=0
	while read -r start size offset; do
		((start <= end)) || cmp -n $((start - end)) /dev/zero <(part "$1" $end $((start - end))) || return
		cmp -n "$size" -i "$start:$offset" "$1" "$dump" || return
		((start + size <= end)) || end=$((start + size))
	done < <(tests/readers/elf-parts --places "$dump" | sort -n)
	[ "$(stat -c %s "$1")" = $(((end + 4095) / 4096 * 4096)) ]
}

# part FILE OFFSET SIZE, for what is too large for cmp's own -i, which is slow
part()
{
	dd if="$1" bs=1M iflag=skip_bytes,count_bytes skip="$2" count="$3" status=none
}

# Convert the dump to FORMAT with the codec (empty: the format has none), by file and by pipe, and back to ELF.
there_and_back()
{
	local format=$1 codec=$2
	local name="$base -> $format${codec:+ $codec}" to=$work/$base.$format.${codec:-plain}
	local back=$to.elf
	ok "$name" convert_file "$dump" "$to" -f "$format" ${codec:+-c "$codec"} || return
	ok "$name, through pipes" same_through_pipe "$dump" "$to" -f "$format" ${codec:+-c "$codec"}
	case $format:$codec in
	lkcd9:none | lkcd9:gzip | kdump:*) by_kdumpfile "$name" "$to" ;;
	flat:*) by_makedumpfile "$name" "$to" ;;
	esac
	if [ "$format" = elf ]; then
		back=$to
	else
		ok "$name -> elf" convert_file "$to" "$back" -f elf || return
		ok "$name -> elf, through pipes" same_through_pipe "$to" "$back" -f elf
	fi
	ok "$name: pages" same_pages elf "$back"
	ok "$name: notes" same_notes "$back"
	ok "$name: PT_LOADs" same_loads "$back"
	rm -f "$to" "$back"
}

by_kdumpfile()
{
	if [ -x "$B/kdumpfile-pages" ]; then
		ok "$1: pages by libkdumpfile" same_pages kdumpfile "$2"
	else
		skip "$1: pages by libkdumpfile" "not installed when the readers were built"
	fi
}

# makedumpfile makes a kdump file of a flattened one.
by_makedumpfile()
{
	if installed makedumpfile; then
		ok "$1: makedumpfile -R" makedumpfile -R "$2.kdump" <"$2" && by_kdumpfile "$1, makedumpfile -R" "$2.kdump"
		rm -f "$2.kdump"
	else
		skip "$1: makedumpfile -R" "makedumpfile is not installed"
	fi
}

to_memory()
{
	local to=$work/$base.raw
	ok "$base -> raw" convert_file "$dump" "$to" -f raw || return
	ok "$base -> raw: bytes" same_memory "$to"
	# QEMU's has a ROM just below 4 GiB: too much for a pipe
	[ "$(stat -c %s "$to")" -gt $((1 << 30)) ] || ok "$base -> raw, through pipes" same_through_pipe "$dump" "$to" -f raw
	rm -f "$to"
}

dumps="kdump-6.1-kaslr.vmcore qemu-6.1-panic.elf" lkcd="none rle gzip zstd" lkcd9="none rle gzip" kdump="none gzip zstd"
# The sanitizers take their time: once through every format
[ -z "${LKCD_SANITIZED:-}" ] || dumps="kdump-6.1-kaslr.vmcore" lkcd=zstd lkcd9=rle kdump=gzip

for base in $dumps; do
	dump=$real/$base
	original_pages=$(pages elf "$dump") || exit 1
	there_and_back elf ""
	for codec in $lkcd; do
		there_and_back lkcd "$codec"
	done
	for codec in $lkcd9; do
		there_and_back lkcd9 "$codec"
	done
	for codec in $kdump; do
		there_and_back kdump "$codec"
	done
	there_and_back flat zstd
	to_memory
done
done_testing
