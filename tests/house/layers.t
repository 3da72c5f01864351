#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Dependencies point one way, as HACKING says: in what objects call, and in what files include. And nothing of ours is a variable
# that outlives a call.
. tests/house/tap.sh
command -v nm >/dev/null || skip_all 'nm is not installed'

folders=$(sed -n 's/^FOLDERS = //p' Makefile)

# What each folder may use beside itself.
declare -A may=(
	[dump]=''
	[compress]='dump'
	[analyze]='dump'
	[convert]='dump compress'
	[verify]='dump compress convert'
	[cli]=''
)

# A main puts together what it needs from everywhere, and these are parts of mains.
main_parts=' convert/convert convert/input convert/facts verify/tell '

# Who prints faults has to know their sentences: all that cli may use of another folder.
cli_may=' fault_sentence fault_status '

# sources FOLDER: its files without their .c, where this build has an object of them.
sources()
{
	local source
	for source in "$1"/*.c; do
		[ -e "$B/${source%.c}.o" ] && echo "${source%.c}"
	done
}

# allowed SOURCE: the folders that it may use, with spaces around.
allowed()
{
	local folder=${1%%/*} more=''
	[[ $main_parts == *" $1 "* || " $tools " == *" ${1##*/} "* ]] && more=$folders
	echo " $folder ${may[$folder]} $more "
}

# "NAME FOLDER" of everything that an object of ours gives to others
for folder in $folders; do
	for source in $(sources "$folder"); do
		nm -g --defined-only "$B/$source.o" | awk -v folder="$folder" 'NF == 3 && $3 != "main" { print $3, folder }'
	done
done >"$work/names"

# Names of folders that a source may not use: "SOURCE: NAME of FOLDER".
wrong_names()
{
	local source
	for source in $(sources "$1"); do
		nm -u "$B/$source.o" | awk -v source="$source" -v allowed="$(allowed "$source")" \
			-v more="$([ "$1" = cli ] && echo "$cli_may")" '
			NR == FNR { of[$1] = $2; next }
			($2 in of) && !index(allowed, " " of[$2] " ") && !index(more, " " $2 " ") { print source ": " $2 " of " of[$2] }
		' "$work/names" -
	done
}

# Files of folders that a file may not include: "FILE: FILE".
wrong_includes()
{
	local file
	for file in "$1"/*.[ch]; do
		sed -nE 's/^#include "(.*)"/\1/p' "$file" | awk -F / -v file="$file" -v allowed="$(allowed "${file%.[ch]}")lkcd " \
			'!index(allowed, " " $1 " ") { print file ": " $0 }'
	done
}

# foo-bar.c gives others functions foo or foo_* only; a plural's can be the singular's. "SOURCE: NAME".
wrong_exports()
{
	local source name prefix
	for source in $(sources "$1"); do
		name=${source##*/}
		prefix=${name%%-*}
		nm -g --defined-only "$B/$source.o" | awk -v source="$source" -v prefix="${prefix%s}" \
			'$2 == "T" && $3 != "main" && $3 !~ "^" prefix "s?(_|$)" { print source ": " $3 }'
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
	is "$folder: every source has its object" "$(printf '%s\n' "$folder"/*.c | grep -vE '/(gzip|gzip-zlib|lzo|snappy)\.c$')" \
		"$(sources "$folder" | sed 's/$/.c/' | grep -vE '/(gzip|gzip-zlib|lzo|snappy)\.c$')"
	is "$folder uses only what is below it" '' "$(wrong_names "$folder")"
	is "$folder includes only what is below it" '' "$(wrong_includes "$folder")"
	is "$folder: files export only what has their name" '' "$(wrong_exports "$folder")"
	if [ -n "${LKCD_SANITIZED:-}" ]; then
		skip "$folder has no variables" 'sanitizers add their own'
	else
		is "$folder has no variables" '' "$(variables "$folder")"
	fi
done
is 'include uses nothing but itself' '' "$(grep -H '^#include "' include/lkcd/*.h | grep -v ':#include "lkcd/')"
done_testing
