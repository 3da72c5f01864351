#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Damaged images of a real dump, repaired: what lkcd-repair writes verifies as whole but truncated, has lost only the pages of the
# records that were hit, by their hashes, and crash opens it where it opens the damaged image.
. tests/tap.sh
[ -z "${LKCD_SANITIZED:-}" ] || skip_all "slow, and says nothing about memory errors"
need_real_dumps kdump-6.1-kaslr.vmcore
dump=$real/kdump-6.1-kaslr.vmcore
zero=$(head -c 4096 /dev/zero | md5sum | cut -d ' ' -f 1)
opened='PANIC: "Kernel panic'
printf '%s\n' sys 'bt -a' ps log mod quit >"$work/crash.commands"

of_crash()
{
	# shellcheck disable=SC2046 # they are several words
	crash $("$B/lkcd-info" --crash-args "$1") -s -i "$work/crash.commands" "$vmlinux" "$1" </dev/null 2>&1 | grep -v '^ *DUMPFILE: '
}

# A bit flipped in each of so many records of an image, evenly spread, but none of those that crash needs at once: the last half.
# Prints the page frames that these records hold.
hit()
{
	perl -e '
		open my $f, "+<:raw", $ARGV[0] or die;
		my ($version, $count, $at, @all) = ($ARGV[1], $ARGV[2]);
		seek $f, 734, 0; read $f, $_, 8; $at = unpack "Q<";
		for (;;) {
			seek $f, $at, 0; read $f, my $head, 16;
			my ($address, $size, $flags) = unpack "Q<L<L<", $head;
			last if $flags & 4;
			push @all, [ $at, $address / 4096, $version == 11 ? 1 + ($flags >> 16) : 1, $size ] if $size > 64 && $flags & 2; # what is stored plain has no checksum in version 9
			$at += 16 + $size + ($version == 11 ? 4 : 0);
		}
		for my $i (0 .. $count - 1) {
			my ($at, $frame, $pages, $size) = @{ $all[ int(@all / 2 + $i * @all / 2 / $count) ] };
			seek $f, $at + 16 + $size / 2, 0; read $f, my $byte, 1;
			seek $f, $at + 16 + $size / 2, 0; print $f $byte ^ "\x10";
			printf "%x\n", $_ for $frame .. $frame + $pages - 1;
		}' "$@"
}

listing()
{
	"$B/lkcd2elf" -q "$1" "$work/elf" 2>/dev/null
	tests/mk/pages "$work/elf" | grep -v "$zero" | sort
	rm -f "$work/elf"
}

for format in 'lkcd zstd 11' 'lkcd9 gzip 9'; do
	read -r name codec version <<<"$format"
	"$B/lkcd-convert" -q -f "$name" -c "$codec" -o "$work/good" "$dump"
	listing "$work/good" >"$work/good.pages"
	for damage in hit cut; do
		cp "$work/good" "$work/hurt"
		if [ $damage = hit ]; then
			hit "$work/hurt" "$version" 20 | sort >"$work/frames"
			text="$name, 20 records are hit"
		else
			truncate -s -100000 "$work/hurt"
			text="$name, its last 100000 bytes are cut off"
		fi
		"$B/lkcd-repair" -q -o "$work/repaired" "$work/hurt" 2>"$work/said"
		ok "$text: repaired, status 1" [ $? = 1 ]
		"$B/lkcd-verify" --json "$work/repaired" >"$work/json"
		ok "$text: whole but truncated" grep -q '"verdict": "incomplete"' "$work/json"
		ok "$text: nothing else is wrong with it" [ "$(grep -o '"rule": "[a-z]*"' "$work/json")" = '"rule": "incomplete"' ]
		listing "$work/repaired" >"$work/pages"
		ok "$text: no page is another" [ "$(comm -13 "$work/good.pages" "$work/pages" | wc -l)" = 0 ]
		comm -23 "$work/good.pages" "$work/pages" | cut -d ' ' -f 1 | sort >"$work/lost"
		if [ $damage = hit ]; then
			ok "$text: only their pages are lost" [ "$(comm -23 "$work/lost" "$work/frames" | wc -l)" = 0 ]
			ok "$text: and these are" [ "$(wc -l <"$work/lost")" -gt 0 ]
		else
			"$B/lkcd2elf" -q "$work/hurt" "$work/elf" 2>/dev/null
			ok "$text: what stands before is there" [ "$(listing "$work/hurt" | comm -23 - "$work/pages" | wc -l)" = 0 ]
		fi
		[ "$version" = 11 ] && continue # which crash does not read
		if ! installed crash || [ ! -e "$vmlinux" ]; then
			skip "$text: crash" "it is not installed"
		elif of_crash "$work/hurt" >"$work/hurt.crash"; ! grep -q "$opened" "$work/hurt.crash"; then
			skip "$text: crash" "it does not read the damaged image either"
		else
			of_crash "$work/repaired" >"$work/crash"
			ok "$text: crash opens it" grep "$opened" "$work/crash"
		fi
	done
done
done_testing
