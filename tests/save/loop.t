#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lkcd-save, lkcd-config and lkcd-query on true block devices, as an administrator has them: swap that is swapped to afterwards, what is
# mounted, a dump directory that gets full.
. tests/save/device.sh
[ -z "${LKCD_SANITIZED:-}" ] || skip_all 'the kernel does most of it'
with_loop
[ -n "$on_loop" ] && command -v mkswap > /dev/null || skip_all 'needs root, losetup and mkswap'
# may_swap: swapping to a device can be forbidden, in a container for example
device "$sample" 4096
swapon "$dev" 2> "$work/said" && swapoff "$dev" && may_swap=1 || may_swap=''

# --- every documented offset ---
for offset in 4096 8192 16384 32768 65536; do
	device "$sample" $offset
	uuid=$(blkid -p -s UUID -o value "$dev")
	rm -rf "$D"; save
	is "offset $offset: saved to the byte" '0 ' "$? $(cmp "$sample" "$D/0/dump.0" 2>&1)"
	"$B/lkcd-verify" -q "$D/0/dump.0"; is "offset $offset: it verifies" 0 "$?"
	is "offset $offset: blkid sees the same swap" "swap $uuid" "$(blkid -p -s TYPE -o value "$dev") $(blkid -p -s UUID -o value "$dev")"
	save; is "offset $offset: no dump is left, and nothing is said" '3 ' "$? $(cat "$work/said")"
	if [ -n "$may_swap" ]; then
		swapon "$dev" && swapoff "$dev"; is "offset $offset: swapon and swapoff" 0 "$?"
	else
		skip "offset $offset: swapon and swapoff" "$(head -c 60 "$work/said")"
	fi
done

# --- in use ---
conf=$work/conf
mkdir -p "$work/mnt"
config() { "$B/lkcd-config" -n -c "$conf" "$@" 2>&1; }
device "$sample" 4096; rm -rf "$D"
if [ -n "$may_swap" ]; then
	swapon "$dev"
	save
	is 'swap in use: not written to' "2 lkcd-save: $dev: is in use as swap: run swapoff first, or save with -n" "$? $(cat "$work/said")"
	save -n; [ $? != 2 ]; is 'but -n saves what is there' 0 "$?" # which the system may write over meanwhile
	echo "DUMPDEV=$dev" > "$conf"
	config > "$work/said"; is 'config takes swap that is in use' 0 "$?"
	swapoff "$dev"
	device "$sample" 4096; rm -rf "$D"
	save -n; save; is 'after swapoff it is cleared, and not saved twice' '0 0 bounds' "$? $(ls "$D" | xargs)"
else
	skip 'swap in use' "$(head -c 60 "$work/said")"
fi
truncate -s 64M "$work/fs"
attach "$work/fs"; fs=$loop
echo "DUMPDEV=$fs" > "$conf"
if mkfs.ext4 -q -F "$fs" && mount "$fs" "$work/mnt" 2> /dev/null; then
	for force in '' --force; do
		is "config refuses what is mounted${force:+, with --force too}" "lkcd-config: $fs: is mounted at $work/mnt: a dump would destroy it
2" "$(config $force; echo $?)"
	done
	# --- the directory's disk gets full, with a disk's own idea of when ---
	device "$sample" 4096 64
	head -c 56000000 /dev/urandom > "$work/mnt/other" 2> /dev/null
	other=$(sha256sum < "$work/mnt/other")
	D=$work/mnt/dump
	save --force; status=$?
	is 'a disk that gets full midway: the device keeps the dump' '2 device 1' "$status $(state "$sample") $(grep -c 'No space left' "$work/said")"
	is 'and nothing half is left' bounds "$(find "$D" -mindepth 1 | sed "s|$D/||" | xargs)"
	is 'others'"'"' files stay' "$other" "$(sha256sum < "$work/mnt/other")"
	rm "$work/mnt/other"
	save; is 'with room again it ends right' '0 folder' "$? $(state "$sample")"
	D=$work/D
	umount "$work/mnt"
	is 'config refuses a file system' "lkcd-config: $fs: holds a file system (ext4): a dump would destroy it (--force accepts this)
2" "$(config; echo $?)"
else
	skip 'mounted' 'mount does not work here'
fi

# --- names of devices ---
device "$sample" 16384
mkswap -q -L lkcdtest -U 12345678-1234-1234-1234-123456789abc "$dev" 2> /dev/null
for name in UUID=12345678-1234-1234-1234-123456789abc LABEL=lkcdtest; do
	echo "DUMPDEV=$name" > "$conf"
	BLKID_FILE=$work/blkid.tab "$B/lkcd-query" -c "$conf" --waiting
	is "$name is found" 0 "$?"
done
echo "DUMPDEV=$dev" > "$conf"
is 'query: the number of the device' "Configured dump device:  0x$(printf '%x' $((0x$(stat -c %t "$dev") << 8 | 0x$(stat -c %T "$dev"))))" "$("$B/lkcd-query" -c "$conf" | head -n 1)"
echo 'DUMPDEV=UUID=nobody-has-it' > "$conf"
is 'config: a UUID that no device has' 'lkcd-config: UUID=nobody-has-it: no device has UUID=nobody-has-it
2' "$(config; echo $?)"
is 'the loop device is this test'"'"'s own' "$dev" "$(losetup -n -O NAME -j "$work/dev")"
done_testing
