#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# /etc/sysconfig/dump, lkcd-config and lkcd-query on a small system of files; lkcd itself; what boots.
. tests/save/device.sh
root=$work/root
mkdir -p "$root"/{etc/sysconfig,proc/sys/kernel,proc/self,run,dev,sys/class/net/eth0,var/log}
echo 0 > "$root/proc/sys/kernel/panic"
echo 'Filename Type Size Used Priority' > "$root/proc/swaps"
printf '/dev/root / ext4 defaults 0 1\n# a comment\n/dev/swap1 none swap sw 0 0\n' > "$root/etc/fstab"
printf 'MemTotal: 8192 kB\nMemFree: 4096 kB\nSlab: 500 kB\n' > "$root/proc/meminfo"
truncate -s 16M "$root/dev/swap1"
swap() { command -v mkswap > /dev/null && mkswap -q "$1" > /dev/null 2>&1 || printf SWAPSPACE2 | dd of="$1" bs=1 seek=4086 conv=notrunc status=none; }
swap "$root/dev/swap1"
conf=$root/etc/sysconfig/dump
config() { "$B/lkcd-config" --root "$root" "$@" 2>&1 | sed "s|$root||g"; return "${PIPESTATUS[0]}"; }
query() { "$B/lkcd-query" --root "$root" "$@" 2>&1; }
four() { query -c "$1" | head -n 4; }

# --- the documented lines ---
is 'query: level 2, GZIP, disk' 'Configured dump device:  0xffffffff
Configured dump flags:  KL_DUMP_FLAGS_DISKDUMP
Configured dump level:  KL_DUMP_LEVEL_HEADER| KL_DUMP_LEVEL_KERN
Configured dump compression method:  KL_DUMP_COMPRESS_GZIP' "$(four "$tree/tests/save/documented.conf")"
is 'query: net' 'Configured dump device:  0xffffffff
Configured dump flags:  KL_DUMP_FLAGS_NETDUMP
Configured dump level:  KL_DUMP_LEVEL_HEADER| KL_DUMP_LEVEL_KERN
Configured dump compression method:  KL_DUMP_COMPRESS_NONE' "$(four "$tree/tests/save/net.conf")"
said() { printf '%s\n' "$1" > "$work/c"; query -c "$work/c" | sed -n "${2}p" | sed 's/.*:  //'; }
for case in '0:NONE' '1:HEADER' '4:HEADER| KL_DUMP_LEVEL_KERN| KL_DUMP_LEVEL_USED' \
	'8:HEADER| KL_DUMP_LEVEL_KERN| KL_DUMP_LEVEL_USED| KL_DUMP_LEVEL_ALL_RAM' '16:HEADER| KL_DUMP_LEVEL_KERN| KL_DUMP_LEVEL_USED| KL_DUMP_LEVEL_ALL_RAM'; do
	is "query: level ${case%%:*}" "KL_DUMP_LEVEL_${case#*:}" "$(said "DUMP_LEVEL=${case%%:*}" 3)"
done
for case in 0:NONE 1:RLE 2:GZIP 3:ZSTD; do is "query: compression ${case%:*}" "KL_DUMP_COMPRESS_${case#*:}" "$(said "DUMP_COMPRESS=${case%:*}" 4)"; done
is 'query: all flags' 'KL_DUMP_FLAGS_NONDISRUPT| KL_DUMP_FLAGS_SOFTBOOT| KL_DUMP_FLAGS_DISKDUMP' "$(said DUMP_FLAGS=0x80000003 2)"

# --- every word, and wrong values ---
wrong() { # ASSIGNMENT SENTENCE
	printf '\n%s\n' "$1" > "$conf"
	is "$1" "lkcd-config: /etc/sysconfig/dump: line 2: $2" "$(config -n | head -n 1)"
}
for word in DUMP_ACTIVE DUMP_SAVE DUMP_ROTATE; do for value in 2 yes '' -1; do wrong "$word=$value" "$word cannot be '$value', only 0 or 1"; done; done
for value in 3 5 17 x '' 0x10x; do wrong "DUMP_LEVEL=$value" "DUMP_LEVEL cannot be '$value', only 0, 1, 2, 4, 8, 16"; done
for value in 4 GZIP -1; do wrong "DUMP_COMPRESS=$value" "DUMP_COMPRESS cannot be '$value', only 0, 1, 2, 3"; done
for value in 0 1 0xc0000000 0x20000000 0x180000000 disk; do
	wrong "DUMP_FLAGS=$value" "DUMP_FLAGS cannot be '$value', only 0x80000000 (disk) or 0x40000000 (net), plus 1 (non-disruptive), plus 2 (soft boot)"
done
for word in TARGET_PORT SOURCE_PORT; do for value in 0 65536 http; do wrong "$word=$value" "$word cannot be '$value', only 1 to 65535"; done; done
wrong PANIC_TIMEOUT=-5 "PANIC_TIMEOUT cannot be '-5', only seconds, 0 to 2147483647"
wrong ETH_ADDRESS=00:16:3e "ETH_ADDRESS cannot be '00:16:3e', only an address such as 00:16:3e:00:00:01"
wrong DUMPDIR=var/dump "DUMPDIR cannot be 'var/dump', only the absolute path of a directory"
wrong DUMP_KEEP=many "DUMP_KEEP cannot be 'many', only 0 (no limit) to 100000"
wrong DUMP_MIN_FREE=12Q "DUMP_MIN_FREE cannot be '12Q', only bytes, or a number with K, M, G or T"
wrong 'DUMPDEV="/dev/vmdump' 'the quote is not closed on its line; the line is ignored'
wrong "DUMPDEV='/dev/vmdump" 'the quote is not closed on its line; the line is ignored'
wrong 'DUMPDEV=$(touch /tmp/x)' "a value with \$ or \` is ignored: nothing is expanded or run (quote it as '\$')"
wrong '. /etc/other' 'is not an assignment: only NAME=value is read, nothing is run'
wrong 'DUMPDEV = /dev/sda' 'is not an assignment: only NAME=value is read, nothing is run'
wrong 'DUMPDEV=/dev/sda rm -rf /' "has more than one word after '=': quote a value that has blanks"
wrong 'NETDUMP_VERBOSE=1' 'warning: NETDUMP_VERBOSE is unknown and ignored'
printf 'DUMPDEV="/dev/a\nDUMP_LEVEL=4\n' > "$conf"
is 'after an unclosed quote reading goes on; nothing is applied' "lkcd-config: /etc/sysconfig/dump: line 1: the quote is not closed on its line; the line is ignored
lkcd-config: the configuration has 1 errors: nothing was done
2" "$(config -n; echo $?)"

# --- what a shell makes of it ---
cat > "$work/quotes" <<'C'
export KEXEC_CMDLINE="root=806 \"a\" 'b' \$c"' d'\''e'f\ g # no more
DUMPDEV=/dev/a#b; DUMP_LEVEL=4
  TARGET_HOST=host\
name # joined
C
(. "$work/quotes"; printf '%s|%s|%s|%s\n' "$KEXEC_CMDLINE" "$DUMPDEV" "$DUMP_LEVEL" "$TARGET_HOST") > "$work/shell"
touch "$root/dev/a#b"; swap "$root/dev/a#b"; truncate -s 16M "$root/dev/a#b"
cp "$work/quotes" "$conf"; config -q > "$work/said"
(. "$root/run/lkcd/dump"; printf '%s|%s|%s|%s\n' "$KEXEC_CMDLINE" "$DUMPDEV" "$DUMP_LEVEL" "$TARGET_HOST") > "$work/ours"
is 'quotes are what a shell makes of them; the record is taken by a shell' "$(cat "$work/shell")" "$(cat "$work/ours")"
rm -rf "$root/run/lkcd"; echo 0 > "$root/proc/sys/kernel/panic"

# --- drop-ins and other names ---
printf 'DUMP_DEVICE=/dev/other\nDUMP_LEVEL=1\n' > "$conf"; mkdir "$conf.d"
echo 'DUMP_DEV=/dev/swap1' > "$conf.d/20.conf"; echo 'DUMP_LEVEL=2' > "$conf.d/10.conf"; echo 'DUMP_LEVEL=4' > "$conf.d/note"
is 'drop-ins, in their order' '/dev/swap1 KL_DUMP_LEVEL_HEADER| KL_DUMP_LEVEL_KERN ' "$(query --json | perl -ne '/"(device|level)": "(.*)"/ and print "$2 "')"
mkdir "$conf.d/30.conf"
for tool in save config; do
	is "lkcd-$tool: a drop-in that is a folder" 1 \
		"$("$B/lkcd-$tool" --root "$root" -n 2>&1 | sed "s|$root||g" | grep -c "^lkcd-$tool: /etc/sysconfig/dump.d/30.conf: is not a file of at most 1048576 bytes")"
done
rm -rf "$conf.d"

# --- config ---
cp "$tree/etc/sysconfig/dump" "$conf"
is 'the sample; --dry-run changes nothing' '3 0 0' "$(config -n | grep -c would) $(ls "$root/dev" "$root/run" | grep -c -e vmdump -e lkcd) $(cat "$root/proc/sys/kernel/panic")"
is 'config applies it' 'lkcd-config: linking /dev/vmdump to /dev/swap1, the first swap of /etc/fstab
lkcd-config: setting the panic timeout to 5 seconds
lkcd-config: writing /run/lkcd/dump
0' "$(config; echo $?)"
is 'the link' "$root/dev/swap1" "$(readlink "$root/dev/vmdump")"
is 'the panic timeout' 5 "$(cat "$root/proc/sys/kernel/panic")"
inode=$(stat -c '%i %Y' "$root/run/lkcd/dump")
is 'twice is as good as once' "0 $inode" "$(config; echo $?) $(stat -c '%i %Y' "$root/run/lkcd/dump")"
is 'query: it is ready' 'Ready to dump:  yes
Dump waiting to be saved:  none
0' "$(query | sed -n 5,6p; query > /dev/null; echo $?)"
is 'query -q: silence when it is ready' 0 "$(query -q; echo $?)"
query --waiting; is 'query --waiting: none' 3 "$?"
cp "$root/dev/swap1" "$work/clean"
dd if="$sample" of="$root/dev/swap1" bs=4096 seek=1 conv=notrunc status=none
query --waiting; is 'query --waiting: a dump' 0 "$?"
is 'config says so too' 1 "$(config | grep -c 'waiting to be saved')"
cp "$work/clean" "$root/dev/swap1"
printf 'MemTotal: 819200 kB\nMemFree: 4096 kB\n' > "$root/proc/meminfo"
is 'a device that is too small' 1 "$(config | grep -c 'warning: has 16 MiB, and a dump of level 8 takes up to')"
echo 'DUMP_ACTIVE=0' > "$work/c"
is 'query -q: why it is not ready, and nothing else' 'lkcd-query: not ready to dump: DUMP_ACTIVE is 0
1' "$(query -q -c "$work/c"; echo $?)"
is 'query -q --json: the object' 1 "$(query -q --json -c "$work/c" | grep -c '"problem": "DUMP_ACTIVE is 0"')"
echo 'DUMP_ACTIVE=0' > "$conf"; is 'DUMP_ACTIVE=0' 'lkcd-config: DUMP_ACTIVE is 0: nothing to do
0' "$(config; echo $?)"
holds() { # NAME COMMAND WHAT
	command -v "${2%% *}" > /dev/null || { skip "holds $1" "no ${2%% *}"; return; }
	rm -f "$root/dev/x"; truncate -s 64M "$root/dev/x"; $2 "$root/dev/x" > /dev/null 2>&1
	echo 'DUMPDEV=/dev/x' > "$conf"
	is "holds $1" "lkcd-config: /dev/x: holds $3: a dump would destroy it (--force accepts this)
2" "$(config -n; echo $?)"
	config -n --force > "$work/said"; is "holds $1: --force" 0 "$?"
}
luks() { printf 'LUKS\272\276\000\001' | dd of="$1" conv=notrunc status=none; dd if=/dev/zero of="$1" bs=1 seek=8 count=32 conv=notrunc status=none; printf 'c0c0c0c0-1111-2222-3333-444444444444' | dd of="$1" bs=1 seek=168 conv=notrunc status=none; }
table() { printf 'label: gpt\n,\n' | sfdisk -q "$1"; }
holds ext4 'mkfs.ext4 -q -F' 'a file system (ext4)'
holds LUKS luks 'an encrypted volume (crypto_LUKS)'
# what mdadm and pvcreate write, as far as it is looked at: no tools and no modules are needed for it
raid() { perl -e '$sb = "\0" x 256; sub at { substr($sb, $_[0], length $_[1]) = $_[1] } at(0, pack("V2", 0xa92b4efc, 1)); at(16, "ABCDEFGHIJKLMNOP");
	at(32, "md0"); at(128, pack("V2", 2048, 0)); at(136, pack("V2", 4096, 0)); at(144, pack("V2", 8, 0)); print $sb' | dd of="$1" bs=4096 seek=1 conv=notrunc status=none; }
lvm() { perl -e '$rest = pack("V", 32) . "LVM2 001" . "cXdMuhg072xeCIwqTX1cdQYRMw03vNRV" . pack("V2", 64 << 20, 0); $rest .= "\0" x (492 - length $rest); $crc = 0xf597a6cf;
	for (unpack "C*", $rest) { $crc ^= $_; $crc = $crc >> 1 ^ ($crc & 1 ? 0xedb88320 : 0) for 1 .. 8 }
	print "LABELONE", pack("V2", 1, 0), pack("V", $crc), $rest' | dd of="$1" bs=512 seek=1 conv=notrunc status=none; }
holds RAID raid 'a member of LVM or RAID (linux_raid_member)'
holds LVM lvm 'a member of LVM or RAID (LVM2_member)'
command -v mkfs.vfat > /dev/null && holds vfat mkfs.vfat 'a file system (vfat)'
rm -f "$root/dev/x"; truncate -s 64M "$root/dev/x"; swap "$root/dev/x"; echo 'DUMPDEV=/dev/x' > "$conf"
config -n > "$work/said"; is 'swap is what it should hold' 0 "$?"
command -v sfdisk > /dev/null && holds 'a table' table 'a partition table (gpt)'
cp "$tree/tests/save/net.conf" "$conf"
config > "$work/said"; is 'net' 0 "$?"
sed -i s/eth0/eth9/ "$conf"; is 'net: no interface' 'lkcd-config: DUMPDEV=eth9: there is no such network interface, and DUMP_FLAGS asks for net
2' "$(config; echo $?)"
sed -i 's/eth9/eth0/; /TARGET_HOST/d' "$conf"; is 'net: no host' 'lkcd-config: TARGET_HOST is not set, and DUMP_FLAGS asks for net
2' "$(config; echo $?)"

# --- after a boot: /dev/vmdump is gone, and saving comes first ---
cp "$tree/etc/sysconfig/dump" "$conf"; rm -f "$root/dev/vmdump"; rm -rf "$root/run/lkcd"
dd if="$sample" of="$root/dev/swap1" bs=4096 seek=1 conv=notrunc status=none
query --waiting; is 'query --waiting finds the dump by /etc/fstab' 0 "$?"
echo 'DUMP_MIN_FREE=0' >> "$conf"
"$B/lkcd-save" -q --root "$root" -D "$work/saved" 2> "$work/said"
is 'lkcd-save, too' '0 ' "$? $(cmp "$sample" "$work/saved/0/dump.0" 2>&1)"
"$B/lkcd-save" -q --root "$root" -D "$work/saved"; is 'and it is gone then' 3 "$?"

# --- lkcd ---
is 'lkcd lists its subcommands' 4 "$("$B/lkcd" | grep -cE '^  (save|config|query|info) ')"
is 'lkcd SUB runs lkcd-SUB' "$("$B/lkcd-query" --version)" "$("$B/lkcd" query --version)"
"$B/lkcd" nothing 2> "$work/said"; is 'lkcd: another word' "2 lkcd: there is no subcommand 'nothing'" "$? $(head -n 1 "$work/said")"

# --- what boots ---
cd "$tree/tests/save/../.." || exit 1
if [ -n "${LKCD_SANITIZED:-}" ]; then
	skip 'make install' 'sanitized'
elif ok 'make install works' make -s O="$B" DESTDIR="$work/inst" PREFIX=/usr install; then
	is 'make install: files' 7 "$(cd "$work/inst" && ls usr/sbin/lkcd* etc/sysconfig/dump etc/init.d/boot.lkcd usr/lib/systemd/system/swap.d/50-lkcd.conf | wc -l)"
	echo mine > "$work/inst/etc/sysconfig/dump"
	ok 'make install again' make -s O="$B" DESTDIR="$work/inst" PREFIX=/usr install
	is 'make install keeps a configuration' mine "$(cat "$work/inst/etc/sysconfig/dump")"
	if command -v systemd-analyze > /dev/null; then
		sed -E "s,=/usr/(s?bin)/,=$work/inst/usr/\\1/," -i "$work"/inst/usr/lib/systemd/system/*.service
		is 'systemd-analyze verify' '' "$(systemd-analyze verify --man=no "$work"/inst/usr/lib/systemd/system/lkcd-*.service 2>&1 | grep -i lkcd)"
	else
		skip 'systemd-analyze verify' 'it is not installed'
	fi
	mkdir "$work/fake"; printf '#!/bin/sh\necho "$0" >> %s\nexit 3\n' "$work/order" > "$work/fake/lkcd-save"; printf '#!/bin/sh\necho "$0" >> %s\n' "$work/order" > "$work/fake/lkcd-config"; chmod +x "$work"/fake/*
	LKCD_SBIN=$work/fake sh "$work/inst/etc/init.d/boot.lkcd" start
	is 'boot.lkcd: save, then config' '0 lkcd-save lkcd-config' "$? $(sed 's|.*/||' "$work/order" | xargs)"
	while read -r saved wanted text; do
		printf '#!/bin/sh\nexit %s\n' "$saved" > "$work/fake/lkcd-save"
		got=$(LKCD_SBIN=$work/fake sh "$work/inst/etc/init.d/boot.lkcd" start 2>&1)
		is "boot.lkcd: status $saved of lkcd-save" "$wanted $text" "$? $got"
	done <<-'C'
		0 0 lkcd: a dump was saved
		1 0 lkcd: a dump was saved, but it is incomplete
		2 1 lkcd: saving failed; do not activate swap on the dump device
		3 0 
	C
	is 'save comes before every swap' \
		'DefaultDependencies=no
After=systemd-remount-fs.service systemd-udev-settle.service
Before=swap.target shutdown.target
After=lkcd-save.service' "$(cd "$work/inst" && grep -h -e ^After= -e ^Before= -e ^DefaultD usr/lib/systemd/system/lkcd-save.service usr/lib/systemd/system/swap.d/*)"
fi
done_testing
