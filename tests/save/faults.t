#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever fails, and whenever lkcd-save is killed: the dump is on the device or whole in the folder, nothing half is left, nothing else
# is touched, and the next run ends right. SAVE_KILLS is the number of kills at random moments.
. tests/save/device.sh
kills=${SAVE_KILLS:-20}
[ -z "${LKCD_SANITIZED:-}" ] && installed cc || skip_all 'sanitized, or no compiler'
cc -O1 -shared -fPIC -o "$work/faults.so" "$tree/tests/save/faults.c" || exit 1

# Eight pieces as they are copied, and a part of one; one that is synced while the rest is copied
make_image "$work/image" <<<'version 11; compress gzip; area good; @0x0 raw count=520 noise 1; @0x400000 compress count=20 words 1'
device "$work/image" 4096 4
cp "$dev" "$work/base"

# lkcd-save beside a lkcd-analyze that takes no time, and fails as the true one when it cannot write
mkdir "$work/bin"
cp "$B/lkcd-save" "$work/bin"
cat > "$work/bin/lkcd-analyze" <<'S'
#!/bin/sh
set -e
for last; do :; done
while [ $# -gt 1 ]; do
	case $1 in --also-map | --also-kerntypes | --output) echo "of $last" > "$2"; shift ;; esac
	shift
done
S
chmod +x "$work/bin/lkcd-analyze"

# The folder with all that is not lkcd-save's
mkdir -p "$work/folder/7" "$work/folder/other" "$work/folder/0 1" "$work/folder/.hidden"
for file in 7/mine other/note bounds.old dump.3 '0 1/dumped' .hidden/lkcd-save. '-rf' $'a\nb' '*'; do echo mine > "$work/folder/$file"; done
echo mine > "$work/target"
ln -s "$work/target" "$work/folder/link"
ln -s "$work" "$work/folder/12"
ln -s nowhere "$work/folder/broken"

program=$work/bin/lkcd-save image=$work/image
fresh() { rm -rf "$D"; cp -a "$work/folder" "$D"; cp "$work/base" "$dev"; }
save() { "$program" -q -c "$work/config" -d "$dev" -D "$D" 2> "$work/said"; }
fault() { LD_PRELOAD=$work/faults.so FAULT_CALL=$1 FAULT_AT=$2 FAULT_ERRNO=$3 save; }
# look: sets where, left, dumps and others
look() { IFS='|' read -r where left dumps others < <("$tree/tests/save/look" "$dev" "$image" "$D" "$work/target"); }
fresh
look
mine=$others
is 'before: the dump is on the device only' 'device  0' "$where $left $dumps"

# whole: sets wrong to what is wrong after a save that ended anyhow: the dump is on the device, or whole in the folder
whole()
{
	wrong=''
	look
	case $where in device | folder | 'device folder') ;; *) wrong=" $where" ;; esac
	[ "$others" = "$mine" ] || wrong+=' touched what is not its own'
}

# again: adds to bad what is wrong with the next run, which must end right
again()
{
	save
	local status=$?
	[ $status = 3 ] && status=0
	look
	[ "$status $dumps $where$left $others" = "0 1 folder $mine" ] ||
		bad+=" $1: then status $status, $dumps dumps, $where$left$([ "$others" = "$mine" ] || echo ', touched what is not its own');"
}

# --- a power failure: what a step relies on is on the disk before it ---
fresh
LD_PRELOAD=$work/faults.so FAULT_LOG=$work/log save
is 'number, dump, its name, checksum: each is synced before the next, and all before the device is cleared' "sync .lkcd-save.bounds
name bounds
sync D
sync unnamed
name dump.0
sync .lkcd-save.0
name 0
sync D
sync map.0
sync kerntypes.0
sync analysis.0
sync .lkcd-save.checksum.0
name checksum.0
sync 0
sync D
write dev
sync dev" "$(sed "s/ \.lkcd-save\.dump$/ unnamed/" "$work/log")"

# --- each call of each kind fails ---
for call in pwrite:28 write:28 fsync:5 sync_file_range:5 linkat:28 renameat:5 renameat2:5 mkdirat:28; do
	name=${call%:*} error=${call#*:} bad=''
	fresh
	FAULT_COUNT=$work/count fault "$name" 1000000 0
	count=$(< "$work/count")
	for ((at = 1; at <= count; at++)); do
		fresh
		fault "$name" $at "$error"
		status=$?
		whole
		[ $status = 2 ] || [ "$where" = folder ] || bad+=" $at: status $status;"
		[ -z "$wrong$left" ] || bad+=" $at:$wrong$left;"
		again $at
	done
	is "$name fails at each of $count calls" '1' "$((count > 0))$bad"
done

# --- killed at each call ---
fresh
FAULT_COUNT=$work/count fault any 1000000 kill
count=$(< "$work/count") bad=''
for ((at = 1; at <= count; at++)); do
	fresh
	{ fault any $at kill; } 2> /dev/null
	whole
	[ -z "$wrong" ] || bad+=" $at:$wrong;"
	again $at
done
is "killed at each of $count calls" '1' "$((count > 50))$bad"

# --- killed at random moments, with the sample, its analysis and all ---
program=$B/lkcd-save image=$sample
device "$sample" 4096
cp "$dev" "$work/base"
fresh
start=$(date +%s%N); save; took=$((($(date +%s%N) - start) / 1000))
bad='' early=0
for ((i = 0; i < kills; i++)); do
	fresh
	"$program" -q -c "$work/config" -d "$dev" -D "$D" 2> /dev/null &
	pid=$!
	delay=$(((RANDOM * 32768 + RANDOM) % (took + took / 10)))
	sleep "$(printf '%d.%06d' $((delay / 1000000)) $((delay % 1000000)))"
	kill -9 $pid 2> /dev/null
	wait $pid 2> /dev/null
	whole
	[ "$where" = device ] && early=$((early + 1))
	[ -z "$wrong" ] || bad+=" $i:$wrong;"
	again $i
done
is "killed at $kills random moments of $((took / 1000)) ms ($early of them before the dump was saved)" '' "$bad"

# --- a device that cannot be read everywhere ---
fresh
LD_PRELOAD=$work/faults.so FAULT_FROM=3000000 FAULT_TO=3010000 save
status=$?
N=$(cat "$D/bounds"); N=$((N - 1))
is 'blocks that cannot be read are listed' '1 3' "$status $(grep -c 'cannot be read and are zeros' "$D/$N/dump.$N.incomplete")"
is 'all others are saved' 0 "$(cmp -l "$sample" "$D/$N/dump.$N" | awk '{ o = $1 - 1 + 4096; if (o < 2998272 || o >= 3010560) n++ } END { print n + 0 }')"
is 'to the end' "$(stat -c %s "$sample")" "$(stat -c %s "$D/$N/dump.$N")"

# --- what is read back differs ---
fresh
cat > "$work/flip.c" <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
	static char copy[4 << 20];
	ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");

	if (offset > 4000000 || offset + (off64_t)size <= 4000000 || size < 100000)
		return real(fd, data, size, offset);
	__builtin_memcpy(copy, data, size);
	copy[4000000 - offset] ^= 1;
	return real(fd, copy, size, offset);
}
C
cc -O1 -shared -fPIC -o "$work/flip.so" "$work/flip.c"
LD_PRELOAD=$work/flip.so save
is 'a disk that writes something else: found, and nothing is cleared' '2 device 1' "$? $(state "$sample") $(grep -c 'read back' "$work/said")"
done_testing
