#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A function's name says what it does and is used once, so that a search for it finds one thing.
. tests/tap.sh
command -v perl >/dev/null || skip_all 'perl is not installed'

# "NAME FILE" of every function that is defined: a line that starts with its type, and "{" by itself after its parameters.
functions()
{
	# shellcheck disable=SC2016 # Perl's variables
	perl -0777 -ne 'while (/^[a-z][^\n;={}#]*?\b(\w+)\((?:[^;{}()]|\([^;{}()]*\))*\)\n\{/mg) { print "$1 $ARGV\n" }' "$@"
}

folders=$(sed -n 's/^FOLDERS = //p' Makefile)
# shellcheck disable=SC2086 # a list of words
functions $(printf '%s/*.c ' $folders) >"$work/functions"
is 'functions are found' 1 "$(($(wc -l <"$work/functions") > 1000))"
# gzip.c and gzip-zlib.c stand in for each other; a file has variants of a function for different processors
is 'no two functions have one name' '' \
	"$(grep -vE '^main |/gzip-zlib\.c$' "$work/functions" | sort -u | awk '{ files[$1] = files[$1] " " $2; n[$1]++ } END { for (f in n) if (n[f] > 1) print f ":" files[f] }' | sort)"
done_testing
