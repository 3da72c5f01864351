# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the benches: commands measured against each other, run by run, as rows of a Markdown table.
#
# The caller sets runs (how often) and scratch (a folder for what the commands write; emptied before each). Commands are
# strings for bash; they see the variables that the caller exports. before, where it is set, is run before each and not measured.
# shellcheck shell=bash

timer=$(type -P time) || { echo "${0##*/}: the time program is not installed" >&2; exit 2; }

measure_header()
{
	echo "Medians of ${runs:?} runs, taken in turn; a ratio below 1 means that the first one is faster."
	echo
	echo "| what | compared with | wall s | wall s, other | wall ratio | CPU s | CPU s, other | CPU ratio | peak MiB | peak MiB, other |"
	echo "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
}

# Memory that a hypervisor took back costs whoever writes to it first. So much of it is written and given back, for both sides alike.
measure_warm() # FOLDER BYTES
{
	head -c "$2" /dev/zero > "$1/warm"
	rm "$1/warm"
}
export -f measure_warm

# Run a command once, after the command $before, which is not measured, and add "WALL USER SYSTEM PEAK-KIB" to the file.
measure_once()
{
	rm -rf "${scratch:?}"/*
	[ -z "${before:-}" ] || bash -c "$before"
	"$timer" -q -f '%e %U %S %M' -a -o "$1" bash -c "$2" >/dev/null || {
		echo "${0##*/}: failed: $2" >&2
		exit 1
	}
}

# measure NAME COMMAND OTHER-NAME OTHER-COMMAND: one row. Ratios are those of each pair of runs.
measure()
{
	local ours theirs i
	ours=$(mktemp) theirs=$(mktemp)
	for ((i = 0; i < runs; i++)); do
		measure_once "$ours" "$2"
		measure_once "$theirs" "$4"
	done
	perl -e '
		sub median { my @s = sort { $a <=> $b } @_; @s % 2 ? $s[@s / 2] : ($s[@s / 2 - 1] + $s[@s / 2]) / 2 }
		sub runs { open(my $f, "<", $_[0]) or die; map { my @t = split; [$t[0], $t[1] + $t[2], $t[3] / 1024] } <$f> }
		my ($what, $other) = @ARGV[0, 1];
		my @a = runs($ARGV[2]);
		my @b = runs($ARGV[3]);
		my @cells;
		for my $column (0, 1) {
			push @cells, (map { my $side = $_; sprintf("%.2f", median(map { $_->[$column] } @$side)) } \@a, \@b),
				sprintf("%.2f", median(map { $a[$_][$column] / ($b[$_][$column] || 0.01) } 0 .. $#a));
		}
		push @cells, map { my $side = $_; sprintf("%.1f", median(map { $_->[2] } @$side)) } \@a, \@b;
		print "| ", join(" | ", $what, $other, @cells), " |\n"' "$1" "$3" "$ours" "$theirs"
	rm -f "$ours" "$theirs"
}
