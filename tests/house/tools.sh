# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by tests of all tools: their list is that of the Makefile, without lkcd-bundle where libarchive is missing.
# shellcheck shell=bash disable=SC2034
. tests/tap.sh

tools=$(sed -n 's/^TOOLS = //p' Makefile)
[ -x "$B/lkcd-bundle" ] || tools=${tools/lkcd-bundle /}

# Does a tool take a dump as its input, with the options that all of these have?
reads_dumps()
{
	"$B/$1" --help | grep -q -e ' --base='
}

# The manual of a tool, whichever section it is in.
manual()
{
	ls man/"$1".[18]
}
