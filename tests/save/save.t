#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lkcd-save on files that stand for devices: every offset and version, swap kept, damage, several dumps, room, rotation, pipes.
. tests/save/device.sh

# --- every documented offset ---
for offset in 4096 8192 16384 32768 65536; do
	device "$sample" $offset
	head -c 4096 "$dev" > "$work/swap"
	rm -rf "$D"
	save
	is "offset $offset: the image, to the byte" "0 same 1 0" "$? $(cmp -s "$sample" "$D/0/dump.0" && echo same) $(cat "$D/bounds") $(cat "$work/said" | grep -c 'not installed')"
	is "offset $offset: nothing else" "./0 ./0/checksum.0 ./0/dump.0 ./bounds" "$(cd "$D" && find . -mindepth 1 ! -name 'analysis.*' ! -name 'map.*' ! -name 'kerntypes.*' | sort | xargs)"
	is "offset $offset: swap's header is kept" kept "$(head -c 4096 "$dev" | cmp - "$work/swap" && echo kept)"
	save -v
	is "offset $offset: there is none any more" "3 lkcd-save: $dev: there is no dump" "$? $(cat "$work/said")"
done
if command -v blkid > /dev/null; then
	is 'blkid still sees swap' swap "$(blkid -p -s TYPE -o value "$dev")"
else
	skip 'blkid still sees swap' 'it is not installed'
fi
is 'sha256sum takes the checksums' 1 "$(cd "$D/0" && sha256sum -c --quiet checksum.0 && grep -c ' dump\.0$' checksum.0)"
save; is 'no dump: silence' '3 ' "$? $(cat "$work/said")"
is 'memory is private' '700 700 600' "$(stat -c '%a' "$D" "$D/0" "$D/0/dump.0" | xargs)"

# --- versions, both byte orders, what stands behind the end ---
for version in 1 2 3 5 7 8 9; do
	for order in little big; do
		[ $version = 1 ] && [ $order = big ] && continue
		codec=rle
		[ $version -ge 5 ] && codec=gzip
		printf 'format lkcd\nversion %s\nendian %s\nmachine %s\ncompress %s\npanic boom\n@0x0 raw noise 1 count=20\n@0x20000 compress runs 3 count=4\nend\n' \
			$version $order "$([ $order = big ] && echo ppc64 || echo x86_64)" $codec > "$work/recipe"
		make_image "$work/image" < "$work/recipe"
		device "$work/image" 65536
		rm -rf "$D"
		save
		is "version $version, $order: cut where it ends" '0 ' "$? $(cmp "$work/image" "$D/0/dump.0" 2>&1)"
	done
done

# --- damage ---
head -c 3000000 "$sample" > "$work/cut"
device "$work/cut" 4096
truncate -s $((4096 + 3000000)) "$dev"
rm -rf "$D"; save
is 'cut off at the device'"'"'s end: saved, and marked' '1  1' "$? $(cmp "$work/cut" "$D/0/dump.0" 2>&1) $(wc -l < "$D/0/dump.0.incomplete")"
device "$work/cut" 4096
rm -rf "$D"; save
is 'cut off with old bytes behind: saved' '1 same' "$? $(head -c 2900000 "$D/0/dump.0" | cmp - <(head -c 2900000 "$work/cut") && echo same)"
is 'within the device' 1 "$(("$(stat -c %s "$D/0/dump.0")" <= 16 << 20))"
save; is 'and cleared' 3 "$?"
cp "$sample" "$work/bad"; printf xxxx | dd of="$work/bad" bs=1 seek=2000000 conv=notrunc status=none
device "$work/bad" 4096
rm -rf "$D"; save
is 'a damaged record: saved as it is, and named' '1  1' "$? $(cmp "$work/bad" "$D/0/dump.0" 2>&1) $(grep -c CRC32C "$D/0/dump.0.incomplete")"

printf 'format lkcd\nversion 8\nmachine x86_64\ncompress gzip\n@0x0 compress words 1\n@0x1000 compress words 2\nend\n' | make_image "$work/old"
printf '\377\377\377\377' | dd of="$work/old" bs=1 seek=$((65536 + 40)) conv=notrunc status=none
device "$work/old" 4096
rm -rf "$D"; save
is 'a page that does not decompress: saved as it is, and named with its place on the device' \
	'1  page 0x0 at 0x11000: it does not decompress with gzip' "$? $(cmp "$work/old" "$D/0/dump.0" 2>&1) $(cat "$D/0/dump.0.incomplete")"

# --- several, -n, again ---
small() { printf 'format lkcd\nversion 8\nmachine x86_64\ntime %s 0\n@0x0 raw noise %s count=%s\nend\n' "$1" "$1" "$2" | make_image "$work/small.$1"; }
small 5 2; small 9 1
device "$work/small.5" 65536
dd if="$work/small.9" of="$dev" bs=4096 seek=1 conv=notrunc,sparse count=17 status=none # its page lies where the other's header ends
dd if="$work/small.5" of="$dev" bs=4096 seek=16 count=1 conv=notrunc status=none
rm -rf "$D"; save
is 'two dumps that lie over each other: both are saved, the newer first' '1 1 0 1 bounds' "$? $(cmp "$D/0/dump.0" "$work/small.9" 2>&1 | wc -l) $(ls "$D" | xargs)"
save; is 'and both are cleared' 3 "$?"
device "$sample" 65536 24
rm -rf "$D"; save -n
is '-n leaves it on the device' '0 device folder' "$? $(state "$sample" 16)"
save; is 'what was saved before is not saved twice, but cleared' '0 folder 0 bounds' "$? $(state "$sample" 16) $(ls "$D" | xargs)"
printf 'junk\n' > "$D/bounds"; mkdir "$D/1"; echo mine > "$D/1/note"
device "$work/small.5" 4096; save
is 'bounds that is no number: nothing is overwritten' '0 mine 0 1 2 bounds' "$? $(cat "$D/1/note") $(ls "$D" | xargs)"
is 'and set right' 3 "$(cat "$D/bounds")"
(exec 9< "$D"; flock 9; device "$sample" 4096; save; echo $? > "$work/status")
is 'one save at a time' "2 lkcd-save: another lkcd-save is running in $D" "$(cat "$work/status" "$work/said" | xargs)"

# --- room and number ---
printf 'DUMP_MIN_FREE=900T\n' > "$work/config"
device "$sample" 4096; rm -rf "$D"; save
is 'too little room: said before anything is written' '2 device 1' "$? $(state "$sample") $(grep -c 'must stay free' "$work/said")"
is 'and nothing is' '' "$(ls -A "$D" | xargs)"
printf 'DUMP_MIN_FREE=0\nDUMP_KEEP=1\n' > "$work/config"
save; cp "$D/0/dump.0" "$work/first"
"$B/lkcd-compress" -c none -o "$work/other" "$sample"
device "$work/other" 4096 120; save
is 'DUMP_KEEP: it stops' '2 0 bounds' "$? $(ls "$D" | xargs)"
echo mine > "$D/0/mine"
printf 'DUMP_MIN_FREE=0\nDUMP_KEEP=1\nDUMP_ROTATE=1\n' > "$work/config"
save
is 'DUMP_ROTATE: the oldest goes when the new one is safe, but what others put there' '0 mine dump.1' "$? $(ls "$D/0") $(ls "$D/1" | grep dump)"
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
is 'companions' '0 analysis.0 checksum.0 dump.0 kerntypes.0 map.0' "$? $(ls "$D/0" | xargs)"
is 'made of the saved dump, with their checksums' "of $D/0/dump.0 4" "$(cat "$D/0/analysis.0") $(cd "$D/0" && sha256sum -c --quiet checksum.0 && wc -l < checksum.0)"
device "$sample" 4096; rm -rf "$D"; BROKEN=1 stand_in
is 'an analysis that fails endangers nothing' '0 folder' "$? $(state "$sample")"
printf 'DUMP_MIN_FREE=0\nDUMP_SAVE=0\n' > "$work/config"
device "$sample" 4096; rm -rf "$D"; BROKEN=1 stand_in
is 'DUMP_SAVE=0: without an analysis the device keeps the dump' '2 device' "$? $(state "$sample")"
rm -rf "$D"; stand_in
is 'DUMP_SAVE=0: the analysis only' '0 analysis.0 checksum.0 kerntypes.0 map.0 1' "$? $(ls "$D/0" | xargs) $(cat "$D/bounds")"
printf 'DUMP_MIN_FREE=0\n' > "$work/config"

# --- pipes ---
device "$sample" 8192
"$B/lkcd-save" -d "$dev" -o - | cmp - "$sample"
is '-o -: the image, and the device keeps it' '0 0 device' "${PIPESTATUS[*]} $(state "$sample" 2)"
"$B/lkcd-save" -d "$dev" -o - --clear 2> "$work/said" | head -c 10 > /dev/null
is 'a reader that goes away: nothing is cleared' '2 lkcd-save: the reader of the output is gone device' "${PIPESTATUS[0]} $(cat "$work/said") $(state "$sample" 2)"
"$B/lkcd-save" -d "$dev" -o - --clear | "$B/lkcd-compress" -c gzip > "$work/packed"
is '--clear: only then it is cleared' '0 0 LOST ' "${PIPESTATUS[*]} $(state "$sample" 2) $("$B/lkcd-compress" -c gzip "$sample" | cmp - "$work/packed")"

# --- in use as swap ---
mkdir -p "$work/root/proc"; printf 'Filename Type Size\n%s file 1 0 -2\n' "$dev" > "$work/root/proc/swaps"
device "$sample" 4096; rm -rf "$D"
ln -s / "$work/root/tree" 2> /dev/null
mkdir -p "$work/root$work"; ln "$dev" "$work/root$dev"
save --root "$work/root"
is 'a device that is swapped to is not written to' '2 1 device' "$? $(grep -c 'in use as swap' "$work/said") $(state "$sample")"
done_testing
