#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lkcd-bundle: what goes in comes out, other tools read it, and what was changed is found.
. tests/tap.sh

folder=$work/dump/7
mkdir -p "$folder/folder"
head -c 300000 /dev/urandom >"$folder/dump.7"
echo 'an analysis' >"$folder/analysis.7"
: >"$folder/map.7"
printf '%s  dump.7\n' "$(sha256sum <"$folder/dump.7" | cut -d ' ' -f 1)" >"$folder/dump.7.sha256"
ln -s dump.7 "$folder/link.7"
mkfifo "$folder/fifo.7"
echo hidden >"$folder/.lock"
echo odd >"$folder/odd"$'\n'"name"
echo in >"$folder/folder/file"

bundle=$work/case.tar.zst
run "$B/lkcd-bundle" -o "$bundle" "$folder"
is 'status' "0 lkcd-bundle: $bundle: 4 files of 293 KiB" "$status $err$out"
is 'mode' 600 "$(stat -c %a "$bundle")"
run "$B/lkcd-bundle" -q -o "$bundle" "$folder"
is '-q' '0 ' "$status $err$out"
run "$B/lkcd-bundle" --verify "$bundle"
is '--verify' "0 lkcd-bundle: $bundle: 4 files of 293 KiB: all match the manifest" "$status $err$out"
run bash -c "'$B/lkcd-bundle' '$folder' 2>/dev/null | '$B/lkcd-bundle' --verify -q"
is 'through a pipe' '0 ' "$status $err$out"
is 'a slash at the end: the same name' 'lkcd-7/analysis.7' "$(cd "$folder" && "$B/lkcd-bundle" -q . | tar --zstd -t 2>/dev/null | head -n 1)"

if command -v tar >/dev/null && command -v zstd >/dev/null; then
	mkdir "$work/out"
	tar --zstd -C "$work/out" -xf "$bundle"
	is 'tar: files' 'MANIFEST analysis.7 dump.7 dump.7.sha256 map.7' "$(cd "$work/out/lkcd-7" && echo *)"
	is 'tar: bytes' '' "$(for file in analysis dump map; do cmp "$folder/$file.7" "$work/out/lkcd-7/$file.7"; done 2>&1)"
	is 'sha256sum reads the manifest' 'analysis.7: OK dump.7: OK dump.7.sha256: OK map.7: OK' \
		"$(cd "$work/out/lkcd-7" && sha256sum -c MANIFEST 2>&1 | paste -sd ' ')"
	is 'the manifest has sizes' 300000 "$(grep -B1 'dump.7$' "$work/out/lkcd-7/MANIFEST" | sed -n 's/^# \(.*\) bytes/\1/p')"

	# changed TEXT STATUS SAYS: packs what is in out/lkcd-7 again
	changed()
	{
		tar --zstd -C "$work/out" -cf "$work/changed" lkcd-7
		run "$B/lkcd-bundle" --verify "$work/changed"
		is "$1" "$2 ${3:+lkcd-bundle: $work/changed: $3}" "$status $err"
		rm -rf "$work/out/lkcd-7"
		tar --zstd -C "$work/out" -xf "$bundle"
	}
	changed 'packed again by tar: the same' 0 "4 files of 293 KiB: all match the manifest"
	printf 'X' | dd of="$work/out/lkcd-7/dump.7" bs=1 seek=150000 conv=notrunc status=none
	changed 'one byte' 1 'dump.7: has changed: its SHA-256 differs'
	echo >>"$work/out/lkcd-7/map.7"
	changed 'longer' 1 'map.7: does not have the size in the manifest'
	rm "$work/out/lkcd-7/map.7"
	changed 'missing' 1 'map.7: is in the manifest, but not in the bundle'
	echo more >"$work/out/lkcd-7/more"
	changed 'more' 1 'more: is in the bundle, but not in the manifest'
	rm "$work/out/lkcd-7/MANIFEST"
	changed 'no manifest' 1 'has no manifest: it is not a bundle, or is truncated'
	echo something >"$work/out/lkcd-7/MANIFEST"
	changed 'another manifest' 2 'its manifest is not that of a bundle'
	echo 'abc' >>"$work/out/lkcd-7/MANIFEST"
	changed 'a line that makes no sense' 1 'MANIFEST: a line is invalid'
	head -c 2000000 /dev/zero | tr '\0' '#' >"$work/out/lkcd-7/MANIFEST"
	changed 'a manifest without end' 2 'its manifest is too long'
else
	skip 'tar' 'tar or zstd is not installed'
fi

wrong=''
size=$(stat -c %s "$bundle")
for at in 0 1 3 20 100 1000 $((size / 2)) $((size - 300)) $((size - 10)) $((size - 1)); do
	head -c "$at" "$bundle" >"$work/cut"
	"$B/lkcd-bundle" --verify -q "$work/cut" 2>/dev/null
	status=$?
	[ $status = 1 ] || [ $status = 2 ] || wrong+=" $at:$status"
	[ "$at" -lt 1000 ] || [ $status = 1 ] || wrong+=" $at:$status"
done
is 'cut anywhere: found' '' "$wrong"
wrong=''
for seed in $(seq 30); do
	perl -e 'srand shift; local $/; $_ = <STDIN>; substr($_, 8 + int rand(length() - 8), 1) ^= chr(1 + int rand 255); print' "$seed" \
		<"$bundle" >"$work/mutant"
	"$B/lkcd-bundle" --verify -q "$work/mutant" 2>/dev/null
	[ $? -le 2 ] || wrong+=" $seed"
done
is 'mutated: an end, and a status' '' "$wrong"

run "$B/lkcd-bundle" --no-memory -o "$work/small" "$folder"
is '--no-memory' "0 lkcd-bundle: $work/small: 3 files of 85 bytes, without memory" "$status $err"
is '--no-memory: the dump is not in it' 0 "$(tar --zstd -tf "$work/small" 2>/dev/null | grep -c 'dump.7$')"
run "$B/lkcd-bundle" --verify "$work/small"
is '--no-memory: verifies, and says so' "0 lkcd-bundle: $work/small: 3 files of 85 bytes, without memory: all match the manifest" "$status $err"

# --- what cannot be ---

run "$B/lkcd-bundle"
is 'no folder' 2 "$status"
run "$B/lkcd-bundle" "$folder" "$folder"
is 'two folders' 2 "$status"
run "$B/lkcd-bundle" -o "$work/none" "$work"
is 'a folder without a dump' "2 lkcd-bundle: $work: there is no dump.N in this directory" "$status $err"
is 'nothing is written then' '' "$(ls "$work/none" 2>/dev/null)"
run "$B/lkcd-bundle" -o "$work/none" "$work/nowhere"
is 'no such folder' "2 lkcd-bundle: $work/nowhere: cannot read the directory: No such file or directory" "$status $err"
run "$B/lkcd-bundle" --verify "$folder/analysis.7"
is 'no bundle' 2 "$status"
run "$B/lkcd-bundle" --verify "$work/nowhere"
is 'no such bundle' 2 "$status"
if [ -e /dev/full ]; then
	"$B/lkcd-bundle" "$folder" >/dev/full 2>"$work/err"
	is 'a full disk' '2 1' "$? $(grep -c 'No space left' "$work/err")"
fi
if [ "$(id -u)" != 0 ]; then
	chmod 0 "$folder/map.7"
	run "$B/lkcd-bundle" -o "$work/none" "$folder"
	is 'a file that cannot be read is no small thing' 2 "$status"
fi
done_testing
