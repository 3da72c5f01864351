#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests in this folder: TAP, and the tools that the Makefile lists.

B=${B:-build}
B=$(cd "$B" && pwd) || exit 1
count=0
tools=$(sed -n 's/^TOOLS = //p' Makefile)

# Does a tool take a dump as its input, with the options that all of these have?
reads_dumps()
{
	"$B/$1" --help | grep -q -e ' --base='
}

skip_all()
{
	echo "1..0 # SKIP $1"
	exit 0
}

# is NAME EXPECTED GOT: passes when the two are the same; shows how they differ when not.
is()
{
	count=$((count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") | sed 's/^</# expected:/; s/^>/# got:     /; s/^[^#]/# &/'
	fi
}

skip()
{
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

done_testing()
{
	echo "1..$count"
}

# shellcheck disable=SC2034 # what is set here is for the tests
# Run a command: its output goes to out, what it says to err, its exit status to status.
run()
{
	out=$("$@" 2>"$work/err" </dev/null)
	status=$?
	err=$(<"$work/err")
}

# The manual of a tool, whichever section it is in.
manual()
{
	ls man/"$1".[18]
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
for tool in $tools; do
	[ -x "$B/$tool" ] || skip_all "$tool is not built"
done
