#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lkcd-compress: versions and codecs, pages that are cut out and unpacked by other tools, damage, full disks, readers that go away.
set -u
B=${B:-build}
here=$(dirname "$0")
sample=$here/../sample/dump.lkcd
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
is() { # GOT WANTED NAME
	n=$((n + 1))
	if [ "$1" = "$2" ]; then echo "ok $n - $3"; else echo "not ok $n - $3"; echo "# got '$1', wanted '$2'"; fi
}
same() { cmp -s "$1" "$2" && echo same || echo different; }
fact() { "$B/lkcd-info" --json "$1" 2> /dev/null | perl -MJSON::PP -0e 'print JSON::PP->new->decode(<STDIN>)->{$ARGV[0]} // "none"' "$2"; }
export LC_ALL=C

"$B/lkcd2elf" "$sample" "$work/elf"

# --- versions and codecs ---
for case in none:11 rle:11 gzip:11 zstd:11; do
	codec=${case%:*}
	"$B/lkcd-compress" -c $codec -o "$work/$codec" "$sample"
	is "$? $(fact "$work/$codec" version) $(fact "$work/$codec" codec)" "0 ${case#*:} $codec" "version 11 to $codec"
	"$B/lkcd2elf" "$work/$codec" "$work/back"
	is "$(same "$work/back" "$work/elf")" same "the same ELF file out of $codec"
done
"$B/lkcd-convert" -f lkcd9 -c none -o "$work/nine" "$sample"
for case in none:9 rle:9 gzip:9 zstd:11; do
	codec=${case%:*}
	"$B/lkcd-compress" -c $codec "$work/nine" > "$work/nine.$codec"
	is "$? $(fact "$work/nine.$codec" version) $(fact "$work/nine.$codec" codec)" "0 ${case#*:} $codec" "version 9 to $codec"
done
"$B/lkcd-compress" < "$work/nine" | cmp -s - "$work/nine.zstd"
is "$?" 0 "zstd is the default, and a pipe gives what a file gives"
"$B/lkcd-compress" -f lkcd -c gzip -o "$work/forced" "$work/nine"
is "$(fact "$work/forced" version)" 11 "-f lkcd makes version 11 of version 9"
"$B/lkcd-compress" -c gzip "$work/nine.rle" | cmp -s - "$work/nine.gzip"
is "$?" 0 "rle to gzip is what none to gzip is"

# --- single pages, cut out by offset, and other people's tools ---
cat > "$work/cut.pl" <<'P'
# IMAGE FLAGS: the data of the first packed record of version 11 that holds 16 pages, and what must come out of it, to files
my ($image, $plain, $packed, $page) = @ARGV;
my %at;
open my $f, '<:raw', $image or die; local $/; my $d = <$f>;
open my $g, '<:raw', $plain or die; my $p = <$g>;
my ($o, $q) = map { unpack 'Q<', substr $_, 734, 8 } $d, $p;
while (1) { # plain records: by address
	my ($a, $s, $fl) = unpack 'Q< L< L<', substr $p, $q, 16;
	last if $fl & 4;
	$at{$a} = [ $q + 16, $s ] if $fl & 1;
	$q += 20 + $s;
}
while (1) {
	my ($a, $s, $fl) = unpack 'Q< L< L<', substr $d, $o, 16;
	die "none found" if $fl & 4;
	if ($fl & 2 && $fl >> 16 == 15) {
		open my $x, '>:raw', $packed or die; print $x substr $d, $o + 16, $s;
		open my $y, '>:raw', $page or die; print $y substr $p, $at{$a}[0], $at{$a}[1];
		exit;
	}
	$o += 20 + $s;
}
P
perl "$work/cut.pl" "$work/gzip" "$work/none" "$work/piece" "$work/plain"
perl -MCompress::Zlib -0777 -ne 'print uncompress($_)' "$work/piece" > "$work/unpacked"
is "$(same "$work/unpacked" "$work/plain")" same "a GZIP record is a zlib stream to zlib"
if command -v zstd > /dev/null; then
	perl "$work/cut.pl" "$work/zstd" "$work/none" "$work/piece" "$work/plain"
	zstd -q -d -c < "$work/piece" > "$work/unpacked"
	is "$(same "$work/unpacked" "$work/plain")" same "a ZSTD record is a frame to zstd -d"
else
	n=$((n + 1)); echo "ok $n # SKIP zstd is not installed"
fi

# --- what is not taken ---
"$B/lkcd-compress" -o "$work/no" "$work/elf" 2> "$work/said"
is "$? $(cat "$work/said")" "2 lkcd-compress: $work/elf: is not an LKCD image: lkcd-convert takes other dumps" "an ELF file"
"$B/lkcd-compress" -f lkcd9 -c zstd "$sample" 2> "$work/said" > /dev/null
is "$? $(head -n 1 "$work/said")" "2 lkcd-compress: format lkcd9 cannot be packed with 'zstd', only none, gzip, rle" "zstd in version 9"

"$B/lkcd-compress" --archive -f lkcd9 "$sample" 2> "$work/said" > /dev/null
is "$? $(head -n 1 "$work/said")" "2 lkcd-compress: format lkcd9 cannot be packed with 'zstd', only none, gzip, rle" "--archive in version 9"
"$B/lkcd-compress" --base 0 "$sample" 2> "$work/said" > /dev/null
is "$? $(head -n 1 "$work/said")" "2 lkcd-compress: unknown or ambiguous option --base" "no plain memory"

# --- for years: of 2 MiB, for it takes its time ---
head -c 2M "$work/elf" | "$B/lkcd-convert" -q --base 0 --machine x86_64 -f lkcd9 -c none -o "$work/few"
"$B/lkcd-compress" -q "$work/few" > "$work/few.zstd"
"$B/lkcd-compress" -q --archive "$work/few" > "$work/archive"
is "$? $(($(stat -c %s "$work/archive") < $(stat -c %s "$work/few.zstd")))" "0 1" "--archive is smaller"
is "$(same <("$B/lkcd-convert" -q -f raw "$work/archive") <("$B/lkcd-convert" -q -f raw "$work/few"))" same "and holds the same"

# --- damage ---
cp "$work/gzip" "$work/bad"
perl -e 'open my $f, "+<:raw", $ARGV[0] or die; seek $f, 3_000_000, 0; read $f, my $c, 1; seek $f, -1, 1; print $f chr(ord($c) ^ 4)' "$work/bad"
timeout 60 "$B/lkcd-compress" -o "$work/no" "$work/bad" 2> "$work/said"
is "$? $(ls "$work/no" 2>/dev/null) $(wc -l < "$work/said")" "1  2" "damage ends it with status 1 and no output"
is "$(grep -c 'the record is damaged (its CRC32C does not hold)' "$work/said")" 1 "and says which record"
timeout 60 "$B/lkcd-compress" --keep-going -o "$work/rest" "$work/bad" 2> "$work/said"
is "$? $(fact "$work/rest" pages_lost)" "1 $(($(fact "$work/gzip" pages) - $(fact "$work/rest" pages)))" "--keep-going leaves out what is damaged, and counts it"
is "$(fact "$work/rest" whole)" 0 "the result says that it is not whole"

# --- outputs that fail ---
timeout 60 "$B/lkcd-compress" -o /dev/full "$work/none" 2> "$work/said"
is "$? $(wc -l < "$work/said")" "2 1" "a full device"
is "$(grep -c 'No space left on device' "$work/said")" 1 "is said to be full"
for threads in 1 3; do
	# shellcheck disable=SC2094 # said is written by one and read after
	{ timeout 60 "$B/lkcd-compress" -T$threads "$work/none" 2> "$work/said"; echo $? > "$work/status"; } | head -c 100000 > /dev/null
	is "$(cat "$work/status") $(cat "$work/said")" "2 lkcd-compress: the reader of the output is gone" "a reader that goes away, -T$threads"
done
mkfifo "$work/pipe"
exec 9<> "$work/pipe" # there is always a writer, so it waits for the rest
"$B/lkcd-compress" -T3 -o "$work/no" < "$work/pipe" 9>&- & running=$!
head -c 30000000 "$work/none" >&9
kill -KILL $running; wait $running 2> /dev/null
is "$? $(ls -A "$work" | grep -c '^\.\?no[.]')$(ls "$work/no" 2> /dev/null)" "137 0" "killed: no half file"
exec 9>&-
mkdir "$work/small"
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=1m tmpfs "$work/small" 2> /dev/null; then
	timeout 60 "$B/lkcd-compress" -T3 -o "$work/small/dump" "$work/none" 2> "$work/said"
	is "$? $(ls -A "$work/small") $(grep -c 'No space left on device' "$work/said")" "2  1" "a full disk: no half file"
	umount "$work/small"
else
	n=$((n + 1)); echo "ok $n # SKIP a file system cannot be mounted here"
fi

# --- a codec that fails inside a thread ---
if [ -n "${LKCD_SANITIZED:-}" ] || ! command -v cc > /dev/null; then
	n=$((n + 1)); echo "ok $n # SKIP sanitized, or no compiler"
	n=$((n + 1)); echo "ok $n # SKIP sanitized, or no compiler"
else
	cat > "$work/fail.c" <<'C'
#include <stddef.h>
static unsigned calls;
size_t ZSTD_decompressDCtx(void *ctx, void *to, size_t room, const void *from, size_t size);
#define _GNU_SOURCE
#include <dlfcn.h>
size_t ZSTD_decompressDCtx(void *ctx, void *to, size_t room, const void *from, size_t size)
{
	size_t (*real)(void *, void *, size_t, const void *, size_t) = dlsym((void *)-1L, "ZSTD_decompressDCtx");

	return __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) % 100 == 0 ? (size_t)-1 : real(ctx, to, room, from, size);
}
void *ZSTD_createCCtx(void);
void *ZSTD_createCCtx(void) { return NULL; }
C
	cc -shared -fPIC -o "$work/fail.so" "$work/fail.c"
	LD_PRELOAD=$work/fail.so timeout 60 "$B/lkcd-compress" -T3 -c gzip -o "$work/no" "$work/zstd" 2> "$work/said"
	is "$? $(ls "$work/no" 2> /dev/null) $(grep -c 'of zstd data do not unpack$' "$work/said" | sed 's/^[1-9].*/some/')" "1  some" "unpacking fails in a thread"
	LD_PRELOAD=$work/fail.so timeout 60 "$B/lkcd-compress" -T3 -c zstd -o "$work/plain11" "$work/none"
	cmp -s <("$B/lkcd2elf" "$work/plain11") "$work/elf"
	is "$?" 0 "packing fails in a thread: the pages are stored plain"
fi
echo "1..$n"
