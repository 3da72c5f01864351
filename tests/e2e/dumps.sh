# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests in this folder: TAP, the real dumps, a folder to work in, and one listing of pages for each file.
# shellcheck shell=bash

B=${B:-build}
count=0

# ok TEXT COMMAND...: passes when COMMAND succeeds; what it said is shown when it does not
ok()
{
	local text=$1 said
	shift
	count=$((count + 1))
	if said=$("$@" 2>&1); then
		echo "ok $count - $text"
	else
		echo "not ok $count - $text"
		printf '%s\n' "$said" | head -n 20 | sed 's/^/# /'
		return 1
	fi
}

# skip TEXT WHY
skip()
{
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

skip_all()
{
	echo "1..0 # SKIP $1"
	exit 0
}

done_testing()
{
	echo "1..$count"
}

# Set real to the folder of the unpacked dumps; LKCD_REAL names it, or they are unpacked where ../shared has them.
find_real_dumps()
{
	local packed=../shared/vmcores/unpack.sh
	real=${LKCD_REAL:-$B/real}
	[ -n "${LKCD_REAL:-}" ] || [ -x "$packed" ] || skip_all "no real dumps: LKCD_REAL names their folder"
	[ -n "${LKCD_REAL:-}" ] || "$packed" "$real" >&2 || skip_all "the real dumps cannot be unpacked into $real"
	real=$(cd "$real" && pwd)
	# shellcheck disable=SC2034 # for the tests
	vmlinux=$real/vmlinux-6.1.0-56-cloud-amd64
}

# Set work to a folder that goes away with the test. Beside the built tools, for it gets large.
make_work()
{
	work=$(cd "$B" && mktemp -d "$PWD/e2e.XXXXXX") || exit 1
	trap 'rm -rf "$work"' EXIT
	export TMPDIR=$work
}

# What a test starts with that asks debuggers about the real dumps
start_with_debuggers()
{
	[ -z "${LKCD_SANITIZED:-}" ] || skip_all "slow, and says nothing about memory errors"
	find_real_dumps
	make_work
	export HOME=$work # no .crashrc
}

# pages READER FILE: name of a listing of the file's pages (FRAME MD5), made once while the file stays. READER: elf or kdumpfile.
pages()
{
	local listing=$work/${2##*/}.$1.pages
	if [ ! "$listing" -nt "$2" ]; then
		case $1 in
		elf) tests/mk/pages "$2" ;;
		kdumpfile) (set -o pipefail; "$B/kdumpfile-pages" "$2" | tests/readers/hash-pages) ;;
		esac >"$listing.new" || return 1
		mv "$listing.new" "$listing"
	fi
	echo "$listing"
}
