#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What lkcd-analyze says of dumps, against what makedumpfile, crash, System.map, bpftool and vmlinux itself say.
. tests/tap.sh
panic='Kernel panic - not syncing: sysrq triggered crash'

# Lines of an analysis from "Kernel log:" on
log_of()
{
	sed '1,/^Kernel log:/d' "$1"
}

# Functions of the call trace in an analysis, without what is guessed
trace_of()
{
	sed -n '/^Call trace:/,/^[^ C]/p' "$1" | sed -nE 's/^ +#[0-9]+ \[[0-9a-f]+\] ([^ ?+]+)\+0x.*/\1/p'
}

# A fact: the value behind its name
fact()
{
	sed -n "s/^$2: *//p" "$1"
}

# --- the dump that comes with the tools ---

run "$B/lkcd-analyze" -o "$work/analysis" --root="$work" "$sample"
is 'sample: status' '0 ' "$status $err$out"
is 'sample: what it is' "$panic|2026-11-22T21:00:54Z|0 days, 00:00:17|87347, from the dump|1|yes" "$(for name in Panic Time Uptime Symbols \
	'Panicked CPU' Whole; do fact "$work/analysis" "$name"; done | paste -sd '|')"
is 'sample: the log is what lkcd-info reads' "$("$B/lkcd-info" --log "$sample")" "$(log_of "$work/analysis")"
is 'sample: it has no code, so its trace is made of guesses' 'CPU 1, which panicked: what was found on its stack' "$(fact "$work/analysis" 'Call trace')"
is 'sample: which hold the true ones' 'panic+0x13d/0x2f4 sysrq_handle_crash+0x16/0x20' "$(grep -oE '\? (panic|sysrq_handle_crash)\+.* at' \
	"$work/analysis" | head -n 2 | sed 's/^? //; s/ at$//' | paste -sd ' ')"
is 'sample: registers' '    rip 0xffffffff8fd6475a, cs 0x10, eflags 0x46, rsp 0xffffcd17c0013b00' "$(grep 'rip .*5a,' "$work/analysis")"
is 'sample: the tasks that ran' 'command swapper/0 command init' "$(sed -n 's/^  CPU .*\(command .*\)/\1/p' "$work/analysis" | paste -sd ' ')"
is 'sample: through a pipe' "$(sed 's/^File: .*/File/' "$work/analysis")" "$("$B/lkcd-analyze" --root="$work" <"$sample" | sed 's/^File: .*/File/')"
cat "$sample" | "$B/lkcd-analyze" --root="$work" >"$work/piped"
is 'sample: through a true pipe' 'File:             standard input' "$(diff "$work/piped" "$work/analysis" | sed -n 's/^< //p')"
is 'sample: mode of what is written' 600 "$(stat -c %a "$work/analysis")"
run "$B/lkcd-analyze" --quick "$sample"
is '--quick: pages are not counted' '0 ' "$status $(grep ^Pages: <<<"$out")"
if command -v python3 >/dev/null; then
	"$B/lkcd-analyze" --json --root="$work" "$sample" >"$work/json"
	is '--json: python reads it' "$panic 405 2 1" "$(python3 -c '
import json, sys
j = json.load(open(sys.argv[1]))
assert j["cpus"][1]["rip"] == "0xffffffff8fd6475a" and j["cpus"][0]["command"] == "swapper/0" and j["uptime"] == 17
lines = sum(r["text"].count("\n") + 1 for r in j["log"])
print(j["panic"], lines, len(j["cpus"]), j["panicked_cpu"])' "$work/json")"
fi

run "$B/lkcd-analyze" --map -o "$work/map" --root="$work" "$sample"
is '--map: status' "0 lkcd-analyze: $sample: the symbol map is from the dump" "$status $err$out"
is '--map: addresses are those that the kernel was linked to' 'ffffffff81000000 T _stext' "$(grep -w _stext "$work/map")"
is '--map: lines' 87347 "$(wc -l <"$work/map")"
run "$B/lkcd-analyze" --kerntypes -o "$work/types" --root="$work" "$sample"
is '--kerntypes: status' '0 ' "$status $err$out"
if command -v bpftool >/dev/null; then
	is '--kerntypes: bpftool reads them' "	'pid' type_id=" "$(bpftool btf dump file "$work/types" 2>&1 | grep -A200 "STRUCT 'task_struct'" |
		grep -o -m 1 "	'pid' type_id=")"
else
	skip '--kerntypes: bpftool reads them' 'bpftool is not installed'
fi

# --- a map beside the dump: only if it is this kernel's ---

mkdir -p "$work/root/boot" "$work/root/sys/kernel/btf"
map=$work/root/boot/System.map-6.1.0-56-cloud-amd64
map_from()
{
	"$B/lkcd-analyze" --map --root="$work/root" -o "$work/got" "$sample" 2>&1 | sed 's/.* the symbol map is from //'
}
{ cat "$work/map"; echo 'ffffffff83e00000 B _only_here'; } >"$map"
is 'a map that fits is taken' "$map" "$(map_from)"
is 'and copied as it is' '' "$(cmp "$map" "$work/got" 2>&1)"
sed 's/^\(ffffffff8[0-9a-f]*\)8 \(. init_uts_ns\)$/\18 \2/; s/^[0-9a-f]* \(. init_uts_ns\)$/ffffffff82bf9b68 \1/' "$work/map" >"$map"
is 'one symbol that VMCOREINFO has elsewhere: not taken' 'the dump' "$(map_from)"
grep -v linux_banner "$work/map" >"$map"
is 'no banner: not taken' 'the dump' "$(map_from)"
sed 's/^[0-9a-f]* \(. linux_banner\)$/ffffffff8211ff00 \1/' "$work/map" >"$map"
is 'the banner elsewhere: not taken' 'the dump' "$(map_from)"
echo 'ffffffffffffffff B The real System.map is in the linux-image-<version>-dbg package' >"$map"
is "Debian's empty one: not taken" 'the dump' "$(map_from)"
head -c 100000 /dev/urandom >"$map"
is 'no map at all: not taken' 'the dump' "$(map_from)"
rm "$map"
mkdir -p "$work/root/usr/lib/debug/boot"
cp "$work/map" "$work/root/usr/lib/debug/boot/"
mv "$work/root/usr/lib/debug/boot/map" "$work/root/usr/lib/debug/boot/System.map-6.1.0-56-cloud-amd64"
is "the one of Debian's debug symbols is taken" "$work/root/usr/lib/debug/boot/System.map-6.1.0-56-cloud-amd64" "$(map_from)"
map=$work/root/usr/lib/debug/boot/System.map-6.1.0-56-cloud-amd64

# --- dumps that have less ---

# What of VMCOREINFO is renamed is not there.
without()
{
	"$B/lkcd2elf" -q -o - "$sample" | perl -0777 -pe "s/$1/\$a = \$&; \$a =~ s|.|X|sg; \$a/ge" >"$work/less"
}

without 'SYMBOL\(kallsyms_names\)'
run "$B/lkcd-analyze" --root="$work/root" "$work/less"
is 'no kallsyms: a map that fits takes their place' "0 87347, from $map" "$status $(sed -n 's/^Symbols: *//p' <<<"$out")"
is 'no kallsyms: and the types are found by it' 'command init' "$(grep -o 'command init' <<<"$out")"
run "$B/lkcd-analyze" --root="$work" "$work/less"
is 'no kallsyms and no map: status, and what is not known' "0   the kernel's symbols: the dump does not contain the location of the kernel's symbols: kernels before 6.0 do not record it
  the kernel's types: their address is unknown without the kernel's symbols" "$status $(sed -n '/^Not known/,/^Kernel log/{/^  /p}' <<<"$out")"
is 'no kallsyms and no map: the log is there all the same' "$(log_of "$work/analysis")" "$(sed '1,/^Kernel log:/d' <<<"$out")"
run "$B/lkcd-analyze" --map --root="$work" -o "$work/none" "$work/less"
is 'no kallsyms, --map: fails and says why' "2 lkcd-analyze: $work/less: the kernel's symbols: the dump does not contain the location of the \
kernel's symbols: kernels before 6.0 do not record it" "$status $out$err"
is 'no kallsyms, --map: and nothing is left' '' "$(ls "$work/none" 2>/dev/null)"

# The types of a running kernel, if it is the same
printf '\4\0\0\0\24\0\0\0\3\0\0\0GNU\0\x3b\x43\xfa\xd5\x03\x48\x74\x49\x04\x92\x49\x5d\x55\x2c\x0a\xf6\xa5\xfa\xb2\x35' >"$work/root/sys/kernel/notes"
cp "$work/types" "$work/root/sys/kernel/btf/vmlinux"
mv "$map" "$map.away"
run "$B/lkcd-analyze" --kerntypes --root="$work/root" -o "$work/got" "$work/less"
is "types: the running kernel's, if it is the same build" "0 $(cksum <"$work/types")" "$status $(cksum <"$work/got")$err"
printf '\1' | dd of="$work/root/sys/kernel/notes" bs=1 seek=20 conv=notrunc status=none
run "$B/lkcd-analyze" --kerntypes --root="$work/root" -o "$work/no" "$work/less"
is "types: not if it is another one" 2 "$status"
without 'BUILD-ID|SYMBOL\(kallsyms_names\)'
mkdir "$work/root/proc"
echo 'Linux version 6.1.0-56-cloud-amd64 (x@y) (gcc) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)' >"$work/root/proc/version"
run "$B/lkcd-analyze" --kerntypes --root="$work/root" -o "$work/got" "$work/less"
is 'types: without a build ID, by release and version' "0" "$status$err"
sed -i 's/192-2/192-1/' "$work/root/proc/version"
run "$B/lkcd-analyze" --kerntypes --root="$work/root" -o "$work/no" "$work/less"
is 'types: another version' 2 "$status"
mv "$map.away" "$map"

# A release is no way out of /boot, nor into folders
without 'SYMBOL\(kallsyms_names\)'
perl -0777 -pi -e 's|6\.1\.0-56-cloud-amd64|6/x.0-56-cloud-amd64|g' "$work/less"
mkdir "$work/root/boot/System.map-6"
cp "$work/map" "$work/root/boot/System.map-6/x.0-56-cloud-amd64"
run "$B/lkcd-analyze" --map --root="$work/root" "$work/less"
is 'a release with a slash in it names no file' 2 "$status"

head -c 8192 /dev/zero >"$work/raw"
run "$B/lkcd-analyze" --base=0 --machine=x86_64 "$work/raw"
is 'plain memory: what there is to say is said' '0 x86_64 2' "$status $(sed -n 's/^Machine: *//p; s/^Pages: *//p' <<<"$out" | paste -sd ' ')"
run "$B/lkcd-analyze" --map --json "$sample"
is 'a map has no JSON form' 2 "$status"
run "$B/lkcd-analyze" -o "$work/no/such/folder" "$sample"
is 'where nothing can be written' 2 "$status"
if [ -e /dev/full ]; then
	"$B/lkcd-analyze" "$sample" >/dev/full 2>"$work/err"
	is 'a full disk' 2 "$?"
	"$B/lkcd-analyze" -o /dev/full "$sample" 2>"$work/err"
	is 'a full disk, with -o' 2 "$?"
fi

# --- registers of other machines, and pages by class ---

# elf MACHINE PRSTATUS-SIZE WORDS: an ELF dump with one PRSTATUS note: pid 7, registers 0x100, 0x101, ...
elf()
{
	local hex
	hex=$(perl -e 'my ($machine, $size, $words) = @ARGV; my $big = $machine eq "s390x";
		my $note = "\0" x $size; substr $note, 32, 4, pack $big ? "N" : "V", 7;
		substr $note, 112 + 8 * $_, 8, pack $big ? "Q>" : "Q<", 0x100 + $_ for 0 .. $words - 1;
		print unpack "H*", $note' "$1" "$2" "$3")
	printf '%s\n' 'format elf' "machine $1" "note CORE 1 hex $hex" 'load 0x1000 4096 fill 1' | perl tests/mk/mkdump -o "$work/machine"
	"$B/lkcd-analyze" --quick "$work/machine" | sed -n '/^CPUs/,/^Pages/p' | sed '$d'
}

is 'aarch64: registers by name' 'CPUs:             1
  CPU 0, pid 7
    x0 0x100, x1 0x101, x2 0x102, x3 0x103' "$(elf aarch64 392 34 | head -n 3)"
is 'aarch64: the last ones' '    sp 0x11f' "$(elf aarch64 392 34 | grep -o '^ *x28 .*\|    sp 0x11f' | tail -n 1 | sed 's/.*x31/ /;s/^ *x28.*, sp/    sp/')"
is 'riscv64: registers by name' '    pc 0x100, ra 0x101, sp 0x102, gp 0x103|    t3 0x11c, t4 0x11d, t5 0x11e, t6 0x11f' \
	"$(elf riscv64 376 32 | sed -n '3p;10p' | paste -sd '|')"
is 'another machine: words of the note' '    w0 0x100, w1 0x101, w2 0x102, w3 0x103' "$(elf s390x 336 27 | sed -n 3p)"
printf '%s\n' 'version 11' 'buffer 8192' '@0x1000 raw class=1 fill 1' '@0x2000 raw class=2 fill 2' '@0x3000 raw class=1 fill 3' end |
	perl tests/mk/mkdump -o "$work/classes"
run "$B/lkcd-analyze" "$work/classes"
is 'pages by class' '2 1' "$(sed -nE 's/^  (kernel|used): *//p' <<<"$out" | paste -sd ' ')"

# --- damage ---

size=$(stat -c %s "$sample")
head -c $((size / 2)) "$sample" >"$work/cut"
run "$B/lkcd-analyze" --root="$work" "$work/cut"
is 'cut: status 1, and the panic string of the header' "1 $panic" "$status $(sed -n 's/^Panic: *//p' <<<"$out")"
is 'cut: it is said' 'no' "$(sed -n 's/^Whole: *//p' <<<"$out")"
is 'cut: registers are there' 1 "$(grep -c 'rip 0xffffffff8fd6475a' <<<"$out")"
run "$B/lkcd-analyze" --quick --root="$work" "$work/cut"
is 'cut, --quick: the same status, for what is not there' 1 "$status"
run "$B/lkcd-analyze" -o "$work/none" "$work/raw"
is 'no dump: status 2, nothing written' '2 ' "$status $(ls "$work/none" 2>/dev/null)"

# Mutated: whatever they say, there is an end, a report, and a status that means something.
wrong=''
for seed in $(seq "$([ -n "${LKCD_SANITIZED:-}" ] && echo 8 || echo 24)"); do
	perl -e 'srand shift; local $/; $_ = <STDIN>; for my $i (1 .. 60) {
		my $at = $i & 1 ? int rand 200000 : int rand length; substr($_, $at, 1) = chr int rand 256 } print' "$seed" <"$sample" >"$work/mutant"
	timeout 20 "$B/lkcd-analyze" -q "$work/mutant" >"$work/out" 2>"$work/err" || status=$?
	[ "$status" -le 2 ] || wrong+=" $seed:$status"
	[ "$status" = 2 ] || grep -q '^Kernel log:' "$work/out" || wrong+=" $seed:no-report"
done
is 'mutated dumps' '' "$wrong"

# --- real dumps ---

# agree NAME: analysis of a real dump, against crash's
printf '%s\n' bt mod 'sym -m virtio_ring' quit >"$work/commands"

# Our functions in crash's list, in their order: those that are not are printed
not_in()
{
	perl -e 'my @ours = split " ", shift; my @theirs = split " ", shift;
		my $i = 0; for my $f (@ours) { my $j = $i; $j++ while $j < @theirs && $theirs[$j] ne $f;
			if ($j < @theirs) { $i = $j + 1 } else { print "$f\n" } }' "$1" "$2"
}

for name in kdump-6.1-kaslr.vmcore qemu-6.1-panic.elf; do
	dump=$real/$name
	real_dump "$name" || { skip "$name" "$(why_no_real "$name")"; continue; }
	run "$B/lkcd-analyze" -o "$work/analysis" "$dump"
	is "$name: status" '0 ' "$status $err"
	is "$name: panic string" "$panic" "$(fact "$work/analysis" Panic)"
	is "$name: the log is what lkcd-info reads" "$("$B/lkcd-info" --log "$dump")" "$(log_of "$work/analysis")"
	if [ "$name" != qemu-6.1-panic.elf ] && installed makedumpfile; then
		makedumpfile --dump-dmesg -f "$dump" "$work/dmesg" >/dev/null 2>&1
		is "$name: the log is what makedumpfile reads" "$(sed -E 's/^(\[[^]]*\] )\[ *[TC][0-9]+\] /\1/; s/^ {26}/               /' \
			"$work/dmesg")" "$(log_of "$work/analysis")"
	fi
	# What the kernel itself printed when it died, down to where it says no more; its own panic() is the first that both have
	printed=$(sed -n '/Call Trace:/,/<\/TASK>/s/^\[[ 0-9.]*\]  *\([^ ?<][^+ ]*+0x[0-9a-f]*\/0x[0-9a-f]*\)$/\1/p' "$work/analysis" |
		sed '1,/^panic+/d' | paste -sd ' ')
	ours=$(sed -n '/^Call trace:/,/^CPUs/p' "$work/analysis" | sed -nE 's/^ +#[0-9]+ \[[0-9a-f]+\] ([^ ?]+) at.*/\1/p' |
		sed '1,/^panic+/d' | paste -sd ' ')
	is "$name: the trace is what the kernel printed, with its offsets and sizes" "$printed" "$ours"
	is "$name: and not empty" 1 "$((${#ours} > 100))"

	# The dump as LKCD and as kdump files say the same
	for format in lkcd lkcd9 kdump; do
		"$B/lkcd-convert" -q -f $format -o "$work/dump" "$dump"
		"$B/lkcd-analyze" --quick -o "$work/other" "$work/dump" 2>/dev/null
		same='/^Call trace/,/^Not known\|^Kernel log/p'
		is "$name: as $format, CPUs and trace" "$(sed -n "$same" "$work/analysis" | grep -v '^Pages\|^Stored\|^Unpacked\|^Highest\|^Whole\|^Zero')" \
			"$(sed -n "$same" "$work/other" | grep -v '^Pages\|^Not')"
	done
	rm -f "$work/dump"

	# kallsyms leaves out its own tables, and what is absolute
	if [ -e "$real/System.map-6.1.0-56-cloud-amd64" ]; then
		"$B/lkcd-analyze" -q --map --root="$work/nowhere" -o "$work/map" "$dump"
		is "$name: the map, against System.map: nothing else" '' "$(comm -13 <(sort "$real/System.map-6.1.0-56-cloud-amd64") <(sort "$work/map") |
			grep -v '^000000000[0-9a-f]* A ')"
		is "$name: the map, against System.map: what it has not" '' "$(comm -23 <(sort "$real/System.map-6.1.0-56-cloud-amd64") <(sort "$work/map") |
			grep -vE '^00000000000[0-9a-f]* [^A] |^[0-9a-f]* A | kallsyms_' | head -n 20)"
	fi
	if [ -e "$vmlinux" ] && command -v objcopy >/dev/null; then
		objcopy -O binary --only-section=.BTF "$vmlinux" "$work/btf" 2>/dev/null
		"$B/lkcd-analyze" --kerntypes -o "$work/types" "$dump"
		is "$name: the types are those of vmlinux, to the byte" "$(cksum <"$work/btf")" "$(cksum <"$work/types")"
	fi
	if command -v gdb >/dev/null && [ "$name" != qemu-6.1-panic.elf ]; then # whose e_ehsize gdb does not take
		names='rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip eflags cs ss'
		is "$name: registers are those that gdb reads" \
			"$(timeout 60 gdb -batch -nx -ex "thread apply all -ascending info registers $names" -c "$dump" 2>/dev/null </dev/null |
				awk 'NF > 1 && $1 ~ /^[a-z]/ && $2 ~ /^0x/ { print $1, $2 }' | sort)" \
			"$("$B/lkcd-analyze" --quick "$dump" | sed -n 's/^    //p' | tr ',' '\n' | sed 's/^ *//' |
				grep -E "^(${names// /|}) " | sort)"
	fi
	if [ ! -e "$vmlinux" ] || ! installed crash || [ -n "${LKCD_SANITIZED:-}" ]; then
		skip "$name: the trace is in crash's" 'no crash, or no vmlinux'
		continue
	fi
	crash -s -i "$work/commands" "$vmlinux" "$dump" </dev/null >"$work/crash" 2>/dev/null
	is "$name: crash's panicking CPU" "$(sed -n 's/^PID: .*CPU: \([0-9]*\) .*/\1/p' "$work/crash" | head -n 1)" "$(fact "$work/analysis" 'Panicked CPU')"
	theirs=$(sed -n '1,/^PID: /p; /^PID: /,/^$/p' "$work/crash" | sed -n '/^ *#/p' | sed -E 's/^ *#[0-9]+ \[[0-9a-f]+\] ([^ ]+) at ([0-9a-f]+).*/\1@\2/' |
		paste -sd ' ')
	# the first frame is where the CPU was; crash starts at the first call
	ours=$(sed -n '/^Call trace:/,/^CPUs/p' "$work/analysis" | sed -nE 's/^ +#[0-9]+ \[[0-9a-f]+\] ([^+]+)\+.* at ([0-9a-f]+)$/\1@\2/p' | sed 1d | paste -sd ' ')
	is "$name: the trace is in crash's, in its order" '' "$(not_in "$ours" "$theirs")"
	"$B/lkcd-analyze" --quick --json "$dump" | sed -nE 's/.*"name": "([a-z0-9_]+)", "text": .*/\1/p' | sort >"$work/modules"
	is "$name: modules are those that crash lists" "$(sed -nE 's/^[0-9a-f]{16}  ([a-z_0-9]+) +[0-9a-f]{16}  [0-9]+  \(.*/\1/p' "$work/crash" | sort)" \
		"$(<"$work/modules")"
done
done_testing
