# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests in this folder: TAP, a file that stands for a swap partition, and dumps on it.
# shellcheck shell=bash disable=SC2034
B=${B:-build}
B=$(cd "$B" && pwd) || exit 1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
sample=$here/../sample/dump.lkcd
mkdump=$here/../mk/mkdump
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export LC_ALL=C
dev=$work/dev D=$work/D
n=0
is() { # GOT WANTED NAME
	n=$((n + 1))
	if [ "$1" = "$2" ]; then echo "ok $n - $3"; else echo "not ok $n - $3"; printf '%s\n' "# got '$1'" "# wanted '$2'"; fi
}
skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }

# device IMAGE OFFSET [MIB]: what swap held before (noise that is no record), swap's own first page, and a dump
device()
{
	rm -f "$dev"
	perl -e 'srand 5; my $p = join "", map { chr(97 + rand 26) } 1 .. 1 << 20; print $p for 1 .. $ARGV[0]' "${3:-16}" > "$dev"
	dd if=/dev/zero of="$dev" bs=4096 count=1 conv=notrunc status=none
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
