#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever fails, and whenever lkcd-save is killed: the dump is on the device or whole in the folder, nothing half is left, nothing else
# is touched, and the next run ends right. SAVE_KILLS is the number of kills at random moments.
. tests/save/device.sh
kills=${SAVE_KILLS:-20}
[ -z "${LKCD_SANITIZED:-}" ] && command -v cc > /dev/null || skip_all 'sanitized, or no compiler'
cc -O1 -shared -fPIC -o "$work/faults.so" "$tree/tests/save/faults.c" || exit 1

fresh()
{
	rm -rf "$D"; mkdir -p "$D/7" "$D/other" "$D/0 1" "$D/.hidden"
	echo mine > "$D/7/mine"; echo mine > "$D/other/note"; echo mine > "$D/bounds.old"
	for file in dump.3 '0 1/dumped' .hidden/lkcd-save. '-rf' $'a\nb' '*'; do echo mine > "$D/$file"; done
	echo mine > "$work/target"; ln -sf "$work/target" "$D/link"; ln -sf "$work" "$D/12"; ln -sf nowhere "$D/broken"
	[ -e "$work/base" ] || { device "$sample" 4096; cp "$dev" "$work/base"; }
	cp "$work/base" "$dev"
}
# What is not ours, by name and contents
others() { (cd "$D" && find . \( -path './[0-689]*' ! -path './0 1*' ! -path ./12 -o -path './.lkcd-save*' \) -prune -o ! -name bounds ! -path . -printf '%p %y %l %s\0' | sort -z; find . -type f -size 5c -exec grep -l mine {} + | wc -l; cat "$work/target") 2>&1 | md5sum; }
whole() { [ "$(others)" = "$mine" ] || echo TOUCHED; case $(state "$sample") in device | folder | 'device folder') ;; *) state "$sample" ;; esac; }
leftovers() { find "$D" -name '.lkcd-save*'; }
# again: the next run must end right
again()
{
	save
	local status=$?
	[ $status = 3 ] && status=0
	echo "$status $(find "$D" -path "$D/[0-9]*/dump.[0-9]*" | wc -l) $(state "$sample") $(leftovers)$([ "$(others)" = "$mine" ] || echo TOUCHED)"
}
fresh; mine=$(others)
fault() { LD_PRELOAD=$work/faults.so FAULT_CALL=$1 FAULT_AT=$2 FAULT_ERRNO=$3 save; }

# --- each call of each kind fails ---
for call in pwrite:28 write:28 fsync:5 sync_file_range:5 linkat:28 renameat:5 renameat2:5 mkdirat:28; do
	name=${call%:*} error=${call#*:} bad='' most=0
	fresh
	FAULT_COUNT=$work/count fault "$name" 1000000 0
	count=$(cat "$work/count")
	[ "$count" -gt 40 ] && step=$((count / 40 + 1)) || step=1
	for ((at = 1; at <= count; at += step)); do
		fresh
		fault "$name" $at "$error"
		status=$? now=$(whole) half=$(leftovers)
		most=$((most + 1))
		[ $status = 2 ] || [ "$(state "$sample")" = folder ] || bad="$bad $at: status $status;"
		[ -z "$now$half" ] || bad="$bad $at: $now $half;"
		now=$(again)
		[ "$now" = '0 1 folder ' ] || bad="$bad $at: then $now;"
	done
	is "$name fails at each of $count calls ($most tried)" 1 "$((count > 0))$bad"
done

# --- killed at each call ---
fresh
FAULT_COUNT=$work/count fault any 1000000 kill
count=$(cat "$work/count") bad=''
for ((at = 1; at <= count; at++)); do
	fresh
	{ fault any $at kill; } 2> /dev/null
	now=$(whole)
	[ -z "$now" ] || bad="$bad $at: $now;"
	now=$(again)
	[ "$now" = '0 1 folder ' ] || bad="$bad $at: then $now;"
done
is "killed at each of $count calls" 1 "$((count > 10))$bad"

# --- killed at random moments ---
fresh
start=$(date +%s%N); save; took=$((($(date +%s%N) - start) / 1000))
bad='' early=0
for ((i = 0; i < kills; i++)); do
	fresh
	"$B/lkcd-save" -q -c "$work/config" -d "$dev" -D "$D" 2> /dev/null &
	pid=$!
	delay=$(((RANDOM * 32768 + RANDOM) % (took + took / 10)))
	sleep "$(printf '%d.%06d' $((delay / 1000000)) $((delay % 1000000)))"
	kill -9 $pid 2> /dev/null
	wait $pid 2> /dev/null
	[ "$(state "$sample")" = device ] && early=$((early + 1))
	now=$(whole)
	[ -z "$now" ] || bad="$bad $i: $now;"
	now=$(again)
	[ "$now" = '0 1 folder ' ] || bad="$bad $i: then $now;"
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
