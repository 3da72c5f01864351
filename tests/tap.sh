# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by every test in shell, which is run from the top of the tree: `. tests/tap.sh`. Gives it
#
#   is NAME EXPECTED GOT     passes when both are the same, and shows how they differ when not
#   ok NAME COMMAND...       passes when the command succeeds, and shows its output when not
#   skip NAME WHY            a single test that cannot run here
#   skip_all WHY             all of them
#   done_testing             comes last
#   run COMMAND...           sets out, err and status to what the command printed and returned
#   installed PROGRAM        is this program of another project there?
#   real_dump FILE           is this file in the folder of real dumps?
#   need_real_dumps FILE...  skips all where one of these is not
#   need_small_dump      sets small to the dump with a memory map that the tree holds, unpacked, and small_vmlinux to a
#                        vmlinux for it, which is not there without bpftool and gcc
#   make_image FILE          makes an image of the recipe on standard input (tests/mk/mkdump)
#   flip FILE OFFSET BIT     inverts one bit of a file
#   pages READER FILE        a list of the pages in a file
#
# and the variables
#
#   B      the folder of the built tools. The environment names it; else it is build.
#   tree   the top of the tree, and sample the dump that comes with it
#   work   a folder that goes away with the test; TMPDIR is the same, for what the tools themselves put there.
#   real   the folder of real dumps, LKCD_REAL of the environment; empty without it.
#
# MAKEDUMPFILE, CRASH and DRGN are commands that take the place of the system's programs of these names.
# shellcheck shell=bash disable=SC2034,SC2154 # the tests use what is set here

tree=$PWD
B=$(cd "${B:-build}" && pwd) || exit 1
real=${LKCD_REAL:+$(cd "$LKCD_REAL" && pwd)} || exit 1
vmlinux=$real/vmlinux-6.1.0-56-cloud-amd64
sample=$tree/tests/sample/dump.lkcd
work=$(mktemp -d) || exit 1
clean_up()
{
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' HUP INT PIPE TERM # cleans up, too
export TMPDIR=$work LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
tap_count=0

# --- results ---

passed()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

failed()
{
	tap_count=$((tap_count + 1))
	echo "not ok $tap_count - $1"
	return 1
}

is()
{
	[ $# = 3 ] || { failed "is: takes NAME EXPECTED GOT, not $# words: $1"; return; }
	[ "$2" != "$3" ] || { passed "$1"; return; }
	failed "$1"
	diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") | sed 's/^</# expected:/; s/^>/# got:     /; s/^[^#]/# &/'
	return 1
}

ok()
{
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		passed "$name"
	else
		failed "$name"
		printf '%s\n' "$output" | head -n 20 | sed 's/^/# /'
		return 1
	fi
}

skip()
{
	passed "$1 # SKIP $2"
}

skip_all()
{
	echo "1..0 # SKIP $1"
	exit 0
}

done_testing()
{
	echo "1..$tap_count"
}

run()
{
	out=$("$@" 2>"$work/err" </dev/null)
	status=$?
	err=$(<"$work/err")
}

# --- what is here ---

installed()
{
	local command=$1
	case $1 in
	makedumpfile) command=${MAKEDUMPFILE:-$1} ;;
	crash) command=${CRASH:-$1} ;;
	drgn) command=${DRGN:-$1} ;;
	esac
	type -P "${command%% *}" >/dev/null
}

# These run as long as five minutes, after which they hang.
# shellcheck disable=SC2086 # they may be several words
makedumpfile()
{
	timeout 300 ${MAKEDUMPFILE:-makedumpfile} "$@"
}

# shellcheck disable=SC2086
crash()
{
	HOME=$work timeout 300 ${CRASH:-crash} "$@" # no .crashrc
}

# shellcheck disable=SC2086
drgn()
{
	timeout 300 ${DRGN:-drgn} "$@"
}

real_dump()
{
	[ -n "$real" ] && [ -e "$real/$1" ]
}

# why_no_real FILE: says why there is not this one
why_no_real()
{
	[ -n "$real" ] && echo "$real has no $1" || echo "LKCD_REAL names no folder of real dumps"
}

need_real_dumps()
{
	local file
	for file; do
		real_dump "$file" || skip_all "$(why_no_real "$file")"
	done
}

need_small_dump()
{
	env B="$B" "$tree/tests/small/unpack" "$B/small" >&2 || skip_all "the small dump cannot be unpacked"
	small=$B/small/vmcore
	small_vmlinux=$B/small/vmlinux
}

# --- files ---

make_image()
{
	perl "$tree/tests/mk/mkdump" -o "$1" || exit 1
}

flip()
{
	perl -e 'open my $f, "+<:raw", $ARGV[0] or die "$ARGV[0]: $!\n"; seek $f, $ARGV[1], 0; read($f, my $c, 1) == 1 or die "$ARGV[0]: no byte at $ARGV[1]\n";
		seek $f, $ARGV[1], 0; print $f chr(ord($c) ^ 1 << $ARGV[2])' "$@" || exit 1
}

# Prints the name of a list of the file's pages, a line FRAME MD5 each, which is made once while the file stays the same. READER is
# elf or kdumpfile; neither shares code with the tools.
pages()
{
	local list=$work/${2##*/}.$1.pages
	if [ ! "$list" -nt "$2" ]; then
		case $1 in
		elf) "$tree/tests/mk/pages" "$2" ;;
		kdumpfile) (set -o pipefail; "$B/kdumpfile-pages" "$2" | "$tree/tests/readers/hash-pages") ;;
		esac >"$list.new" && [ -s "$list.new" ] || return 1
		mv "$list.new" "$list"
	fi
	echo "$list"
}
