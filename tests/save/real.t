#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A real dump on the device at each documented offset: what is saved verifies, crash opens it, the device is swap and no dump afterwards; and
# through pipes.
. "$(dirname "$0")/device.sh"
set -u
real=${LKCD_REAL:-}
[ -n "$real" ] && [ -z "${LKCD_SANITIZED:-}" ] || { echo '1..0 # SKIP LKCD_REAL names no folder of real dumps, or sanitized'; exit 0; }
vmlinux=$real/vmlinux-6.1.0-56-cloud-amd64
"$B/lkcd-convert" -q -f lkcd9 -c gzip -o "$work/nine" "$real/kdump-6.1-kaslr.vmcore"
"$B/lkcd-convert" -q -f lkcd -o "$work/eleven" "$real/kdump-6.1-kaslr.vmcore"
args=$("$B/lkcd-info" --crash-args "$work/eleven")
for case in 4096:nine 8192:eleven 16384:eleven 32768:eleven 65536:nine; do
	offset=${case%:*} image=$work/${case#*:}
	device "$image" "$offset" 160
	rm -rf "$D"; save
	is "$? $(cmp "$image" "$D/0/dump.0" 2>&1)" '0 ' "$case: saved to the byte"
	"$B/lkcd-info" "$D/0/dump.0" > /dev/null; is "$?" 0 "$case: it is whole"
	is "$(blkid -p -s TYPE -o value "$dev")" swap "$case: blkid sees swap"
	save; is "$?" 3 "$case: no dump is left"
	if [ "${case#*:}" = nine ] && command -v crash > /dev/null; then
		is "$(printf 'sys\nquit\n' | crash -s $args "$vmlinux" "$D/0/dump.0" 2>&1 | grep -c 'PANIC:.*sysrq\|PANIC:')" 1 "$case: crash opens it"
	fi
done
device "$work/nine" 65536 160
"$B/lkcd-save" -o - -d "$dev" | "$B/lkcd-compress" -c zstd | "$B/lkcd2elf" > "$work/elf"
is "${PIPESTATUS[*]} $("$B/lkcd2elf" "$work/nine" | cmp - "$work/elf" 2>&1)" '0 0 0 ' 'device | compress | ELF: the same as of the image'
echo "1..$n"
