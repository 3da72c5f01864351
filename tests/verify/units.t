#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What cron and systemd are given: installed where the Makefile says, with commands that are there, and no mail but for damage.
. tests/tap.sh
ok 'make install' make -s O="${B#"$PWD/"}" DESTDIR="$work/root" PREFIX=/usr install
units=$work/root/usr/lib/systemd/system
is 'the units are installed' 'lkcd-verify.service lkcd-verify.timer' "$(cd "$units" && ls lkcd-verify.* | xargs)"
is 'no place is left open in them' '' "$(grep -l '@[A-Z]*@' "$units"/lkcd-verify.*)"
cron=$work/root/usr/share/doc/lkcdutils/cron.d/lkcd-verify
is 'the example for cron is installed' 1 "$(grep -c '^[0-9].* root .*lkcd-verify -q /var/log/dump$' "$cron")"

# what each of them runs, on a folder of this test's
mkdir "$work/crash"
cp "$sample" "$work/crash/dump.0"
commands()
{
	sed -n 's/^ExecStart=//p' "$units/lkcd-verify.service"
	sed -n 's/^[0-9][^a-z]*root //p' "$cron"
}
while read -r command; do
	command=${command//\/var\/log\/dump/$work/crash}
	command=${command//\/usr\/bin\/lkcd-verify/lkcd-verify}
	run env PATH="$B:$PATH" bash -c "$command"
	is "nothing is said when all is well: $command" '0 ' "$status $out$err"
	head -c 1000000 "$sample" >"$work/crash/dump.1"
	run env PATH="$B:$PATH" bash -c "$command"
	is "a line about what is hurt: $command" '1 dump.1: incomplete' "$status $(cut -d: -f1,2 <<<"${out//$work\/crash\//}")$err"
	rm "$work/crash/dump.1"
done < <(commands)

# systemd looks for the command, which is not in /usr/bin
if type -P systemd-analyze >/dev/null; then
	sed -i "s|^ExecStart=[^ ]*/|ExecStart=$B/|" "$units/lkcd-verify.service"
	run systemd-analyze --man=no verify "$units/lkcd-verify.timer" "$units/lkcd-verify.service"
	is 'systemd takes the units' '' "$(grep lkcd-verify <<<"$out$err")"
else
	skip 'systemd takes the units' 'systemd-analyze is not installed'
fi
done_testing
