#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A real dump on the device at each documented offset: what is saved verifies, crash finds in it what it finds in the dump it was made
# of, the device is swap and has no dump afterwards; and through pipes.
. tests/save/device.sh
[ -z "${LKCD_SANITIZED:-}" ] || skip_all 'sanitized'
need_real_dumps kdump-6.1-kaslr.vmcore
vmcore=$real/kdump-6.1-kaslr.vmcore
with_loop
"$B/lkcd-convert" -q -f lkcd9 -c gzip -o "$work/nine" "$vmcore"
"$B/lkcd-convert" -q -f lkcd -o "$work/eleven" "$vmcore"
args=$("$B/lkcd-info" --crash-args "$work/eleven")
# crash DUMP [ARGUMENT...]: what it says but for the dump's name, and what it misses in an LKCD image
printf '%s\n' sys ps log 'mod' quit > "$work/commands"
of_crash() { crash "${@:2}" -s -i "$work/commands" "$vmlinux" "$1" < /dev/null 2>&1 |
	grep -v -e '^ *DUMPFILE: ' -e '^NOTE: setting phys_base' -e '^crash: cannot read vmcoreinfo_data' -e '^$'; }

for case in 4096:nine 8192:eleven 16384:nine 32768:eleven 65536:nine; do
	offset=${case%:*} image=$work/${case#*:}
	device "$image" "$offset" 160
	rm -rf "$D"; save
	is "$case: saved to the byte" '0 ' "$? $(cmp "$image" "$D/0/dump.0" 2>&1)"
	"$B/lkcd-verify" -q "$D/0/dump.0"; is "$case: it verifies" 0 "$?"
	is "$case: checksums of the dump, map, types and analysis" 4 "$(cd "$D/0" && sha256sum -c --quiet checksum.0 && wc -l < checksum.0)"
	is "$case: blkid sees swap" swap "$(blkid -p -s TYPE -o value "$dev")"
	if [ -n "$on_loop" ] && swapon "$dev" 2> "$work/swap"; then
		swapoff "$dev"; is "$case: swapon and swapoff" 0 "$?"
	else
		skip "$case: swapon" 'no loop device, or swapping is not allowed'
	fi
	save; is "$case: no dump is left" 3 "$?"
done
if installed crash && [ -e "$vmlinux" ]; then
	of_crash "$vmcore" > "$work/wanted"
	# shellcheck disable=SC2086 # two words
	of_crash "$D/0/dump.0" $args > "$work/said"
	is 'crash opens the saved dump' 1 "$(grep -c 'PANIC: "Kernel panic - not syncing: sysrq triggered crash"' "$work/said")"
	if grep -q 'PANIC: ' "$work/wanted"; then
		is 'crash: sys, ps, log and mod as of the vmcore' '' "$(diff "$work/wanted" "$work/said" 2>&1 | head -n 20)"
	else
		skip 'crash: sys, ps, log and mod as of the vmcore' 'crash did not open the vmcore itself in time'
	fi
else
	skip crash 'it is not installed, or there is no vmlinux'
fi
if command -v bpftool > /dev/null; then
	is 'bpftool reads kerntypes.N' 1 "$(bpftool btf dump file "$D/0/kerntypes.0" format c 2> /dev/null | grep -c '^struct task_struct {')"
else
	skip bpftool 'it is not installed'
fi
is 'map.N has the kernel'"'"'s symbols' 1 "$(grep -c ' [tT] _stext$' "$D/0/map.0")"

# --- pipes ---
device "$work/nine" 65536 160
"$B/lkcd-save" -o - -d "$dev" | "$B/lkcd-compress" -c zstd | "$B/lkcd2elf" > "$work/elf"
is 'device | compress | ELF: the same as of the image' '0 0 0 ' "${PIPESTATUS[*]} $("$B/lkcd2elf" "$work/nine" | cmp - "$work/elf" 2>&1)"
"$B/lkcd-save" -o - -d "$dev" | "$B/lkcd-filter" -q -l kern | "$B/lkcd-compress" | tee "$work/packed" | "$B/lkcd-verify" -q -
is 'device | filter | compress | verify' '0 0 0 0 0' "${PIPESTATUS[*]}"
# FRAME MD5 a line, without zero pages, which an ELF file has between others; read by code that shares nothing with ours
list_pages() { "$tree/tests/mk/pages" --skip-zero "$1" | sort > "$1.pages"; }
"$B/lkcd2elf" -q -o "$work/piped" "$work/packed"
"$B/lkcd-filter" -q -l kern -f elf -o "$work/direct" "$vmcore"
cp "$vmcore" "$work/all"
for file in piped direct all; do list_pages "$work/$file"; done
is 'its pages are those that filtering the vmcore itself keeps' 'many 0' "$(wc -l < "$work/piped.pages" | xargs test 1000 -lt && echo many) $(diff "$work/piped.pages" "$work/direct.pages" | wc -l)"
is 'each with the bytes that it has in the vmcore' 0 "$(comm -23 "$work/piped.pages" "$work/all.pages" | wc -l)"
done_testing
