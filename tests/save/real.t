#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A real dump on the device at each documented offset: what is saved verifies, crash finds in it what it finds in the dump it was made
# of, the device is swap and has no dump afterwards; and through pipes.
. "$(dirname "$0")/device.sh"
set -u
real=${LKCD_REAL:-}
[ -n "$real" ] && [ -z "${LKCD_SANITIZED:-}" ] || { echo '1..0 # SKIP LKCD_REAL names no folder of real dumps, or sanitized'; exit 0; }
vmlinux=$real/vmlinux-6.1.0-56-cloud-amd64 vmcore=$real/kdump-6.1-kaslr.vmcore
export HOME=$work
with_loop
"$B/lkcd-convert" -q -f lkcd9 -c gzip -o "$work/nine" "$vmcore"
"$B/lkcd-convert" -q -f lkcd -o "$work/eleven" "$vmcore"
args=$("$B/lkcd-info" --crash-args "$work/eleven")
# crash DUMP [ARGUMENT...]: what it says but for the dump's name, and what it misses in an LKCD image
printf '%s\n' sys ps log 'mod' quit > "$work/commands"
of_crash() { timeout 400 crash "${@:2}" -s -i "$work/commands" "$vmlinux" "$1" < /dev/null 2>&1 |
	grep -v -e '^ *DUMPFILE: ' -e '^NOTE: setting phys_base' -e '^crash: cannot read vmcoreinfo_data' -e '^$'; }

for case in 4096:nine 8192:eleven 16384:nine 32768:eleven 65536:nine; do
	offset=${case%:*} image=$work/${case#*:}
	device "$image" "$offset" 160
	rm -rf "$D"; save
	is "$? $(cmp "$image" "$D/0/dump.0" 2>&1)" '0 ' "$case: saved to the byte"
	"$B/lkcd-verify" -q "$D/0/dump.0"; is "$?" 0 "$case: it verifies"
	is "$(cd "$D/0" && sha256sum -c --quiet checksum.0 && wc -l < checksum.0)" 4 "$case: checksums of the dump, map, types and analysis"
	is "$(blkid -p -s TYPE -o value "$dev")" swap "$case: blkid sees swap"
	if [ -n "$on_loop" ] && swapon "$dev" 2> "$work/swap"; then
		swapoff "$dev"; is "$?" 0 "$case: swapon and swapoff"
	else
		skip "$case: swapon" 'no loop device, or swapping is not allowed'
	fi
	save; is "$?" 3 "$case: no dump is left"
done
if command -v crash > /dev/null; then
	of_crash "$vmcore" > "$work/wanted"
	# shellcheck disable=SC2086 # two words
	of_crash "$D/0/dump.0" $args > "$work/said"
	is "$(grep -c 'PANIC: "Kernel panic - not syncing: sysrq triggered crash"' "$work/said")" 1 'crash opens the saved dump'
	if grep -q 'PANIC: ' "$work/wanted"; then
		is "$(diff "$work/wanted" "$work/said" 2>&1 | head -n 20)" '' 'crash: sys, ps, log and mod as of the vmcore'
	else
		skip 'crash: sys, ps, log and mod as of the vmcore' 'crash did not open the vmcore itself in time'
	fi
else
	skip crash 'it is not installed'
fi
if command -v bpftool > /dev/null; then
	is "$(bpftool btf dump file "$D/0/kerntypes.0" format c 2> /dev/null | grep -c '^struct task_struct {')" 1 'bpftool reads kerntypes.N'
else
	skip bpftool 'it is not installed'
fi
is "$(grep -c ' [tT] _stext$' "$D/0/map.0")" 1 'map.N has the kernel'"'"'s symbols'

# --- pipes ---
device "$work/nine" 65536 160
"$B/lkcd-save" -o - -d "$dev" | "$B/lkcd-compress" -c zstd | "$B/lkcd2elf" > "$work/elf"
is "${PIPESTATUS[*]} $("$B/lkcd2elf" "$work/nine" | cmp - "$work/elf" 2>&1)" '0 0 0 ' 'device | compress | ELF: the same as of the image'
export TMPDIR=$work
"$B/lkcd-save" -o - -d "$dev" | "$B/lkcd-filter" -q -l kern | "$B/lkcd-compress" | tee "$work/packed" | "$B/lkcd-verify" -q -
is "${PIPESTATUS[*]}" '0 0 0 0 0' 'device | filter | compress | verify'
# FRAME MD5 a line, without zero pages, which an ELF file has between others; read by code that shares nothing with ours
pages() { "$here/../mk/pages" --skip-zero "$1" | sort > "$1.pages"; }
"$B/lkcd2elf" -q -o "$work/piped" "$work/packed"
"$B/lkcd-filter" -q -l kern -f elf -o "$work/direct" "$vmcore"
cp "$vmcore" "$work/all"
for file in piped direct all; do pages "$work/$file"; done
is "$(wc -l < "$work/piped.pages" | xargs test 1000 -lt && echo many) $(diff "$work/piped.pages" "$work/direct.pages" | wc -l)" 'many 0' 'its pages are those that filtering the vmcore itself keeps'
is "$(comm -23 "$work/piped.pages" "$work/all.pages" | wc -l)" 0 'each with the bytes that it has in the vmcore'
echo "1..$n"
