#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every flip and every cut of a dump that has checksums is found, and what was hit is named. FLIPS and CUTS say how many of the
# sample's; 20000 and 2000 take a minute.
set -u
B=${B:-build}
sample=tests/sample/dump.lkcd
flips=${FLIPS:-1000} cuts=${CUTS:-100} every=1
[ -n "${LKCD_SANITIZED:-}" ] && flips=100 cuts=20 every=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
[ -x "$B/tests/verify/mutate" ] || { echo "1..0 # SKIP tests/verify/mutate is not built"; exit 0; }
mutate()
{
	local text=$1 said
	shift
	n=$((n + 1))
	if said=$("$B/tests/verify/mutate" "$@"); then echo "ok $n - $text"; else
		echo "not ok $n - $text"
		printf '%s\n' "$said"
	fi
}

size=$(stat -c %s $sample)
mutate "LKCD 11: $flips flips in the sample" $sample flips "$flips" 1
mutate "LKCD 11: $flips flips in the sample, unpacking" $sample flips "$((flips / 20))" 2
mutate "LKCD 11: $cuts cuts of the sample" $sample cuts "$cuts"
mutate "LKCD 11: its last 100 bytes, every bit" $sample bits $((size - 100)) "$size"

# small images of every format
make_image() { perl tests/mk/mkdump -o "$work/$1"; }
pages='@0x10000 compress pages=16 class=1 fill 1; @0x1000 raw class=2 fill 2; @0x20000 zero pages=40; @0x60000 compress pages=3 fill 3'
notes='note CORE 1 hex 01020304; note VMCOREINFO 0 text "PAGESIZE=4096\n"'
make_image lkcd11 <<<"version 11; compress zstd; $notes; range 0 -1 0x100000; $pages"
make_image lkcd9 <<<"version 9; compress gzip; $notes; range 0 -1 0x100000; @0 compress count=40 words 1"
make_image lkcd9-bare <<<"version 9; compress gzip; @0 compress count=40 words 1"
make_image lkcd8 <<<"version 8; endian big; compress gzip; @0 compress count=40 words 1"
make_image lkcd3 <<<"version 3; bits 32; machine i386; compress rle; @0 raw count=5 noise 1; @0x8000 compress count=20 fill 1"
make_image lkcd1 <<<"version 1; bits 32; machine i386; compress rle; @0 compress count=20 fill 1"
make_image elf <<<"format elf; $notes; load 0x0 0x1000 words 1; load 0x20000 0x2000 words 4"
make_image kdump <<<"format kdump; $notes; @0x0 raw fill 1; @0x1000 zlib count=12 words 2; @0x20000 zstd runs 5"
make_image flat <<<'format kdump; wrap flat; flat_chunk 5000; @0x1000 zlib count=2 words 2; @0x20000 zlib words 5'
start=65536
small=$(stat -c %s "$work/lkcd11")
mutate "LKCD 11: headers and notes, every bit" "$work/lkcd11" bits 0 $((every ? 742 : 60))
notes_at=$(grep -abo LKCD "$work/lkcd11" | head -n 1 | cut -d: -f1)
mutate "LKCD 11: notes, every bit" "$work/lkcd11" bits $((notes_at - 12)) $((notes_at + (every ? 300 : 40)))
mutate "LKCD 11: records, END and trailer, every bit" "$work/lkcd11" bits $start $((every ? small : start + 100))
for image in lkcd11 lkcd9 lkcd8 lkcd3 lkcd1 elf kdump flat; do
	size=$(stat -c %s "$work/$image")
	count=0
	# headers are zero for a long while: all places behind them, and a few inside
	[ "$size" -gt 60000 ] && count=1000
	[ $every = 0 ] && count=100
	mutate "$image: cuts" "$work/$image" cuts $count
done

# LKCD 9: every flip in packed data is found when it is unpacked, but for those with which Adler-32 holds for zlib as
# well (most of these change nothing in the page), and for places in heads of which lkcd-verify(1) says so
for image in lkcd9 lkcd9-bare; do
	UNPACK=1 MISSED=1 "$B/tests/verify/mutate" "$work/$image" bits $start $((start + (every ? 6000 : 300))) >"$work/missed"
	perl -MCompress::Zlib -e '
		open my $f, "<:raw", $ARGV[0]; local $/; my $b = <$f>; my (%head, @data); my $at = 65536;
		while ($at + 16 <= length $b) {
			my ($a, $s, $fl) = unpack "Q<L<L<", substr $b, $at, 16;
			$head{$_} = 1 for $at .. $at + 7, $at + 15;
			push @data, [ $at + 16, $s ];
			last if $fl & 4; $at += 16 + $s;
		}
		sub adler_holds {
			my ($byte, $bit) = @_;
			my ($d) = grep { $byte >= $_->[0] && $byte < $_->[0] + $_->[1] } @data or return 0;
			my $was = substr $b, $d->[0], $d->[1];
			my $is = $was;
			substr($is, $byte - $d->[0], 1) ^= chr(1 << $bit);
			return length(uncompress($is) // "") == 4096;
		}
		open my $m, "<", $ARGV[1]; my $bad = 0;
		for (split /\n/, <$m>) {
			next if !/^missed (\d+)\.(\d)/ || $head{$1} || adler_holds($1, $2);
			print "# missed: $1.$2\n"; $bad++;
		}
		exit $bad > 0' "$work/$image" "$work/missed"
	ok=$?
	n=$((n + 1))
	[ $ok = 0 ] && echo "ok $n - $image: flips in packed data" || echo "not ok $n - $image: flips in packed data"
	grep -c missed "$work/missed" | sed "s/^/# not noticed in heads and padding: /"
done
echo "1..$n"
