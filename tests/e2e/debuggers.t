#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# crash, gdb, drgn and makedumpfile must find the same in what we write as in the real dump it was made from: each tool is
# compared with itself.
. tests/tap.sh
[ -z "${LKCD_SANITIZED:-}" ] || skip_all "slow, and says nothing about memory errors"
need_real_dumps kdump-6.1-kaslr.vmcore qemu-6.1-panic.elf vmlinux-6.1.0-56-cloud-amd64

printf '%s\n' sys 'bt -a' ps log mod 'kmem -i' quit >"$work/crash.commands"
cat >"$work/drgn.py" <<'END'
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.printk import get_dmesg

for line in get_dmesg(prog).decode(errors="replace").splitlines():
    if "panic" in line.lower():
        print(line)
for task in for_each_task(prog):
    print(hex(task.value_()), task.pid.value_(), task.comm.string_().decode(errors="replace"))
END

# What a tool says of a dump. Its name, which some of them print, is left out.
of_crash()
{
	crash "${@:2}" -s -i "$work/crash.commands" "$vmlinux" "$1" </dev/null 2>&1 | grep -v '^ *DUMPFILE: '
}

# gdb also warns of a dump that is older than its kernel, as an unpacked one may be: that says nothing of what is in it.
of_gdb()
{
	timeout 120 gdb -batch -nx -ex 'info registers' -ex 'bt' -ex 'thread apply all info registers' \
		-ex 'thread apply all bt' "$vmlinux" "$1" </dev/null 2>&1 | grep -v -e '^$' -e '^warning: exec file is newer'
}

of_drgn()
{
	drgn -q -c "$1" -s "$vmlinux" "$work/drgn.py" 2>&1
}

# The page frames that makedumpfile keeps, and their bytes
of_makedumpfile()
{
	local out=$work/${1##*/}.d31
	rm -f "$out"
	makedumpfile -d 31 -c "$1" "$out" >/dev/null 2>&1 && cat "$(pages kdumpfile "$out")"
}

# What crash says of an LKCD image, as far as it can be the same: it sees no VMCOREINFO, and begins each backtrace at the
# registers, not at what it finds on the stack. So: everything that is no backtrace, and how the panicking task got there.
lkcd_view()
{
	perl -ne '
		next if /^ *DUMPFILE: |^NOTE: setting phys_base|^crash: cannot read vmcoreinfo_data|^$/;
		$above = 1 if /^PID: /;
		$above = 0 if / write_sysrq_trigger at / || /^ +PID +PPID /;
		s/^ *#\d+ /# /;
		print unless $above && !/^PID: /' "$1"
}

# same TEXT FILE TOOL [ARGUMENT...]: compare with what the tool says of the original, which must hold the line in $expected.
same()
{
	local text=$1 file=$2 tool=$3 original=$work/$base.$3
	[ -e "$original" ] || "of_$tool" "$dump" >"$original"
	grep -q -e "$expected" "$original" || { ok "$tool reads $base itself" false; return; }
	"of_$tool" "$file" "${@:4}" >"$work/said"
	ok "$tool: $base, $text" diff <($view "$original") <($view "$work/said")
}

have()
{
	installed "$1" || { skip "$1: $base" "$1 is not installed"; return 1; }
}

view="cat"
for base in kdump-6.1-kaslr.vmcore qemu-6.1-panic.elf; do
	dump=$real/$base
	"$B/lkcd2elf" -q "$dump" "$work/elf"
	"$B/lkcd-convert" -q -f kdump -o "$work/kdump" "$dump"
	"$B/lkcd-convert" -q -f lkcd9 -c gzip -o "$work/lkcd9" "$dump"
	"$B/lkcd-compress" -q -c rle -o "$work/lkcd9.rle" "$work/lkcd9"

	expected='PANIC: "Kernel panic - not syncing: sysrq triggered crash"'
	if have crash; then
		same "as ELF" "$work/elf" crash
		same "as kdump" "$work/kdump" crash
		# shellcheck disable=SC2046 # they are several words
		view=lkcd_view same "as LKCD 9" "$work/lkcd9" crash $("$B/lkcd-info" --crash-args "$work/lkcd9")
		# shellcheck disable=SC2046 # they are several words
		view=lkcd_view same "as LKCD 9 with RLE" "$work/lkcd9.rle" crash $("$B/lkcd-info" --crash-args "$work/lkcd9")
	fi
	expected=rip
	have gdb && same "as ELF" "$work/elf" gdb
	# drgn finds no kernel in QEMU's program headers, which map nothing, and makedumpfile refuses them
	[ "$base" = kdump-6.1-kaslr.vmcore ] || continue
	expected='Kernel panic - not syncing: sysrq triggered crash'
	have drgn && same "as ELF" "$work/elf" drgn && same "as kdump" "$work/kdump" drgn
	expected='^[0-9a-f]* [0-9a-f]\{32\}$'
	if [ ! -x "$B/kdumpfile-pages" ]; then
		skip "makedumpfile: $base" "no libkdumpfile to read what it writes"
	elif have makedumpfile; then
		same "as ELF" "$work/elf" makedumpfile
	fi
done
done_testing
