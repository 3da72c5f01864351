#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is known of a machine stands in its file in dump/machine: nothing else asks for a machine by its name.
. tests/tap.sh

names=$(sed -n 's/^	\.name = "\(.*\)",$/\1/p' dump/machine/*.c)
pattern=\"\($(echo $names | tr ' ' '|')\)\"

for folder in $(sed -n 's/^FOLDERS = //p' Makefile); do
	[ "$folder" = dump/machine ] || is "$folder: names no machine" '' "$(grep -nE "$pattern" "$folder"/*.[ch])"
done
is 'each machine is in the list' "$(printf '%s\n' $names | sort)" \
	"$(sed -n 's/^	each(\([a-z0-9_]*\)).*/\1/p' dump/machine/machines.c | sort)"
done_testing
