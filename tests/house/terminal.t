#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A dump is neither read from a terminal nor written to one; reports are.
. tests/house/tools.sh
script -qec true /dev/null >/dev/null 2>&1 </dev/null || skip_all 'script (of util-linux) is not installed'
make_image "$work/dump" <<<$'version 9\n@0x0 raw fill 1\nend'

# Run a command on a terminal of its own; what it wrote there goes to out, without the terminal's line ends, its exit status to status.
on_terminal()
{
	out=$(script -qec "$1" /dev/null </dev/null)
	status=$?
	out=${out//$'\r'/}
	out=${out//$'\e[K'/} # clears a line of progress
}

input='standard input: a dump cannot be read from a terminal: name a file, or use a pipe'
output='standard output: a dump is not written to a terminal: use -o FILE, or a pipe'

on_terminal "$B/lkcd-convert $work/dump"
is 'lkcd-convert: output to a terminal' "2 lkcd-convert: $output" "$status $out"
on_terminal "$B/lkcd2elf $work/dump"
is 'lkcd2elf: output to a terminal' "2 lkcd2elf: $output" "$status $out"
on_terminal "$B/lkcd2elf $work/dump -"
is 'lkcd2elf: output to a terminal, named' "2 lkcd2elf: $output" "$status $out"
on_terminal "$B/lkcd-convert -f elf -o /dev/tty $work/dump"
is 'lkcd-convert: output to /dev/tty' "2 lkcd-convert: /dev/tty: ${output#*: }" "$status $out"

for tool in $tools; do
	reads_dumps "$tool" || [ "$tool" = lkcd-compress ] || continue
	on_terminal "$B/$tool > $work/out"
	is "$tool: input from a terminal" "2 $tool: $input" "$status $out"
	is "$tool: no output then" '' "$(cat "$work/out")"
	on_terminal "$B/$tool - > $work/out"
	is "$tool: input from a terminal, named" "2 $tool: $input" "$status $out"
	on_terminal "$B/$tool /dev/tty > $work/out"
	is "$tool: input from /dev/tty" "2 $tool: /dev/tty: ${input#*: }" "$status $out"
done

on_terminal "$B/lkcd-convert -f elf -o $work/elf $work/dump"
is 'lkcd-convert: from a file to a file' 0 "$status"
on_terminal "$B/lkcd-info $work/dump"
is 'lkcd-info: a report goes to a terminal' "0 $("$B/lkcd-info" "$work/dump")" "$status $out"
done_testing
