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

# What nm says of all objects: "SOURCE TYPE NAME"
for folder in $folders; do
	sources "$folder"
done | sed "s|.*|$B/&.o|" | xargs nm -A | sed "s|^$B/||; s|\.o:| |" | awk '{ print $1, $(NF - 1), $NF }' >"$work/symbols"

# Arrows, "SOURCE SOURCE NAME": the first calls NAME of the second.
awk '$2 ~ /[A-TV-Z]/ && $3 != "main" { of[$3] = $1 } { line[NR] = $0 } END {
	for (i = 1; i <= NR; i++) { split(line[i], at, " "); if (at[2] == "U" && at[3] in of) print at[1], of[at[3]], at[3] } }' \
	"$work/symbols" >"$work/calls"

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

# foo-bar.c gives others functions foo or foo_* only; a plural's can be the singular's. In a room, the room's name may stand before or
# instead. "SOURCE: NAME".
wrong_exports()
{
	awk -v folder="$1" '
		{ room = $1; sub("/[^/]*$", "", room) }
		room == folder && $2 == "T" && $3 != "main" {
			name = $1; sub(".*/", "", name); sub("-.*", "", name); sub("s$", "", name); sub(".*/", "", room)
			if ($3 !~ "^" name "s?(_|$)" && $3 !~ "^" room "_") print $1 ": " $3
		}' "$work/symbols"
}

# Variables of all folders: "SOURCE: NAME". What only the loader fills in (.data.rel.ro) is const in the source.
find_variables()
{
	for folder in $folders; do
		sources "$folder"
	done | sed "s|.*|$B/&.o|" | xargs nm -A -f sysv | sed "s|^$B/||" | awk -F '|' '
		$7 ~ /\.(data|bss|tdata|tbss)|COM/ && $7 !~ /\.data\.rel\.ro/ { sub(/ +$/, "", $1); sub(/\.o:/, ": ", $1); print $1 }'
}

variables()
{
	awk -v folder="$1" '{ room = $1; sub("/[^/]*$", "", room) } room == folder' "$work/variables"
}

find_variables >"$work/variables"
is 'nm shows objects and their calls' 1 "$(($(wc -l <"$work/symbols") > 2000 && $(wc -l <"$work/calls") > 500))"
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
