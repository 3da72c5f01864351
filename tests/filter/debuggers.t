#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# crash and drgn find the same in what each dump level keeps as in the whole dump: each tool is compared with itself.
# CRASH and DRGN name newer ones than the system's, perhaps: crash 8.0.2 is wrong about Linux 6.1.
# LKCD_FILTER_DUMP and LKCD_FILTER_VMLINUX name one more dump, of another kernel.
. tests/tap.sh
[ -z "${LKCD_SANITIZED:-}" ] || skip_all "slow, and says nothing about memory errors"
need_small_dump

have()
{
	installed "$1" || { skip "$1: $name" "$1 is not installed"; return 1; }
}

# of_crash DUMP COMMANDS: what crash says to these commands
of_crash()
{
	crash -s -i "$2" "$kernel" "$1" </dev/null 2>&1 | grep -v '^ *DUMPFILE: '
}

of_drgn()
{
	drgn -q -c "$1" -s "$kernel" "$work/walk.py" 2>&1
}

printf '%s\n' sys 'bt -a' ps log mod 'kmem -i' 'kmem -s' files 'foreach files' mount 'foreach bt' quit >"$work/kern.commands"
printf '%s\n' 'foreach user vm -p' quit >"$work/user.commands"
cat >"$work/walk.py" <<'END'
from drgn.helpers.linux.fs import for_each_mount, mount_dst, mount_fstype, mount_src
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.slab import find_slab_cache, for_each_slab_cache, slab_cache_for_each_allocated_object

for task in for_each_task(prog):
    print("task", hex(task.value_()), task.pid.value_(), task.comm.string_())
for mount in for_each_mount(prog):
    print("mount", mount_src(mount), mount_dst(mount), mount_fstype(mount))
for cache in for_each_slab_cache(prog):
    print("slab", cache.name.string_(), cache.object_size.value_())
for name in "task_struct", "mm_struct", "signal_cache":
    for thing in slab_cache_for_each_allocated_object(find_slab_cache(prog, name), "void"):
        print(name, hex(thing.value_()))
END

cat >"$work/free.py" <<'END'
from drgn.helpers.linux.list import list_for_each_entry
from drgn.helpers.linux.mm import page_to_pfn
from drgn.helpers.linux.nodemask import for_each_online_node

for node in for_each_online_node(prog):
    for zone in prog["node_data"][node].node_zones:
        if not zone.present_pages:
            continue
        for order, area in enumerate(zone.free_area):
            for head in area.free_list:
                for page in list_for_each_entry("struct page", head.address_of_(), "lru"):
                    for frame in range(1 << order):
                        print(page_to_pfn(page).value_() + frame)
END

# From what "vm -p" says: commands that read from each page of memory that a process has, where it has it. Not all of the many.
user_reads()
{
	perl -ne '
		if (/^PID: (\d+)/) { $pid = $1; $many = 0 }
		elsif (/^([0-9a-f]+) +([0-9a-f]+) *$/ && $pid > 0 && $many++ < 40) {
			print "set $pid\n" if $many == 1;
			print "rd -u $1 2\n" }
		END { print "quit\n" }' "$1"
}

# Is there what is expected in what a tool says of the dump itself? The system's own may be too old for it, but not one that was chosen.
reads()
{
	local chosen=${CRASH:-}
	[[ $1 == crash* ]] || chosen=${DRGN:-}
	[ -n "$chosen" ] || grep -q -e "$expected" "$2" || { skip "$1" "the installed version cannot read the dump itself"; return 1; }
	ok "$1: the dump itself" grep -q -e "$expected" "$2"
}

# Both dumps must say the same, of which there has to be a certain line.
same()
{
	reads "$1" "$2" || return
	ok "$1: the same" diff "$2" "$3"
}

try_crash()
{
	local level
	of_crash "$dump" "$work/kern.commands" >"$work/crash.all"
	of_crash "$dump" "$work/user.commands" >"$work/vm.all"
	user_reads "$work/vm.all" >"$work/read.commands"
	of_crash "$dump" "$work/read.commands" >"$work/read.all"
	for level in kern used; do
		"$B/lkcd-filter" -q -l $level -f kdump -o "$work/kdump" "$dump"
		of_crash "$work/kdump" "$work/kern.commands" >"$work/said"
		expected='PANIC: "Kernel panic' same "crash: $name, $level" "$work/crash.all" "$work/said"
		[ $level = kern ] && continue
		of_crash "$work/kdump" "$work/user.commands" >"$work/said"
		expected='/bin/busybox' same "crash, vm -p: $name, $level" "$work/vm.all" "$work/said"
		of_crash "$work/kdump" "$work/read.commands" >"$work/said"
		expected='^ *[0-9a-f]*: *[0-9a-f]* [0-9a-f]*' same "crash, rd -u: $name, $level" "$work/read.all" "$work/said"
	done
	expected='/bin/busybox' reads "crash, rd -u: $name" "$work/vm.all" &&
		ok "crash, rd -u: $name: many pages" test "$(grep -c '^rd' "$work/read.commands")" -gt 100
}

try_drgn()
{
	local level
	of_drgn "$dump" >"$work/drgn.all"
	for level in kern used; do
		"$B/lkcd-filter" -q -l $level -f elf -o "$work/elf" "$dump"
		of_drgn "$work/elf" >"$work/said"
		expected='^task .*init' same "drgn: $name, $level, tasks" "$work/drgn.all" "$work/said"
		expected='^mount .*proc' same "drgn: $name, $level, mounts" "$work/drgn.all" "$work/said"
		expected='^task_struct 0x' same "drgn: $name, $level, slabs" "$work/drgn.all" "$work/said"
	done
}

# The pages that level used leaves out are those in the kernel's lists of free ones.
try_free()
{
	drgn -q -c "$dump" -s "$kernel" "$work/free.py" 2>"$work/said" | sort >"$work/listed"
	expected='^[0-9][0-9]*$' reads "drgn: $name: free pages" "$work/listed" || return
	for level in used all; do
		"$B/lkcd-filter" -q -l $level -f kdump -c none -o "$work/kdump" "$dump"
		tests/filter/frames "$work/kdump" | sort >"$work/$level.frames"
	done
	comm -12 "$work/listed" "$work/all.frames" >"$work/free"
	ok "$name: there are free pages" test "$(wc -l <"$work/free")" -gt 1000
	ok "$name: those in lists of free pages are what is left out" diff "$work/free" <(comm -13 "$work/used.frames" "$work/all.frames")
}

try()
{
	dump=$1 kernel=$2 name=${1##*/}
	have crash && try_crash
	have drgn && try_drgn && try_free
}

if [ -e "$small_vmlinux" ]; then
	try "$small" "$small_vmlinux"
else
	skip "crash and drgn: the small dump" "its vmlinux takes bpftool and gcc"
fi
for base in kdump-6.1-kaslr.vmcore qemu-6.1-panic.elf; do
	if real_dump "$base" && [ -e "$vmlinux" ]; then
		try "$real/$base" "$vmlinux"
	else
		skip "crash and drgn: $base" "$(why_no_real "$base")"
	fi
done
[ -z "${LKCD_FILTER_DUMP:-}" ] || try "$LKCD_FILTER_DUMP" "$LKCD_FILTER_VMLINUX"
done_testing
