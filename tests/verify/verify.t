#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lkcd-verify from the outside: what it says, its exit status, folders, JSON, sums beside files, threads and pipes.
. tests/tap.sh
manual=$PWD/man/lkcd-verify.1
verify() { run "$B/lkcd-verify" "$@"; }
make_image "$work/elf" <<<'format elf; note CORE 1 hex 01020304; load 0x0 0x40000 words 1; load 0x100000 0x20000 words 4'
make_image "$work/nine" <<<'version 9; compress gzip; @0 compress count=40 words 1'
make_image "$work/kdump" <<<'format kdump; @0x1000 zlib count=20 words 2; @0x20000 zstd runs 5'
make_image "$work/eleven" <<<'version 11; compress zstd; area good; @0x10000 compress pages=16 class=1 fill 1; @0x20000 compress pages=16 class=1 fill 2; @0x1000 raw class=2 fill 2; @0x60000 compress pages=3 class=3 fill 3'

cd "$work" || exit 1
verify eleven
is 'whole' '0 eleven: whole: 36 pages; every bit is as it was written, and every page decompresses' "$status $out$err"
verify --quick eleven
is 'whole, quickly' '0 eleven: whole: 36 pages; every bit is as it was written' "$status $out$err"
verify -q eleven elf kdump nine
is '-q says nothing of whole dumps' '0 ' "$status $out$err"
out=$("$B/lkcd-verify" <eleven)
is 'standard input' 'standard input: whole: 36 pages; every bit is as it was written, and every page decompresses' "$out"
out=$(cat eleven | "$B/lkcd-verify" -)
is 'standard input, by name' 'standard input: whole: 36 pages; every bit is as it was written, and every page decompresses' "$out"
out=$(cat eleven | "$B/lkcd-verify" --quick)
is 'a pipe' 'standard input: whole: 36 pages; every bit is as it was written' "$out"
one=$("$B/lkcd-verify" -v -T1 "$sample") seven=$("$B/lkcd-verify" -v -T7 "$sample")
is '-T1 and -T7 say the same' "$one" "$seven"

cp eleven hurt
flip hurt 65556 1
for how in '' --quick; do
	verify $how hurt
	is "a record is hit: status $how" 1 "$status"
	is "a record is hit: where $how" 'hurt: pages 0x10000 to 0x1ffff (16) at 0x10000 to ' "$(grep -o '^.*at 0x10000 to ' <<<"$out")"
	is "a record is hit: verdict $how" 'hurt: damaged: 20 pages good, 16 damaged, 0 missing; kernel pages are lost; restore it from a backup, or recover the good pages with lkcd-repair' \
		"$(tail -n 1 <<<"$out")"
done
cp eleven late
flip late $(($(stat -c %s eleven) - 320)) 1
verify -q late
is 'the kernel is whole when a later page is hit' 'the kernel'"'"'s pages are all there' "$(grep -o "the kernel's pages are all there" <<<"$out")"
verify -q hurt late eleven
is '-q: a line for each that is hurt' 2 "$(wc -l <<<"$out")"
head -c 66000 eleven >short
verify short
is 'cut: status' '1 incomplete' "$status $(grep -o ': incomplete: [0-9]* pages good' <<<"$out" | cut -d ' ' -f 2 | tr -d :)"
verify /etc/passwd
is 'no dump' "2 lkcd-verify: /etc/passwd: is not in a known dump format (for raw memory, give its first address: --base ADDRESS)" "$status $out$err"
verify --json eleven hurt
is '--json: an object for each, and jq takes them' '2 whole damaged record' \
	"$(perl -MJSON::PP -0e '@o = JSON::PP->new->incr_parse(<STDIN>); print scalar(@o), " $o[0]{verdict} $o[1]{verdict} $o[1]{findings}[0]{rule}"' <<<"$out")"
verify --json /etc/passwd
is '--json: no dump' '2 unreadable' "$status $(perl -MJSON::PP -0e 'print JSON::PP->new->decode(<STDIN>)->{verdict}' <<<"$out")"

# the manual's two tables say what keys there are, in which order, and of which type
head -c 300 eleven >stub
"$B/lkcd-verify" --json -v eleven hurt short stub /etc/passwd >objects 2>/dev/null
"$B/lkcd-verify" --json late absent >>objects 2>/dev/null
schema()
{
	perl -MJSON::PP -MB -0e '
		my %types;
		my ($table, @keys) = ("");
		open my $man, "<", $ARGV[0] or die; $/ = "\n";
		while (<$man>) {
			$table = "top" if /^\.It Sy Key Ta/; $table = "row" if /^\.It Sy Key of a row Ta/; $table = "" if /^\.El/;
			push @{ $types{$table} }, [ $1, $2 ] if $table && /^\.It Cm (\S+) Ta (\S+(?: or null)?) Ta /;
		}
		sub type_of {
			my ($value) = @_;
			return "null" unless defined $value;
			return "list" if ref $value eq "ARRAY";
			return "bool" if JSON::PP::is_bool($value);
			return B::svref_2object(\$value)->FLAGS & (B::SVf_IOK | B::SVf_NOK) ? "number" : "text";
		}
		sub compare {
			my ($object, $table) = @_;
			my %left = %$object;
			for (@{ $types{$table} }) {
				my ($key, $type) = @$_;
				print "$table: $key is not there\n" unless exists $left{$key};
				my $is = type_of(delete $left{$key});
				print "$table: $key is $is, not $type\n" unless grep { $is eq $_ } split / or /, $type;
			}
			print "$table: $_ is not in the manual\n" for keys %left;
		}
		undef $/;
		my @objects = JSON::PP->new->incr_parse(<STDIN>);
		for my $object (@objects) {
			compare($object, "top");
			compare($_, "row") for @{ $object->{findings} };
		}
		print scalar(@objects), " ", scalar(@{ $types{top} }), " ", scalar(@{ $types{row} }), "\n"' "$@"
}
is '--json is as the manual says' '7 18 8' "$(schema "$manual" <objects)"

# --- many findings are merged, and fit a screen ---
cp nine many
perl -e 'open F, "+<:raw", "many"; seek F, 65536, 0; read F, $b, 1e6; my $at = 0; my $n = 0; while ($at + 16 < length $b) { my ($a, $s, $f) = unpack "Q<L<L<", substr $b, $at, 16; last if $f & 4;
	if ($n++ % 2 or $n < 10) { seek F, 65536 + $at + 16 + $s - 2, 0; print F "\xff\xff" } $at += 16 + $s }'
verify many
is 'a screen of findings at most' 1 "$(($(wc -l <<<"$out") <= 22))"
is 'those side by side are one' 1 "$(grep -c 'many: pages 0x0 to 0x.*: unpack: [0-9]* times' <<<"$out")"
verify -v many
is '-v lists all' 0 "$(grep -c more <<<"$out")"

# --- folders ---
mkdir -p dir/sub
cp eleven dir/dump.0
cp hurt dir/sub/dump.1
echo text >dir/README
: >dir/sub/vmcore
ln -s /nowhere dir/link
verify dir
is 'a folder: status' 2 "$status"
is 'a folder: a line for each dump' 'dir/dump.0: whole dir/sub/dump.1: damaged' "$(cut -d: -f1,2 <<<"$out" | xargs)"
is 'a folder: an empty vmcore is told' 'lkcd-verify: dir/sub/vmcore: is empty' "$err"
rm dir/sub/vmcore
verify -q dir
is 'a folder, -q' '1 dir/sub/dump.1: damaged' "$status $(cut -d: -f1,2 <<<"$out")"

mkdir -p bare/deeper
verify bare
is 'a folder without dumps' '0 lkcd-verify: bare: there is no dump below it' "$status $out$err"
verify -q bare
is 'a folder without dumps, -q' '0 ' "$status $out$err"

# --- sums ---
verify --seal elf kdump
is 'seal' "0 elf.sums kdump.sums" "$status $(ls *.sums | xargs)"
before=$(md5sum <elf)
verify elf kdump
is 'sealed and whole' '0 2' "$status $(grep -c 'every bit is as it was written' <<<"$out")"
missed=
size=$(stat -c %s elf)
for ((i = 0; i < 40; i++)); do
	at=$((i * 9973 * 37 % size))
	flip elf $at $((i % 8))
	verify -q elf
	[ $status = 0 ] && missed+=" $at"
	flip elf $at $((i % 8))
done
is 'sealed ELF: every flip is found' '' "$missed"
is 'sealed ELF: the dump is what it was' "$before" "$(md5sum <elf)"
flip elf 150000 1
verify elf
is "sealed ELF: the piece is named, and its pages" 1 "$(grep -c "pages 0x1f000 to 0x2efff (16) at 0x20000 to 0x2ffff: sum: " <<<"$out")"
flip elf 150000 1
echo >>elf
verify -q elf
is 'sealed: a byte more' 1 "$status"
truncate -s $size elf
flip elf.sums 50 0
verify elf
is 'sums that are damaged' '1 elf: damaged' "$status $(tail -n 1 <<<"$out" | cut -d: -f1,2)"
rm elf.sums
verify --seal hurt
is 'what is hurt is not sealed' '1 lkcd-verify: hurt: was not sealed: it is not whole' "$status $err"
is 'nor are sums left' '' "$(ls hurt.sums 2>/dev/null)"

# --- the manual's rules are those of the program ---
cd - >/dev/null || exit 1
is 'the manual has the rules' "$("$B/lkcd-verify" --rules | sed -E 's/^(\S+) +(\S+) +(.*)/\1 \2 \3/')" \
	"$(sed -nE '/Sy Rule/,/^\.El/s/^\.It Cm (\S+) Ta (\S+) Ta (.*)/\1 \2 \3/p' man/lkcd-verify.1)"
done_testing
