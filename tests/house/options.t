#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Options mean the same in every tool, and the manual, --help and shell completion know the same ones.
. tests/house/tools.sh
version=$(sed -n 's/^VERSION = //p' Makefile)

# The options in a tool's --help, sorted: "-x --name ARGUMENT", with "-" for what is not there. Only --help's table looks like this.
help_options()
{
	"$B/$1" --help | sed -nE 's/^  (-.,|   ) --([a-z-]+)(=(\S+))?( .*)?$/\1 --\2 \4/p' |
		sed -E 's/^ +/- /; s/^(-.),/\1/; s/ $//' | awk '{ print $1, $2, (NF > 2 ? "value" : "-") }' | sort
}

# The same from the manual: items of lists that are options.
manual_options()
{
	sed -nE 's/^\.It (Fl [^\\].*|Fl \\-.*)$/\1/p' "$(manual "$1")" |
		sed -E 's/^Fl \\-/- --/; s/^Fl (.) , Fl \\-/-\1 --/; s/ Ns = Ns .*$/ value/' |
		awk '{ print $1, $2, (NF > 2 ? "value" : "-") }' | sort
}

# Words of the manual's table that starts with a line of the given headings: a row each, without the last column.
manual_table()
{
	awk -v head="$2" 'index($0, head) == 1 { on = 1; next } on && /^\.El/ { exit } on' "man/$1.1"
}

for tool in $tools; do
	run "$B/$tool" --help
	is "$tool --help: status" 0 "$status"
	is "$tool --help: says nothing on stderr" '' "$err"
	is "$tool --help: starts with its usage" "Usage: $tool" "$(head -n 1 <<<"$out" | cut -d ' ' -f 1,2)"
	is "$tool --help: fits 100 columns" '' "$(awk 'length > 100' <<<"$out")"
	if [ -e /dev/full ]; then
		"$B/$tool" --help >/dev/full 2>"$work/err"
		is "$tool --help: a full disk is a failure" '2 1' "$? $(grep -c 'cannot write to standard output' "$work/err")"
	fi

	run "$B/$tool" --version
	is "$tool --version" "0 $tool (lkcdutils) $version" "$status $out$err"

	try="Try '$tool --help'."
	run "$B/$tool" --no-such-option=1
	is "$tool: an unknown long option" "2 $tool: unknown or ambiguous option --no-such-option"$'\n'"$try" "$status $out$err"
	run "$B/$tool" -Xq
	is "$tool: an unknown letter" "2 $tool: unknown option -X"$'\n'"$try" "$status $out$err"
	if reads_dumps "$tool"; then
		run "$B/$tool" --base
		is "$tool: a value that is missing" "2 $tool: option --base needs a value"$'\n'"$try" "$status $out$err"
		run "$B/$tool" --quiet=yes
		is "$tool: a value too many" "2 $tool: option --quiet takes no value"$'\n'"$try" "$status $out$err"
		run "$B/$tool" --base 12Q
		is "$tool: a value that is wrong" "2 $tool: '12Q' is not a physical address"$'\n'"$try" "$status $out$err"
		run "$B/$tool" --machine pdp11
		is "$tool: a machine that is not known" \
			"2 $tool: 'pdp11' is not a known machine (x86_64, aarch64, s390x, ...)"$'\n'"$try" "$status $out$err"
	fi

	options=$(help_options "$tool")
	is "$tool --help has a table" 1 "$((${#options} > 40))"
	is "$tool: --help and the manual have the same options" "$options" "$(manual_options "$tool")"

	run "$B/$tool" --completion=bash
	is "$tool --completion: status" 0 "$status$err"
	is "$tool --completion: bash takes it" '' "$(bash -n <<<"$out" 2>&1)"
	is "$tool --completion: all long options" "$(awk '{ print $2 }' <<<"$options" | sort)" \
		"$(sed -n "s/^complete .* -W \"\(.*\)\" $tool\$/\1/p" <<<"$out" | tr ' ' '\n' | sort)"
	run "$B/$tool" --completion=fish
	is "$tool --completion: another shell" "2 $tool: no completion for fish: only for bash"$'\n'"$try" "$status $out$err"
done

# --- what lkcd-convert writes ---
run "$B/lkcd-convert" -f nothing
formats=$(sed -n "s/^lkcd-convert: cannot write format 'nothing', only //p" <<<"$err")
is 'an unknown format: status' 2 "$status"
is 'formats: the manual has those that can be written' "${formats//, / }" \
	"$(manual_table lkcd-convert '.It Sy Format Ta Sy Codecs' | awk '/^\.It/ { print $3 }' | xargs)"
is 'formats: --help has them too' "$formats" "$("$B/lkcd-convert" --help | tr -s '\n ' ' ' |
	sed -E 's/.*write FORMAT: (.*) -c, --codec.*/\1/; s/ \([^)]*\)//g; s/ *$//')"
for format in ${formats//,/}; do
	run "$B/lkcd-convert" -f "$format" -c nothing
	takes=$(sed -n "s/^lkcd-convert: format $format cannot be compressed with 'nothing', only with //p" <<<"$err")
	row=$(manual_table lkcd-convert '.It Sy Format Ta Sy Codecs' | sed -nE "s/^\.It Cm $format Ta (.*) Ta .*/\1/p")
	is "$format: the manual has its codecs" "$(tr -d , <<<"$takes" | xargs -n 1 | sort)" "$(tr -d , <<<"$row" | xargs -n 1 | sort)"
done
run "$B/lkcd-convert" -c zstd:999
is 'zstd: the manual has its levels' \
	"$(sed -nE "s/^lkcd-convert: level '999' of zstd is not one of (.*)/\1/p" <<<"$err")" \
	"$(manual_table lkcd-convert '.It Sy Codec Ta Sy Levels' | sed -nE 's/^\.It Cm zstd Ta (.*) Ta .*/\1/p')"

# --- what lkcd-info prints ---
make_image "$work/dump" <<<$'version 9\n@0x0 raw fill 1\nend'
is 'lkcd-info --json: the manual has its keys, in their order' \
	"$("$B/lkcd-info" --json "$work/dump" | sed -nE 's/^  "([a-z_]+)":.*/\1/p')" \
	"$(awk '/^\.Ss JSON/ { on = 1 } /^\.Sh/ { on = 0 } on && /^\.It Cm/' man/lkcd-info.1 |
		sed 's/^\.It Cm //' | tr -d ' ' | tr , '\n')"

# --- what lkcd-analyze prints: what lkcd-info does, and more ---
manual_keys()
{
	awk '/^\.S[sh] JSON/ { on = 1; next } /^\.S[sh]/ { on = 0 } on && /^\.It Cm/' "man/$1.1" |
		sed 's/^\.It Cm //' | tr -d ' ' | tr , '\n'
}
is 'lkcd-analyze --json: the two manuals have its keys' \
	"$("$B/lkcd-analyze" --json "$work/dump" | sed -nE 's/^  "([a-z_]+)":.*/\1/p' | sort)" \
	"$({ manual_keys lkcd-analyze; manual_keys lkcd-info | grep -vxE 'notes_made|ranges_made|ranges|origin'; } | sort -u)"

# --- the manual ---
for page in man/*.[1-8]; do
	if command -v mandoc >/dev/null; then
		is "mandoc: $page" '' "$(mandoc -Tlint -W warning "$page" 2>&1 | grep -v 'outdated mandoc.db')"
	else
		skip "mandoc: $page" 'mandoc is not installed'
	fi
done
done_testing
