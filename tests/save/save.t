#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lkcd-save on files that stand for devices: every offset and version, swap kept, damage, several dumps, room, rotation, pipes.
. "$(dirname "$0")/device.sh"
set -u

# --- every documented offset ---
for offset in 4096 8192 16384 32768 65536; do
	device "$sample" $offset
	head -c 4096 "$dev" > "$work/swap"
	rm -rf "$D"
	save
	is "$? $(cmp -s "$sample" "$D/0/dump.0" && echo same) $(cat "$D/bounds") $(cat "$work/said" | grep -c 'not installed')" "0 same 1 0" "offset $offset: the image, to the byte"
	is "$(cd "$D" && find . -mindepth 1 ! -name 'analysis.*' ! -name 'map.*' ! -name 'kerntypes.*' | sort | xargs)" "./0 ./0/checksum.0 ./0/dump.0 ./bounds" "offset $offset: nothing else"
	is "$(head -c 4096 "$dev" | cmp - "$work/swap" && echo kept)" kept "offset $offset: swap's header is kept"
	save -v
	is "$? $(cat "$work/said")" "3 lkcd-save: $dev: there is no dump" "offset $offset: there is none any more"
done
if command -v blkid > /dev/null; then
	is "$(blkid -p -s TYPE -o value "$dev")" swap 'blkid still sees swap'
else
	skip 'blkid still sees swap' 'it is not installed'
fi
is "$(cd "$D/0" && sha256sum -c --quiet checksum.0 && grep -c ' dump\.0$' checksum.0)" 1 'sha256sum takes the checksums'
save; is "$? $(cat "$work/said")" '3 ' 'no dump: silence'
is "$(stat -c '%a' "$D" "$D/0" "$D/0/dump.0" | xargs)" '700 700 600' 'memory is private'

# --- versions, both byte orders, what stands behind the end ---
for version in 1 2 3 5 7 8 9; do
	for order in little big; do
		[ $version = 1 ] && [ $order = big ] && continue
		codec=rle
		[ $version -ge 5 ] && codec=gzip
		printf 'format lkcd\nversion %s\nendian %s\nmachine %s\ncompress %s\npanic boom\n@0x0 raw noise 1 count=20\n@0x20000 compress runs 3 count=4\nend\n' \
			$version $order "$([ $order = big ] && echo ppc64 || echo x86_64)" $codec > "$work/recipe"
		if ! "$mkdump" -o "$work/image" "$work/recipe" 2> "$work/mk"; then
			skip "version $version, $order" "$(head -c 60 "$work/mk" | tr -d '\n')"
			continue
		fi
		device "$work/image" 65536
		rm -rf "$D"
		save
		is "$? $(cmp "$work/image" "$D/0/dump.0" 2>&1)" '0 ' "version $version, $order: cut where it ends"
	done
done

# --- damage ---
head -c 3000000 "$sample" > "$work/cut"
device "$work/cut" 4096
truncate -s $((4096 + 3000000)) "$dev"
rm -rf "$D"; save
is "$? $(cmp "$work/cut" "$D/0/dump.0" 2>&1) $(wc -l < "$D/0/dump.0.incomplete")" '1  1' 'cut off at the device'"'"'s end: saved, and marked'
device "$work/cut" 4096
rm -rf "$D"; save
is "$? $(head -c 2900000 "$D/0/dump.0" | cmp - <(head -c 2900000 "$work/cut") && echo same)" '1 same' 'cut off with old bytes behind: saved'
is "$(("$(stat -c %s "$D/0/dump.0")" <= 16 << 20))" 1 'within the device'
save; is "$?" 3 'and cleared'
cp "$sample" "$work/bad"; printf xxxx | dd of="$work/bad" bs=1 seek=2000000 conv=notrunc status=none
device "$work/bad" 4096
rm -rf "$D"; save
is "$? $(cmp "$work/bad" "$D/0/dump.0" 2>&1) $(grep -c CRC32C "$D/0/dump.0.incomplete")" '1  1' 'a damaged record: saved as it is, and named'

printf 'format lkcd\nversion 8\nmachine x86_64\ncompress gzip\n@0x0 compress words 1\n@0x1000 compress words 2\nend\n' | "$mkdump" -o "$work/old"
printf '\377\377\377\377' | dd of="$work/old" bs=1 seek=$((65536 + 40)) conv=notrunc status=none
device "$work/old" 4096
rm -rf "$D"; save
is "$? $(cmp "$work/old" "$D/0/dump.0" 2>&1) $(cat "$D/0/dump.0.incomplete")" '1  page 0x0 at 0x11000: it does not unpack with gzip' 'a page that does not unpack: saved as it is, and named with its place on the device'

# --- several, -n, again ---
small() { printf 'format lkcd\nversion 8\nmachine x86_64\ntime %s 0\n@0x0 raw noise %s count=%s\nend\n' "$1" "$1" "$2" | "$mkdump" -o "$work/small.$1"; }
small 5 2; small 9 1
device "$work/small.5" 65536
dd if="$work/small.9" of="$dev" bs=4096 seek=1 conv=notrunc,sparse count=17 status=none # its page lies where the other's header ends
dd if="$work/small.5" of="$dev" bs=4096 seek=16 count=1 conv=notrunc status=none
rm -rf "$D"; save
is "$? $(cmp "$D/0/dump.0" "$work/small.9" 2>&1 | wc -l) $(ls "$D" | xargs)" '1 1 0 1 bounds' 'two dumps that lie over each other: both are saved, the newer first'
save; is "$?" 3 'and both are cleared'
device "$sample" 65536 24
rm -rf "$D"; save -n
is "$? $(state "$sample" 16)" '0 device folder' '-n leaves it on the device'
save; is "$? $(state "$sample" 16) $(ls "$D" | xargs)" '0 folder 0 bounds' 'what was saved before is not saved twice, but cleared'
printf 'junk\n' > "$D/bounds"; mkdir "$D/1"; echo mine > "$D/1/note"
device "$work/small.5" 4096; save
is "$? $(cat "$D/1/note") $(ls "$D" | xargs)" '0 mine 0 1 2 bounds' 'bounds that is no number: nothing is overwritten'
is "$(cat "$D/bounds")" 3 'and set right'
(exec 9< "$D"; flock 9; device "$sample" 4096; save; echo $? > "$work/status")
is "$(cat "$work/status" "$work/said" | xargs)" "2 lkcd-save: another lkcd-save is at work in $D" 'one save at a time'

# --- room and number ---
printf 'DUMP_MIN_FREE=900T\n' > "$work/config"
device "$sample" 4096; rm -rf "$D"; save
is "$? $(state "$sample") $(grep -c 'are to stay free' "$work/said")" '2 device 1' 'too little room: said before anything is written'
is "$(ls -A "$D" | xargs)" '' 'and nothing is'
printf 'DUMP_MIN_FREE=0\nDUMP_KEEP=1\n' > "$work/config"
save; cp "$D/0/dump.0" "$work/first"
"$B/lkcd-compress" -c none -o "$work/other" "$sample"
device "$work/other" 4096 120; save
is "$? $(ls "$D" | xargs)" '2 0 bounds' 'DUMP_KEEP: it stops'
echo mine > "$D/0/mine"
printf 'DUMP_MIN_FREE=0\nDUMP_KEEP=1\nDUMP_ROTATE=1\n' > "$work/config"
save
is "$? $(ls "$D/0") $(ls "$D/1" | grep dump)" '0 mine dump.1' 'DUMP_ROTATE: the oldest goes when the new one is safe, but what others put there'
printf 'DUMP_MIN_FREE=0\n' > "$work/config"

# --- DUMP_SAVE=0 and companions, with a stand-in for lkcd-analyze ---
mkdir "$work/bin"; cp "$B/lkcd-save" "$work/bin"
cat > "$work/bin/lkcd-analyze" <<'S'
#!/bin/sh
[ -z "$BROKEN" ] || exit 2
for last; do :; done
while [ $# -gt 1 ]; do
	case $1 in --also-map | --also-kerntypes | --output) echo "of $last" > "$2"; shift ;; esac
	shift
done
S
chmod +x "$work/bin/lkcd-analyze"
stand_in() { "$work/bin/lkcd-save" -q -c "$work/config" -d "$dev" -D "$D" 2> "$work/said"; }
device "$sample" 4096; rm -rf "$D"; stand_in
is "$? $(ls "$D/0" | xargs)" '0 analysis.0 checksum.0 dump.0 kerntypes.0 map.0' 'companions'
is "$(cat "$D/0/analysis.0") $(cd "$D/0" && sha256sum -c --quiet checksum.0 && wc -l < checksum.0)" "of $D/0/dump.0 4" 'made of the saved dump, with their checksums'
device "$sample" 4096; rm -rf "$D"; BROKEN=1 stand_in
is "$? $(state "$sample")" '0 folder' 'an analysis that fails endangers nothing'
printf 'DUMP_MIN_FREE=0\nDUMP_SAVE=0\n' > "$work/config"
device "$sample" 4096; rm -rf "$D"; BROKEN=1 stand_in
is "$? $(state "$sample")" '2 device' 'DUMP_SAVE=0: without an analysis the device keeps the dump'
rm -rf "$D"; stand_in
is "$? $(ls "$D/0" | xargs) $(cat "$D/bounds")" '0 analysis.0 checksum.0 kerntypes.0 map.0 1' 'DUMP_SAVE=0: the analysis only'
printf 'DUMP_MIN_FREE=0\n' > "$work/config"

# --- pipes ---
device "$sample" 8192
"$B/lkcd-save" -d "$dev" -o - | cmp - "$sample"
is "${PIPESTATUS[*]} $(state "$sample" 2)" '0 0 device' '-o -: the image, and the device keeps it'
"$B/lkcd-save" -d "$dev" -o - --clear 2> "$work/said" | head -c 10 > /dev/null
is "${PIPESTATUS[0]} $(cat "$work/said") $(state "$sample" 2)" '2 lkcd-save: the reader of the output is gone device' 'a reader that goes away: nothing is cleared'
"$B/lkcd-save" -d "$dev" -o - --clear | "$B/lkcd-compress" -c gzip > "$work/packed"
is "${PIPESTATUS[*]} $(state "$sample" 2) $("$B/lkcd-compress" -c gzip "$sample" | cmp - "$work/packed")" '0 0 LOST ' '--clear: only then it is cleared'

# --- in use as swap ---
mkdir -p "$work/root/proc"; printf 'Filename Type Size\n%s file 1 0 -2\n' "$dev" > "$work/root/proc/swaps"
device "$sample" 4096; rm -rf "$D"
ln -s / "$work/root/tree" 2> /dev/null
mkdir -p "$work/root$work"; ln "$dev" "$work/root$dev"
save --root "$work/root"
is "$? $(grep -c 'in use as swap' "$work/said") $(state "$sample")" '2 1 device' 'a device that is swapped to is not written to'
echo "1..$n"
