#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lkcd-compress: versions and codecs, pages that are cut out and unpacked by other tools, damage, full disks, readers that go away.
. tests/tap.sh
set -u
same() { cmp -s "$1" "$2" && echo same || echo different; }
fact() { "$B/lkcd-info" --json "$1" 2> /dev/null | perl -MJSON::PP -0e 'print JSON::PP->new->decode(<STDIN>)->{$ARGV[0]} // "none"' "$2"; }

"$B/lkcd2elf" "$sample" "$work/elf"

# --- versions and codecs ---
for case in none:11 rle:11 gzip:11 zstd:11; do
	codec=${case%:*}
	"$B/lkcd-compress" -c $codec -o "$work/$codec" "$sample"
	is "version 11 to $codec" "0 ${case#*:} $codec" "$? $(fact "$work/$codec" version) $(fact "$work/$codec" codec)"
	"$B/lkcd2elf" "$work/$codec" "$work/back"
	is "the same ELF file out of $codec" same "$(same "$work/back" "$work/elf")"
done
"$B/lkcd-convert" -f lkcd9 -c none -o "$work/nine" "$sample"
for case in none:9 rle:9 gzip:9 zstd:11; do
	codec=${case%:*}
	"$B/lkcd-compress" -c $codec "$work/nine" > "$work/nine.$codec"
	is "version 9 to $codec" "0 ${case#*:} $codec" "$? $(fact "$work/nine.$codec" version) $(fact "$work/nine.$codec" codec)"
done
"$B/lkcd-compress" < "$work/nine" | cmp -s - "$work/nine.zstd"
is "zstd is the default, and a pipe gives what a file gives" 0 "$?"
"$B/lkcd-compress" -f lkcd -c gzip -o "$work/forced" "$work/nine"
is "-f lkcd makes version 11 of version 9" 11 "$(fact "$work/forced" version)"
"$B/lkcd-compress" -c gzip "$work/nine.rle" | cmp -s - "$work/nine.gzip"
is "rle to gzip is what none to gzip is" 0 "$?"

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
is "a GZIP record is a zlib stream to zlib" same "$(same "$work/unpacked" "$work/plain")"
if command -v zstd > /dev/null; then
	perl "$work/cut.pl" "$work/zstd" "$work/none" "$work/piece" "$work/plain"
	zstd -q -d -c < "$work/piece" > "$work/unpacked"
	is "a ZSTD record is a frame to zstd -d" same "$(same "$work/unpacked" "$work/plain")"
else
	skip "a ZSTD record is a frame to zstd -d" "zstd is not installed"
fi

# --- what is not taken ---
"$B/lkcd-compress" -o "$work/no" "$work/elf" 2> "$work/said"
is "an ELF file" "2 lkcd-compress: $work/elf: is not an LKCD image: lkcd-convert reads other formats" "$? $(cat "$work/said")"
"$B/lkcd-compress" -f lkcd9 -c zstd "$sample" 2> "$work/said" > /dev/null
is "zstd in version 9" "2 lkcd-compress: format lkcd9 cannot be compressed with 'zstd', only with none, gzip, rle" "$? $(head -n 1 "$work/said")"

"$B/lkcd-compress" --archive -f lkcd9 "$sample" 2> "$work/said" > /dev/null
is "--archive in version 9" "2 lkcd-compress: format lkcd9 cannot be compressed with 'zstd', only with none, gzip, rle" "$? $(head -n 1 "$work/said")"
"$B/lkcd-compress" --base 0 "$sample" 2> "$work/said" > /dev/null
is "no plain memory" "2 lkcd-compress: unknown or ambiguous option --base" "$? $(head -n 1 "$work/said")"

# --- for years: of 2 MiB, for it takes its time ---
head -c 2M "$work/elf" | "$B/lkcd-convert" -q --base 0 --machine x86_64 -f lkcd9 -c none -o "$work/few"
"$B/lkcd-compress" -q "$work/few" > "$work/few.zstd"
"$B/lkcd-compress" -q --archive "$work/few" > "$work/archive"
is "--archive is smaller" "0 1" "$? $(($(stat -c %s "$work/archive") < $(stat -c %s "$work/few.zstd")))"
is "and holds the same" same "$(same <("$B/lkcd-convert" -q -f raw "$work/archive") <("$B/lkcd-convert" -q -f raw "$work/few"))"

# --- damage ---
cp "$work/gzip" "$work/bad"
flip "$work/bad" 3000000 2
timeout 60 "$B/lkcd-compress" -o "$work/no" "$work/bad" 2> "$work/said"
is "damage ends it with status 1 and no output" "1  2" "$? $(ls "$work/no" 2>/dev/null) $(wc -l < "$work/said")"
is "and says which record" 1 "$(grep -c 'the record is damaged (its CRC32C does not match)' "$work/said")"
timeout 60 "$B/lkcd-compress" --keep-going -o "$work/rest" "$work/bad" 2> "$work/said"
status=$?
is "--keep-going leaves out what is damaged, and counts it" "1 $(($(fact "$work/gzip" pages) - $(fact "$work/rest" pages)))" "$status $(fact "$work/rest" pages_lost)"
is "the result says that it is not whole" 0 "$(fact "$work/rest" whole)"

# --- outputs that fail ---
timeout 60 "$B/lkcd-compress" -o /dev/full "$work/none" 2> "$work/said"
is "a full device" "2 1" "$? $(wc -l < "$work/said")"
is "is said to be full" 1 "$(grep -c 'No space left on device' "$work/said")"
for threads in 1 3; do
	# shellcheck disable=SC2094 # said is written by one and read after
	{ timeout 60 "$B/lkcd-compress" -T$threads "$work/none" 2> "$work/said"; echo $? > "$work/status"; } | head -c 100000 > /dev/null
	is "a reader that goes away, -T$threads" "2 lkcd-compress: the reader of the output is gone" "$(cat "$work/status") $(cat "$work/said")"
done
mkfifo "$work/pipe"
exec 9<> "$work/pipe" # there is always a writer, so it waits for the rest
"$B/lkcd-compress" -T3 -o "$work/no" < "$work/pipe" 9>&- & running=$!
head -c 30000000 "$work/none" >&9
kill -KILL $running; wait $running 2> /dev/null
is "killed: no half file" "137 0" "$? $(ls -A "$work" | grep -c '^\.\?no[.]')$(ls "$work/no" 2> /dev/null)"
exec 9>&-
mkdir "$work/small"
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=1m tmpfs "$work/small" 2> /dev/null; then
	timeout 60 "$B/lkcd-compress" -T3 -o "$work/small/dump" "$work/none" 2> "$work/said"
	is "a full disk: no half file" "2  1" "$? $(ls -A "$work/small") $(grep -c 'No space left on device' "$work/said")"
	umount "$work/small"
else
	skip "a full disk: no half file" "a file system cannot be mounted here"
fi

# --- a codec that fails inside a thread ---
if [ -n "${LKCD_SANITIZED:-}" ] || ! command -v cc > /dev/null; then
	skip "unpacking and packing fail in a thread" "sanitized, or no compiler"
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
	is "unpacking fails in a thread" "1  some" "$? $(ls "$work/no" 2> /dev/null) $(grep -c 'of zstd data do not decompress$' "$work/said" | sed 's/^[1-9].*/some/')"
	LD_PRELOAD=$work/fail.so timeout 60 "$B/lkcd-compress" -T3 -c zstd -o "$work/plain11" "$work/none"
	cmp -s <("$B/lkcd2elf" "$work/plain11") "$work/elf"
	is "packing fails in a thread: the pages are stored plain" 0 "$?"
fi
done_testing
