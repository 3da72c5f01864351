#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Dependencies point one way, as HACKING says: in what objects call, and in what files include. No two files use each other, nor do
# more of them in a circle. And nothing of ours is a variable that outlives a call.
. tests/tap.sh
command -v nm >/dev/null || skip_all 'nm is not installed'

folders=$(sed -n 's/^FOLDERS = //p' Makefile)

# What each folder may use beside itself. A new folder gets a line here and one in HACKING.
declare -A may=(
	[dump]=''
	[dump/machine]='dump'
	[compress]='dump'
	[convert]='dump compress convert/lkcd convert/kdump convert/elf convert/memory'
	[convert/lkcd]='dump dump/machine compress'
	[convert/kdump]='dump dump/machine compress convert/lkcd convert/elf'
	[convert/elf]='dump dump/machine convert/memory'
	[convert/memory]='dump'
	[filter]='dump compress'
	[analyze]='dump'
	[verify]='dump compress convert convert/lkcd'
	[save]='dump compress convert/lkcd'
	[cli]='dump'
	[tools]="$folders"
)

# sources FOLDER: its files without their .c, where this build has an object of them.
sources()
{
	local source
	for source in "$1"/*.c; do
		[ -e "$B/${source%.c}.o" ] && echo "${source%.c}"
	done
}

# "NAME SOURCE" of everything that an object of ours gives to others
for folder in $folders; do
	for source in $(sources "$folder"); do
		nm -g --defined-only "$B/$source.o" | awk -v source="$source" 'NF == 3 && $3 != "main" { print $3, source }'
	done
done >"$work/names"

# Arrows, "SOURCE SOURCE NAME": the first calls NAME of the second.
for folder in $folders; do
	for source in $(sources "$folder"); do
		nm -u "$B/$source.o" | awk -v source="$source" 'NR == FNR { of[$1] = $2; next } $2 in of { print source, of[$2], $2 }' \
			"$work/names" -
	done
done >"$work/calls"

# The same for what files include: a header counts as its source.
for folder in $folders; do
	for file in "$folder"/*.[ch]; do
		sed -nE 's/^#include "(.*)\.h"/\1/p' "$file" | awk -v source="${file%.[ch]}" \
			'$1 !~ "^lkcd/" && $1 != source { print source, $1, $1 ".h" }'
	done
done >"$work/includes"

# Arrows out of a folder that it may not have: "SOURCE: NAME of FOLDER".
wrong_arrows()
{
	awk -v folder="$1" -v allowed=" $1 ${may[$1]} " '
		function room(path) { sub("/[^/]*$", "", path); return path }
		room($1) == folder && !index(allowed, " " room($2) " ") { print $1 ": " $3 " of " room($2) }' "$work/calls" "$work/includes"
}

# Circles: a line for each, with the files in it.
circles()
{
	sort -u "$work/calls" "$work/includes" | cut -d ' ' -f 1,2 | tsort 2>&1 >/dev/null | awk '
		/loop:/ { if (line) print line; line = ""; next } { line = line " " $2 } END { if (line) print line }'
}

# foo-bar.c gives others functions foo or foo_* only; a plural's can be the singular's. In a room of convert/, the room's name may
# stand before or instead. "SOURCE: NAME".
wrong_exports()
{
	local source name prefix room
	for source in $(sources "$1"); do
		name=${source##*/}
		prefix=${name%%-*}
		room=${1#convert/}
		nm -g --defined-only "$B/$source.o" | awk -v source="$source" -v prefix="${prefix%s}" -v room="$room" \
			'$2 == "T" && $3 != "main" && $3 !~ "^" prefix "s?(_|$)" && $3 !~ "^" room "_" { print source ": " $3 }'
	done
}

# Variables: "SOURCE: NAME". What only the loader fills in (.data.rel.ro) is const in the source.
variables()
{
	local source
	for source in $(sources "$1"); do
		nm -f sysv "$B/$source.o" | awk -F '|' -v source="$source" '
			$7 ~ /\.(data|bss|tdata|tbss)|COM/ && $7 !~ /\.data\.rel\.ro/ { sub(/ +$/, "", $1); print source ": " $1 }'
	done
}

for folder in $folders; do
	is "$folder: HACKING and this test say what it may use" 1 "${may[$folder]+1}$(grep -q "^    $folder/" HACKING || echo ', no')"
	is "$folder: every source has its object" \
		"$(printf '%s\n' "$folder"/*.c | grep -vE '/(gzip|gzip-zlib|lzo|snappy|bundle|lkcd-bundle)\.c$')" \
		"$(sources "$folder" | sed 's/$/.c/' | grep -vE '/(gzip|gzip-zlib|lzo|snappy|bundle|lkcd-bundle)\.c$')"
	is "$folder uses only what is below it" '' "$(wrong_arrows "$folder")"
	is "$folder: files export only what has their name" '' "$(wrong_exports "$folder")"
	is "$folder: mains are in tools" '' "$([ "$folder" = tools ] || grep -l '^int main(' "$folder"/*.c)"
	is "$folder: only tools and cli print or exit" '' \
		"$([[ $folder == tools || $folder == cli ]] || grep -nE '\b(printf|puts|putchar|perror)\(|\(std(out|err)\b|, std(out|err)\)|[^_a-z]exit\(|\babort\(' "$folder"/*.c)"
	if [ -n "${LKCD_SANITIZED:-}" ]; then
		skip "$folder has no variables" 'sanitizers add their own'
	else
		is "$folder has no variables" '' "$(variables "$folder")"
	fi
done
is 'no files use each other in a circle' '' "$(circles)"
is 'include uses nothing but itself' '' "$(grep -H '^#include "' include/lkcd/*.h | grep -v ':#include "lkcd/')"
done_testing
