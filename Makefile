# SPDX-License-Identifier: GPL-2.0-or-later
# The whole build. "make help" lists the targets; HACKING says what is where.
VERSION = 0.1

O ?= build
CC ?= cc
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
SBINDIR ?= $(PREFIX)/sbin
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/lkcdutils
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
INSTALL ?= install

# make V=1 shows whole commands
ifndef V
say = @echo "  $(1)";
endif

WARNINGS = -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes
ALL_CFLAGS = -std=gnu11 -pthread $(WARNINGS) $(CFLAGS)
ALL_CPPFLAGS = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DLKCDUTILS_VERSION='"$(VERSION)"' -Iinclude -I. $(LIB_CFLAGS) $(CPPFLAGS)

# Libraries: libelf and libzstd must be there; each of the others is used where it is found.
have = $(shell $(PKG_CONFIG) --exists $(1) 2>/dev/null && echo yes)
MODULES = libelf libzstd blkid nettle
ifeq ($(call have,libdeflate),yes)
MODULES += libdeflate
WITHOUT += compress/gzip-zlib.c
else
MODULES += zlib
WITHOUT += compress/gzip.c
endif
ifeq ($(STATIC)$(call have,lzo2),yes)
MODULES += lzo2
LIB_DEFINES += -DHAVE_LZO
else
WITHOUT += compress/lzo.c
endif
# libsnappy has no pkg-config file in Debian 12
ifeq ($(STATIC)$(shell printf '\043include <snappy-c.h>\n' | $(CC) -E - >/dev/null 2>&1 && echo yes),yes)
LIB_DEFINES += -DHAVE_SNAPPY
SNAPPY_LIBS = -lsnappy
else
WITHOUT += compress/snappy.c
endif
LIB_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(MODULES)) $(LIB_DEFINES)
LIBS := $(shell $(PKG_CONFIG) --libs $(if $(STATIC),--static) $(MODULES)) $(SNAPPY_LIBS)

# A tool is tools/NAME.c with its main; every other file of the folders below belongs to all of them.
TOOLS = lkcd-convert lkcd2elf lkcd-info lkcd-compress lkcd-filter lkcd-verify lkcd-repair lkcd-analyze lkcd-bundle lkcd lkcd-save lkcd-config lkcd-query
FOLDERS = dump dump/machine compress convert convert/lkcd convert/kdump convert/elf convert/memory filter verify analyze save cli tools
# What an administrator runs goes to SBINDIR, its manual to section 8
ADMIN_TOOLS = lkcd lkcd-save lkcd-config lkcd-query
# lkcd-bundle alone needs libarchive; an initramfs has no use for it
ifeq ($(STATIC)$(call have,libarchive),yes)
BUNDLE_LIBS := $(shell $(PKG_CONFIG) --libs libarchive)
else
TOOLS := $(filter-out lkcd-bundle,$(TOOLS))
WITHOUT += save/bundle.c
endif
TOOL_SOURCES = $(TOOLS:%=tools/%.c)
SOURCES = $(filter-out $(TOOL_SOURCES) tools/lkcd-bundle.c $(WITHOUT),$(wildcard $(FOLDERS:%=%/*.c)))
OBJECTS = $(SOURCES:%.c=$(O)/%.o)
LIBRARY = $(O)/lkcd.a

all: $(TOOLS:%=$(O)/%)

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC   $@)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The archive is made anew, so that a file that is gone leaves it, too. q, not r: rooms have files of the same name, as
# source.c, and r would keep only the last of them
$(LIBRARY): $(OBJECTS)
	@rm -f $@
	$(call say,AR   $@)$(AR) qcs $@ $^

$(TOOLS:%=$(O)/%): $(O)/%: $(O)/tools/%.o $(LIBRARY)
	$(call say,LINK $@)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(LIBRARY) $(LIBS)


$(O)/lkcd-bundle $(O)/lkcd-box: LIBS += $(BUNDLE_LIBS)

# Readers of other projects, for the tests and benches that compare with them
readers: $(if $(call have,libkdumpfile),$(O)/kdumpfile-pages)

$(O)/kdumpfile-pages: tests/readers/kdumpfile-pages.c
	@mkdir -p $(@D)
	$(call say,LINK $@)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(shell $(PKG_CONFIG) --cflags --libs libkdumpfile)

# Programs of tests: one damages images and checks them in one process, one runs lkcd-convert in forks of itself
mutate: $(O)/tests/verify/mutate $(O)/tests/convert/forks

$(O)/tests/verify/mutate: tests/verify/mutate.c $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK $@)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(LIBRARY) $(LIBS)

$(O)/tests/convert/forks: tests/convert/forks.c tools/lkcd-convert.c $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK $@)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(LIBRARY) $(LIBS)

# Unit tests, for prove: tests/unit/NAME.c becomes $(O)/tests/unit/NAME.t
UNIT_SOURCES = $(wildcard tests/unit/*.c)
UNIT_TESTS = $(UNIT_SOURCES:%.c=$(O)/%.t)

unit: $(UNIT_TESTS)

$(UNIT_TESTS): %.t: %.o $(LIBRARY)
	$(call say,LINK $@)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(LIBRARY) $(LIBS)

.PHONY: unit

# --- Tests ---

TESTS ?= $(sort $(wildcard tests/*/*.t))
PROVE ?= prove

# Tests write much and sync it: into memory, where there is a good deal of it
SCRATCH = $(shell test "$$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $$4 }')" -gt 4000000 && echo /dev/shm || echo /tmp)

check: all unit readers mutate
	B=$(abspath $(O)) TMPDIR=$${TMPDIR:-$(SCRATCH)} $(PROVE) $(PROVE_FLAGS) $(UNIT_TESTS) $(TESTS)

# The same under the sanitizers: what takes long and shows nothing more there skips itself
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all
asan:
	LKCD_SANITIZED=1 $(MAKE) O=$(O)-asan CC=clang CFLAGS="-g -O1 -fno-omit-frame-pointer $(SANITIZE)" check

# Threads under ThreadSanitizer
tsan:
	LKCD_SANITIZED=1 $(MAKE) O=$(O)-tsan CC=clang CFLAGS="-g -O1 -fsanitize=thread" TESTS="$(wildcard tests/compress/*.t)" UNIT_TESTS= check

# libFuzzer targets: FUZZ_SECONDS each, from the seeds that tests/fuzz/seeds makes
FUZZ_SECONDS ?= 20
FUZZ_FORMATS = lkcd elf kdump flat raw lime
FUZZ_TARGETS = $(O)-fuzz/bid $(O)-fuzz/config $(O)-fuzz/log $(O)-fuzz/kernel $(O)-fuzz/memmap $(O)-fuzz/check $(O)-fuzz/repair $(FUZZ_FORMATS:%=$(O)-fuzz/source-%)
FUZZ_CFLAGS = -g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

fuzz-build:
	$(MAKE) O=$(O)-fuzz CC=clang CFLAGS="$(FUZZ_CFLAGS)" $(FUZZ_TARGETS)

fuzz: fuzz-build all
	B=$(abspath $(O)) TMPDIR=$${TMPDIR:-$(SCRATCH)} tests/fuzz/run $(O)-fuzz $(FUZZ_SECONDS)

$(O)/bid $(O)/config $(O)/log $(O)/kernel $(O)/memmap $(O)/check $(O)/repair: $(O)/%: tests/fuzz/%.c $(LIBRARY)
	$(call say,LINK $@)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fsanitize=fuzzer -o $@ $< $(LIBRARY) $(LIBS)

$(O)/source-%: tests/fuzz/source.c $(LIBRARY)
	$(call say,LINK $@)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fsanitize=fuzzer -DFUZZED='"$*"' -o $@ $< $(LIBRARY) $(LIBS)

bench: all readers
	B=$(abspath $(O)) tests/bench/convert $(BENCH_DUMP)
	B=$(abspath $(O)) tests/bench/compress $(BENCH_DUMP)
	B=$(abspath $(O)) tests/bench/compress -u $(BENCH_DUMP)
	B=$(abspath $(O)) tests/bench/filter $(BENCH_DUMP)
	B=$(abspath $(O)) tests/bench/save $(BENCH_DUMP)
	B=$(abspath $(O)) tests/bench/verify $(BENCH_DUMP)

cover:
	$(MAKE) O=$(O)-cover CC=gcc CFLAGS="-g -O0 --coverage" check
	cd $(O)-cover && lcov -q -c -d . -o lcov.info && lcov -q -r lcov.info '*/tests/*' -o lcov.info && lcov --summary lcov.info

lint:
	cppcheck -q --error-exitcode=1 --inline-suppr --enable=warning,portability --suppress=missingIncludeSystem \
		-Iinclude -I. -D_GNU_SOURCE -DLKCDUTILS_VERSION='""' $(SOURCES) $(TOOL_SOURCES)
	shellcheck $(wildcard .ci/run bootstrap etc/init.d/* tests/*/*.sh)
	clang-format --dry-run --Werror $(CODE)

CODE = $(wildcard include/lkcd/*.h $(FOLDERS:%=%/*.[ch]) tests/*/*.[ch])
format:
	clang-format -i $(CODE)

# --- One file that is all tools, and the same linked statically: for the capture kernel's initramfs ---

box: $(O)/lkcd-box

$(O)/box/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC   $@)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -Dmain=main_$(subst -,_,$(basename $(notdir $<))) -Wno-missing-prototypes -c -o $@ $<

$(O)/box/box.c: Makefile tools/mkbox
	@mkdir -p $(@D)
	tools/mkbox $(TOOLS) > $@

$(O)/lkcd-box: $(O)/box/box.c $(TOOL_SOURCES:%.c=$(O)/box/%.o) $(LIBRARY)
	$(call say,LINK $@)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# Without LZO and Snappy, whose libraries are not made for it: kdump files packed with these are not read
static:
	$(MAKE) O=$(O)-static STATIC=yes LDFLAGS="-static $(LDFLAGS)" $(O)-static/lkcd-box

# --- Installing ---

MAN_PAGES = $(wildcard man/*.[1-8])

install: all
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(COMPLETIONDIR) $(DESTDIR)$(DOCDIR)
	$(INSTALL) $(filter-out $(ADMIN_TOOLS:%=$(O)/%),$(TOOLS:%=$(O)/%)) $(DESTDIR)$(BINDIR)
	$(INSTALL) -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(UNITDIR)/swap.d $(DESTDIR)$(SYSCONFDIR)/sysconfig $(DESTDIR)$(SYSCONFDIR)/init.d
	$(INSTALL) $(ADMIN_TOOLS:%=$(O)/%) $(DESTDIR)$(SBINDIR)
	for unit in lkcd-save lkcd-config lkcd-verify; do sed 's|@SBINDIR@|$(SBINDIR)|; s|@BINDIR@|$(BINDIR)|' etc/systemd/$$unit.service \
		> $(DESTDIR)$(UNITDIR)/$$unit.service || exit 1; done
	$(INSTALL) -m 644 etc/systemd/50-lkcd.conf $(DESTDIR)$(UNITDIR)/swap.d
	$(INSTALL) -m 644 etc/systemd/lkcd-verify.timer $(DESTDIR)$(UNITDIR)
	$(INSTALL) -D -m 644 etc/cron.d/lkcd-verify $(DESTDIR)$(DOCDIR)/cron.d/lkcd-verify
	sed 's|@SBINDIR@|$(SBINDIR)|' etc/init.d/boot.lkcd > $(DESTDIR)$(SYSCONFDIR)/init.d/boot.lkcd
	chmod 755 $(DESTDIR)$(SYSCONFDIR)/init.d/boot.lkcd
	test -e $(DESTDIR)$(SYSCONFDIR)/sysconfig/dump || $(INSTALL) -m 644 etc/sysconfig/dump $(DESTDIR)$(SYSCONFDIR)/sysconfig
	$(INSTALL) -m 644 etc/sysconfig/dump $(DESTDIR)$(DOCDIR)/sysconfig.dump
	for page in $(MAN_PAGES); do \
		$(INSTALL) -D -m 644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/} || exit 1; done
	for tool in $(TOOLS); do $(O)/$$tool --completion=bash > $(DESTDIR)$(COMPLETIONDIR)/$$tool || exit 1; done
	$(INSTALL) -m 644 README.md CHANGES COPYING $(DESTDIR)$(DOCDIR)

# --- The main job on the dump that comes with the project ---

demo: all
	B=$(O) tests/sample/demo

clean:
	rm -rf $(O) $(O)-asan $(O)-fuzz $(O)-cover $(O)-static $(O)-tsan

help:
	@echo "all check unit asan tsan fuzz bench cover lint format box static install demo clean; O=FOLDER builds there"

-include $(SOURCES:%.c=$(O)/%.d) $(TOOL_SOURCES:%.c=$(O)/%.d) $(UNIT_SOURCES:%.c=$(O)/%.d)

.PHONY: all readers unit check asan tsan fuzz fuzz-build bench cover lint format box static install demo clean help
