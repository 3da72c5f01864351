#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel's log of real dumps, as makedumpfile reads it; and where the panic string gets to.
. tests/tap.sh
panic='Kernel panic - not syncing: sysrq triggered crash'

panic_of()
{
	"$B/lkcd-info" --quick --json "$@" | sed -n 's/^ *"panic": "\?\(.*[^",]\)"\?,$/\1/p'
}

# What makedumpfile says of a log. Since 1.7.6 it has a column for who wrote a line.
by_makedumpfile()
{
	makedumpfile --dump-dmesg -f "$1" "$work/dmesg" >/dev/null 2>&1
	sed -E 's/^(\[[^]]*\] )\[ *[TC][0-9]+\] /\1/; s/^ {26}/               /' "$work/dmesg"
}

# As makedumpfile, line by line
same_log()
{
	if installed makedumpfile; then
		is "$1: the log is what makedumpfile reads" "$(by_makedumpfile "$2")" "$("$B/lkcd-info" --log "$2")"
	else
		skip "$1: the log is what makedumpfile reads" 'makedumpfile is not installed'
	fi
}

# --- the dump that comes with the tools ---

sample=$work/sample.elf
"$B/lkcd2elf" -q -o "$sample" tests/sample/dump.lkcd
run "$B/lkcd-info" --log "$sample"
is 'sample: status' '0 ' "$status $err"
is 'sample: lines' 405 "$(wc -l <<<"$out")"
is 'sample: the first one' '[    0.000000] Linux version 6.1.0-56-cloud-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)' "$(head -n 1 <<<"$out")"
is 'sample: a record of two lines' '[    0.000000] calibrate_delay_direct() failed to get a good estimate for loops_per_jiffy.
               Probably due to long platform interrupts. Consider using "lpj=" boot option.' "$(sed -n 148,149p <<<"$out")"
is 'sample: a tab' $'[    0.000000] \tTrampoline variant of Tasks RCU enabled.' "$(sed -n 87p <<<"$out")"
is 'sample: the panic' "[   17.688074] $panic" "$(grep -F "$panic" <<<"$out" | head -n 1)"
is 'sample: the last one' '[   17.691293]  </TASK>' "$(tail -n 1 <<<"$out")"
log=$out
run bash -c "cat '$sample' | '$B/lkcd-info' --log"
is 'sample: through a pipe' "0 $log" "$status $out"
same_log sample "$sample"

is 'ELF: the panic string' "$panic" "$(panic_of "$sample")"
"$B/lkcd-convert" -q -f kdump -c zstd -o "$work/kdump" "$sample"
is 'kdump: the panic string' "$panic" "$(panic_of "$work/kdump")"
is 'kdump: the log' "$log" "$("$B/lkcd-info" --log "$work/kdump")"
header_panic()
{
	dd if="$1" bs=1 skip=52 count=256 status=none | tr -d '\0'
}

for format in lkcd lkcd9; do
	"$B/lkcd-convert" -q -f $format -o "$work/$format" "$sample"
	is "$format: its header has the panic string" "$panic" "$(header_panic "$work/$format")"
	is "$format: lkcd-info tells it" "$panic" "$(panic_of "$work/$format")"
	is "$format: the log" "$log" "$("$B/lkcd-info" --log "$work/$format")"
done
run bash -c "'$B/lkcd-convert' -f lkcd < <(cat '$sample') > '$work/piped'"
is 'from a pipe: there is none, and nothing is wrong' '0 ' "$status $err"
is 'from a pipe: the header' '' "$(header_panic "$work/piped")"
is 'from a pipe: the file that came of it can be searched' "$panic" "$(panic_of "$work/piped")"

# utsname stands in memory, too
is 'ELF: utsname' '"kernel_version": "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)", "node_name": "(none)",' \
	"$("$B/lkcd-info" --quick --json "$sample" | grep -E '"(kernel_version|node_name)"' | sed 's/^ *//' | paste -sd ' ')"

# --- dumps without ---

head -c 8192 /dev/zero >"$work/raw"
run "$B/lkcd-info" --log --base=0 --machine=x86_64 "$work/raw"
is 'raw memory: the location of the log is not known' "2 lkcd-info: $work/raw: the dump does not contain the location of the kernel's log: VMCOREINFO \
is missing or incomplete" "$status $err$out"
run "$B/lkcd2elf" -o "$work/elf" --base=0 --machine=x86_64 "$work/raw"
is 'raw memory: the panic string is not missed' '' "$(grep panic <<<"$err")"

# --- a log that is made: of an old kernel, and not made for terminals ---

# log CONTENT-OF-log_buf-IN-HEX SIZE [LINE]...
recipe()
{
	printf '%s\n' 'format elf' 'machine x86_64' \
		'note VMCOREINFO 0 text "OSRELEASE=2.6.30\nSYMBOL(log_buf)=ffffffff81000000\nSYMBOL(log_buf_len)=ffffffff81000010\nSYMBOL(log_end)=ffffffff81000018\n"' \
		"load 0x1000 4096 vaddr=0xffffffff81000000 place 0:00010081ffffffff 16:40000000 24:$(printf %02x "$2")000000 256:$1" \
		"${@:3}" | tests/mk/mkdump -o "$work/made"
}

recipe 3c333e6f6e650a1b5b33316d09ff00e282ac0d0a 20
run "$B/lkcd-info" --log "$work/made"
is 'control characters do not get through' "0 one
\\x1b[31m	\\xff\\x00€\\x0d" "$status $out"
is 'nor through lkcd-analyze' "$out" "$("$B/lkcd-analyze" --quick "$work/made" | sed '1,/^Kernel log:/d')"
recipe "$(printf 'a\nKernel panic: \033[2Jboth' | od -An -tx1 | tr -d ' \n')" 24
is 'nor do those of the panic string' 'Panic:            Kernel panic: \x1b[2Jboth' "$("$B/lkcd-info" --quick "$work/made" | grep Panic)"

# What next() tells once is still told, though the log was read before.
recipe 610a 2 'load 0x1000000000000000 4096 noise 1'
run "$B/lkcd2elf" -o "$work/elf" "$work/made"
is 'a segment that is left out is told' "1 1" "$status $(grep -c 'program header 2 is left out' <<<"$err")"
recipe 610a 2
printf '\377\377\377\377' | dd of="$work/made" bs=1 conv=notrunc status=none \
	seek=$(($(tests/readers/elf-parts --places "$work/made" | cut -d ' ' -f 3) + 16))
run "$B/lkcd2elf" -o "$work/elf" "$work/made"
is 'a log that lies is said to be none' "0 lkcd2elf: $work/made: note: the panic string: the log could not be read" \
	"$status $(grep panic <<<"$err")"
run "$B/lkcd-info" --log "$work/made"
is 'and why' "1 lkcd-info: $work/made: the kernel's log is damaged: its size is 4294967295" "$status $err$out"

# --- other real dumps ---

for name in kdump-6.1-kaslr.vmcore qemu-6.1-panic.elf; do
	dump=$real/$name
	real_dump "$name" || { skip "$name" "$(why_no_real "$name")"; continue; }
	is "$name: the panic string" "$panic" "$(panic_of "$dump")"
	# makedumpfile refuses QEMU's program headers, which map nothing; crash counts as many records
	if [ "$name" = qemu-6.1-panic.elf ]; then
		is "$name: its log" '403 1' "$("$B/lkcd-info" --log "$dump" | awk -v panic="$panic" '/^\[/ { n++ }
			index($0, "] " panic) { p++ } END { print n, p }')"
	else
		same_log "$name" "$dump"
	fi
done
done_testing
