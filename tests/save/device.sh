# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests in this folder: a swap partition (a loop device, or a file that stands for one), and dumps on it.
# shellcheck shell=bash disable=SC2034
. tests/tap.sh
set -u
dev=$work/dev D=$work/D

# Loop devices that a test made, and nothing else, are swapped off, unmounted and detached at its end.
loops=()
clean_up()
{
	local loop
	mountpoint -q "$work/mnt" 2> /dev/null && umount "$work/mnt"
	for loop in "${loops[@]}"; do
		[ "$(losetup -n -O BACK-FILE "$loop" 2> /dev/null | grep -cF "$work/")" = 1 ] || continue
		grep -q "^$loop " /proc/swaps && swapoff "$loop"
		losetup -d "$loop"
	done
	rm -rf "$work"
}

# attach FILE: sets loop to a loop device over it. False where there are none to be had.
attach()
{
	loop=''
	[ "$(id -u)" = 0 ] && command -v losetup > /dev/null && loop=$(losetup -f --show "$1" 2> /dev/null) || return 1
	loops+=("$loop")
}
# with_loop: from now on the device is a loop device, where they are to be had; says which it is.
with_loop()
{
	truncate -s 64K "$work/try"
	if attach "$work/try"; then
		on_loop=1
		echo '# on loop devices'
	else
		echo '# on files: loop devices are not to be had'
	fi
}
on_loop=''

# device IMAGE OFFSET [MIB]: what swap held before (noise that is no record), swap's own first page, and a dump
device()
{
	[ -z "$on_loop" ] || [ "$dev" = "$work/dev" ] || losetup -d "$dev"
	dev=$work/dev
	rm -f "$dev"
	perl -e 'srand 5; my $p = join "", map { chr(97 + rand 26) } 1 .. 1 << 20; print $p for 1 .. $ARGV[0]' "${3:-16}" > "$dev"
	dd if=/dev/zero of="$dev" bs=4096 count=1 conv=notrunc status=none
	chmod 600 "$dev"
	[ -z "$on_loop" ] || { attach "$dev" && dev=$loop; }
	if command -v mkswap > /dev/null; then
		mkswap -q "$dev" > /dev/null 2>&1
	else
		printf SWAPSPACE2 | dd of="$dev" bs=1 seek=4086 conv=notrunc status=none
	fi
	dd if="$1" of="$dev" bs=4096 seek=$(($2 / 4096)) conv=notrunc status=none
}

# state IMAGE: is the dump on the device, whole in the folder, both, or lost?
state()
{
	local where='' file
	[ "$(dd if="$dev" bs=4096 skip="${2:-1}" count=1 status=none | head -c 8 | od -An -tx1 | tr -d ' \n')" = ed238f61730119a8 ] && where=device
	for file in "$D"/*/dump.*; do
		[ -e "$file" ] && case $file in *.incomplete) ;; *) cmp -s "$file" "$1" && where="$where folder" || where="$where HALF" ;; esac
	done
	where=${where# }
	echo "${where:-LOST}"
}
save() { "$B/lkcd-save" -q -c "$work/config" -d "$dev" -D "$D" "$@" 2> "$work/said"; }
printf 'DUMP_MIN_FREE=0\n' > "$work/config"
