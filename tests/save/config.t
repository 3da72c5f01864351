#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# /etc/sysconfig/dump, lkcd-config and lkcd-query on a small system of files; lkcd itself; what boots.
. "$(dirname "$0")/device.sh"
set -u
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
is "$(four "$here/documented.conf")" 'Configured dump device:  0xffffffff
Configured dump flags:  KL_DUMP_FLAGS_DISKDUMP
Configured dump level:  KL_DUMP_LEVEL_HEADER| KL_DUMP_LEVEL_KERN
Configured dump compression method:  KL_DUMP_COMPRESS_GZIP' 'query: level 2, GZIP, disk'
is "$(four "$here/net.conf")" 'Configured dump device:  0xffffffff
Configured dump flags:  KL_DUMP_FLAGS_NETDUMP
Configured dump level:  KL_DUMP_LEVEL_HEADER| KL_DUMP_LEVEL_KERN
Configured dump compression method:  KL_DUMP_COMPRESS_NONE' 'query: net'
said() { printf '%s\n' "$1" > "$work/c"; query -c "$work/c" | sed -n "${2}p" | sed 's/.*:  //'; }
for case in '0:NONE' '1:HEADER' '4:HEADER| KL_DUMP_LEVEL_KERN| KL_DUMP_LEVEL_USED' \
	'8:HEADER| KL_DUMP_LEVEL_KERN| KL_DUMP_LEVEL_USED| KL_DUMP_LEVEL_ALL_RAM' '16:HEADER| KL_DUMP_LEVEL_KERN| KL_DUMP_LEVEL_USED| KL_DUMP_LEVEL_ALL_RAM'; do
	is "$(said "DUMP_LEVEL=${case%%:*}" 3)" "KL_DUMP_LEVEL_${case#*:}" "query: level ${case%%:*}"
done
for case in 0:NONE 1:RLE 2:GZIP 3:ZSTD; do is "$(said "DUMP_COMPRESS=${case%:*}" 4)" "KL_DUMP_COMPRESS_${case#*:}" "query: compression ${case%:*}"; done
is "$(said DUMP_FLAGS=0x80000003 2)" 'KL_DUMP_FLAGS_NONDISRUPT| KL_DUMP_FLAGS_SOFTBOOT| KL_DUMP_FLAGS_DISKDUMP' 'query: all flags'

# --- every word, and wrong values ---
wrong() { # ASSIGNMENT SENTENCE
	printf '\n%s\n' "$1" > "$conf"
	is "$(config -n | head -n 1)" "lkcd-config: /etc/sysconfig/dump: line 2: $2" "$1"
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
wrong DUMPDIR=var/dump "DUMPDIR cannot be 'var/dump', only a folder's whole path, from / on"
wrong DUMP_KEEP=many "DUMP_KEEP cannot be 'many', only 0 (no limit) to 100000"
wrong DUMP_MIN_FREE=12Q "DUMP_MIN_FREE cannot be '12Q', only bytes, or a number with K, M, G or T"
wrong 'DUMPDEV="/dev/vmdump' 'the quote is not closed on its line; nothing of the line is used'
wrong "DUMPDEV='/dev/vmdump" 'the quote is not closed on its line; nothing of the line is used'
wrong 'DUMPDEV=$(touch /tmp/x)' "a value with \$ or \` is not used: nothing is expanded or run here (quote it as '\$')"
wrong '. /etc/other' 'is no assignment: only NAME=value is read, nothing is run'
wrong 'DUMPDEV = /dev/sda' 'is no assignment: only NAME=value is read, nothing is run'
wrong 'DUMPDEV=/dev/sda rm -rf /' "has more than one word behind '=': quote a value that has blanks"
wrong 'NETDUMP_VERBOSE=1' 'warning: NETDUMP_VERBOSE is not known, and not used'
printf 'DUMPDEV="/dev/a\nDUMP_LEVEL=4\n' > "$conf"
is "$(config -n; echo $?)" "lkcd-config: /etc/sysconfig/dump: line 1: the quote is not closed on its line; nothing of the line is used
lkcd-config: the configuration has 1 errors: nothing was done
2" 'after an unclosed quote reading goes on; nothing is applied'

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
is "$(cat "$work/ours")" "$(cat "$work/shell")" 'quotes are what a shell makes of them; the record is taken by a shell'
rm -rf "$root/run/lkcd"; echo 0 > "$root/proc/sys/kernel/panic"

# --- drop-ins and other names ---
printf 'DUMP_DEVICE=/dev/other\nDUMP_LEVEL=1\n' > "$conf"; mkdir "$conf.d"
echo 'DUMP_DEV=/dev/swap1' > "$conf.d/20.conf"; echo 'DUMP_LEVEL=2' > "$conf.d/10.conf"; echo 'DUMP_LEVEL=4' > "$conf.d/note"
is "$(query --json | perl -ne '/"(device|level)": "(.*)"/ and print "$2 "')" '/dev/swap1 KL_DUMP_LEVEL_HEADER| KL_DUMP_LEVEL_KERN ' 'drop-ins, in their order'
mkdir "$conf.d/30.conf"
for tool in save config; do
	is "$("$B/lkcd-$tool" --root "$root" -n 2>&1 | sed "s|$root||g" | grep -c "^lkcd-$tool: /etc/sysconfig/dump.d/30.conf: is not a file of at most 1048576 bytes")" 1 \
		"lkcd-$tool: a drop-in that is a folder"
done
rm -rf "$conf.d"

# --- config ---
cp "$here/../../etc/sysconfig/dump" "$conf"
is "$(config -n | grep -c would) $(ls "$root/dev" "$root/run" | grep -c -e vmdump -e lkcd) $(cat "$root/proc/sys/kernel/panic")" '3 0 0' 'the sample; --dry-run changes nothing'
is "$(config; echo $?)" 'lkcd-config: linking /dev/vmdump to /dev/swap1, the first swap of /etc/fstab
lkcd-config: setting the panic timeout to 5 seconds
lkcd-config: writing /run/lkcd/dump
0' 'config applies it'
is "$(readlink "$root/dev/vmdump")" "$root/dev/swap1" 'the link'
is "$(cat "$root/proc/sys/kernel/panic")" 5 'the panic timeout'
inode=$(stat -c '%i %Y' "$root/run/lkcd/dump")
is "$(config; echo $?) $(stat -c '%i %Y' "$root/run/lkcd/dump")" "0 $inode" 'twice is as good as once'
is "$(query | sed -n 5,6p; query > /dev/null; echo $?)" 'Ready to dump:  yes
Dump waiting to be saved:  none
0' 'query: it is ready'
is "$(query -q; echo $?)" 0 'query -q: silence when it is ready'
query --waiting; is "$?" 3 'query --waiting: none'
cp "$root/dev/swap1" "$work/clean"
dd if="$sample" of="$root/dev/swap1" bs=4096 seek=1 conv=notrunc status=none
query --waiting; is "$?" 0 'query --waiting: a dump'
is "$(config | grep -c 'waiting to be saved')" 1 'config says so too'
cp "$work/clean" "$root/dev/swap1"
printf 'MemTotal: 819200 kB\nMemFree: 4096 kB\n' > "$root/proc/meminfo"
is "$(config | grep -c 'warning: has 16 MiB, and a dump of level 8 takes up to')" 1 'a device that is too small'
echo 'DUMP_ACTIVE=0' > "$work/c"; is "$(query -q -c "$work/c"; echo $?)" 'lkcd-query: not ready to dump: DUMP_ACTIVE is 0
1' 'query -q: why it is not ready, and nothing else'
is "$(query -q --json -c "$work/c" | grep -c '"problem": "DUMP_ACTIVE is 0"')" 1 'query -q --json: the object'
echo 'DUMP_ACTIVE=0' > "$conf"; is "$(config; echo $?)" 'lkcd-config: DUMP_ACTIVE is 0: nothing to do
0' 'DUMP_ACTIVE=0'
holds() { # NAME COMMAND WHAT
	command -v "${2%% *}" > /dev/null || { skip "holds $1" "no ${2%% *}"; return; }
	rm -f "$root/dev/x"; truncate -s 64M "$root/dev/x"; $2 "$root/dev/x" > /dev/null 2>&1
	echo 'DUMPDEV=/dev/x' > "$conf"
	is "$(config -n; echo $?)" "lkcd-config: /dev/x: holds $3: a dump would destroy it (--force takes it all the same)
2" "holds $1"
	config -n --force > "$work/said"; is "$?" 0 "holds $1: --force"
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
config -n > "$work/said"; is "$?" 0 'swap is what it should hold'
command -v sfdisk > /dev/null && holds 'a table' table 'a table of partitions (gpt)'
cp "$here/net.conf" "$conf"
config > "$work/said"; is "$?" 0 'net'
sed -i s/eth0/eth9/ "$conf"; is "$(config; echo $?)" 'lkcd-config: DUMPDEV=eth9: there is no such network interface, and DUMP_FLAGS asks for net
2' 'net: no interface'
sed -i 's/eth9/eth0/; /TARGET_HOST/d' "$conf"; is "$(config; echo $?)" 'lkcd-config: TARGET_HOST is not set, and DUMP_FLAGS asks for net
2' 'net: no host'

# --- after a boot: /dev/vmdump is gone, and saving comes first ---
cp "$here/../../etc/sysconfig/dump" "$conf"; rm -f "$root/dev/vmdump"; rm -rf "$root/run/lkcd"
dd if="$sample" of="$root/dev/swap1" bs=4096 seek=1 conv=notrunc status=none
query --waiting; is "$?" 0 'query --waiting finds the dump by /etc/fstab'
echo 'DUMP_MIN_FREE=0' >> "$conf"
"$B/lkcd-save" -q --root "$root" -D "$work/saved" 2> "$work/said"
is "$? $(cmp "$sample" "$work/saved/0/dump.0" 2>&1)" '0 ' 'lkcd-save, too'
"$B/lkcd-save" -q --root "$root" -D "$work/saved"; is "$?" 3 'and it is gone then'

# --- lkcd ---
is "$("$B/lkcd" | grep -cE '^  (save|config|query|info) ')" 4 'lkcd lists its subcommands'
is "$("$B/lkcd" query --version)" "$("$B/lkcd-query" --version)" 'lkcd SUB runs lkcd-SUB'
"$B/lkcd" nothing 2> "$work/said"; is "$? $(head -n 1 "$work/said")" "2 lkcd: there is no subcommand 'nothing'" 'lkcd: another word'

# --- what boots ---
cd "$here/../.." || exit 1
if [ -z "${LKCD_SANITIZED:-}" ] && make -s O="$B" DESTDIR="$work/inst" PREFIX=/usr install > "$work/said" 2>&1; then
	is "$(cd "$work/inst" && ls usr/sbin/lkcd* etc/sysconfig/dump etc/init.d/boot.lkcd usr/lib/systemd/system/swap.d/50-lkcd.conf | wc -l)" 7 'make install'
	echo mine > "$work/inst/etc/sysconfig/dump"
	make -s O="$B" DESTDIR="$work/inst" PREFIX=/usr install > /dev/null 2>&1
	is "$(cat "$work/inst/etc/sysconfig/dump")" mine 'make install keeps a configuration'
	if command -v systemd-analyze > /dev/null; then
		sed -E "s,=/usr/(s?bin)/,=$work/inst/usr/\\1/," -i "$work"/inst/usr/lib/systemd/system/*.service
		is "$(systemd-analyze verify --man=no "$work"/inst/usr/lib/systemd/system/lkcd-*.service 2>&1 | grep -i lkcd)" '' 'systemd-analyze verify'
	else
		skip 'systemd-analyze verify' 'it is not installed'
	fi
	mkdir "$work/fake"; printf '#!/bin/sh\necho "$0" >> %s\nexit 3\n' "$work/order" > "$work/fake/lkcd-save"; printf '#!/bin/sh\necho "$0" >> %s\n' "$work/order" > "$work/fake/lkcd-config"; chmod +x "$work"/fake/*
	LKCD_SBIN=$work/fake sh "$work/inst/etc/init.d/boot.lkcd" start
	is "$? $(sed 's|.*/||' "$work/order" | xargs)" '0 lkcd-save lkcd-config' 'boot.lkcd: save, then config'
	while read -r saved wanted text; do
		printf '#!/bin/sh\nexit %s\n' "$saved" > "$work/fake/lkcd-save"
		got=$(LKCD_SBIN=$work/fake sh "$work/inst/etc/init.d/boot.lkcd" start 2>&1)
		is "$? $got" "$wanted $text" "boot.lkcd: status $saved of lkcd-save"
	done <<-'C'
		0 0 lkcd: a dump was saved
		1 0 lkcd: a dump was saved, but it is incomplete
		2 1 lkcd: saving failed; do not activate swap on the dump device
		3 0 
	C
	is "$(cd "$work/inst" && grep -h -e ^After= -e ^Before= -e ^DefaultD usr/lib/systemd/system/lkcd-save.service usr/lib/systemd/system/swap.d/*)" \
		'DefaultDependencies=no
After=systemd-remount-fs.service systemd-udev-settle.service
Before=swap.target shutdown.target
After=lkcd-save.service' 'save comes before every swap'
else
	skip 'make install' "sanitized, or $(tail -n 1 "$work/said")"
fi
echo "1..$n"
