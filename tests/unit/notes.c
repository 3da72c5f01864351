/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dump/notes.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"
#include "tests/unit/tap.h"

#define NT_PRSTATUS 1

static bool is(const struct note *note, const char *name, uint32_t type, const char *desc)
{
	return note_is(note, name, type) && note->desc_size == strlen(desc) &&
	       !memcmp(note->desc, desc, note->desc_size);
}

/* Three notes, in either order, whose names and contents need padding. */
static void add_three(struct info *info, bool big_endian)
{
	*info = (struct info){ .big_endian = big_endian };
	if (notes_add(info, "CORE", NT_PRSTATUS, "registers", 9, NULL) || notes_add(info, "LINUX", 7, "", 0, NULL) ||
	    notes_add(info, "abc", 0x80000001u, "12345678", 8, NULL))
		abort();
}

static void walk(bool big_endian)
{
	const char *order = big_endian ? "big endian" : "little endian";
	struct info info;
	struct note note;
	size_t at = 0;

	add_three(&info, big_endian);
	ok(info.notes_size == 12 + 8 + 12 + 12 + 8 + 12 + 4 + 8, "%s: notes are padded to 4 bytes", order);
	ok(info.notes_size == note_size("CORE", 9) + note_size("LINUX", 0) + note_size("abc", 8),
	   "%s: as note_size says", order);
	ok(get32(info.notes, big_endian) == 5 && get32(info.notes + 4, big_endian) == 9, "%s: sizes are not", order);
	ok(notes_next(info.notes, info.notes_size, big_endian, &at, &note) &&
		   is(&note, "CORE", NT_PRSTATUS, "registers") && note.start == 0 && note.end == 32 && at == 32,
	   "%s: first note", order);
	ok(notes_next(info.notes, info.notes_size, big_endian, &at, &note) && is(&note, "LINUX", 7, "") &&
		   note.start == 32 && at == 52,
	   "%s: a note of nothing", order);
	ok(notes_next(info.notes, info.notes_size, big_endian, &at, &note) && is(&note, "abc", 0x80000001u, "12345678"),
	   "%s: last note", order);
	ok(at == info.notes_size && !notes_next(info.notes, info.notes_size, big_endian, &at, &note), "%s: end", order);
	at = 0;
	ok(!notes_next(info.notes, info.notes_size, !big_endian, &at, &note) && at == 0, "%s: none in the other order",
	   order);
	info_clear(&info);
}

static void names(void)
{
	static const unsigned char bare[] = "\4\0\0\0\5\0\0\0\1\0\0\0COREhello\0\0";
	struct info info;
	struct note note;
	size_t at = 0;

	add_three(&info, false);
	notes_next(info.notes, info.notes_size, false, &at, &note);
	ok(!note_is(&note, "CORE", 2) && !note_is(&note, "COR", 1) && !note_is(&note, "CORES", 1) &&
		   !note_is(&note, "CARE", 1),
	   "another type or name is another note");
	at = 0;
	ok(notes_next(bare, sizeof(bare), false, &at, &note) && is(&note, "CORE", 1, "hello"),
	   "a name may lack its NUL");
	info_clear(&info);
}

static volatile unsigned char touched; /* keeps reads of notes from being left out */

/* What a walk finds in the first size bytes, in memory that ends there. */
static unsigned count_notes(const unsigned char *notes, size_t size, size_t *at)
{
	unsigned char *copy = malloc(size + !size);
	struct note note;
	unsigned count = 0;

	memcpy(copy, notes, size);
	for (*at = 0; notes_next(copy, size, false, at, &note); count++) {
		for (size_t i = 0; i < note.name_size; i++)
			touched ^= (unsigned char)note.name[i];
		for (size_t i = 0; i < note.desc_size; i++)
			touched ^= note.desc[i];
		if (note.end > size || note.start >= note.end)
			count += 1000;
	}
	free(copy);
	return count;
}

static void cut(void)
{
	/* where the first, second and third note are whole; the first may lack 3 bytes of padding, if nothing follows
	 */
	static const size_t whole[] = { 12 + 8 + 9, 52, 76 };
	unsigned wrong = 0;
	struct info info;
	size_t at;

	add_three(&info, false);
	for (size_t size = 0; size <= info.notes_size; size++) {
		unsigned want = (size >= whole[0]) + (size >= whole[1]) + (size >= whole[2]);
		size_t boundary = want == 0 ? 0 : want == 1 ? (size < 32 ? size : 32) : whole[want - 1];

		wrong += count_notes(info.notes, size, &at) != want || at != boundary;
	}
	ok(!wrong, "cut anywhere, the notes before the cut are found, and the cut is seen");
	info_clear(&info);
}

static void lies(void)
{
	static const uint32_t sizes[] = { 57, 0x7fffffff, 0x80000000, 0xfffffffc, 0xfffffffd, 0xffffffff };
	struct info info;
	size_t at;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		add_three(&info, false);
		put32(info.notes + 32, false, sizes[i]);
		ok(count_notes(info.notes, info.notes_size, &at) == 1 && at == 32,
		   "a name of 0x%" PRIx32 " bytes is no note", sizes[i]);
		info_clear(&info);
		add_three(&info, false);
		put32(info.notes + 36, false, sizes[i]);
		ok(count_notes(info.notes, info.notes_size, &at) == 1 && at == 32, "nor is one of so much content");
		put32(info.notes + 32, false, sizes[i]);
		ok(count_notes(info.notes, info.notes_size, &at) == 1 && at == 32, "nor both");
		info_clear(&info);
	}
	at = 5;
	ok(!notes_next(NULL, 0, false, &at, &(struct note){ 0 }), "nothing holds none");
}

static void prstatus(void)
{
	struct info info = { 0 };
	struct note note;

	ok(!notes_prstatus(&info, 0, &note), "no notes, no CPU");
	notes_add(&info, "CORE", NT_PRSTATUS, "cpu0", 4, NULL);
	notes_add(&info, "CORE", 2, "fpu0", 4, NULL);
	notes_add(&info, "LINUX", NT_PRSTATUS, "none", 4, NULL);
	notes_add(&info, "CORE", NT_PRSTATUS, "cpu1", 4, NULL);
	ok(notes_prstatus(&info, 0, &note) && is(&note, "CORE", 1, "cpu0"), "the first CPU");
	ok(notes_prstatus(&info, 1, &note) && is(&note, "CORE", 1, "cpu1"), "the second one");
	ok(!notes_prstatus(&info, 2, &note), "there is no third one");
	info_clear(&info);
}

static void add_vmcoreinfo(struct info *info, const char *text)
{
	if (notes_add(info, "VMCOREINFO", 0, text, strlen(text), NULL))
		abort();
}

static void lookup(void)
{
	struct info info = { 0 };
	char out[64];

	ok(!notes_vmcoreinfo(&info, "OSRELEASE", out, sizeof(out)), "no VMCOREINFO, no key");
	notes_add(&info, "CORE", 0, "OSRELEASE=wrong\n", 16, NULL);
	add_vmcoreinfo(&info,
		       "OSRELEASE=6.1.0\nAB=2\nA=1\nSYMBOL(x)=ff\nEMPTY=\nXOSRELEASE=no\n=none\n\nEQUAL=a=b\nLAST=end");
	add_vmcoreinfo(&info, "A=other\nSECOND=2nd\n");
	ok(notes_vmcoreinfo(&info, "OSRELEASE", out, sizeof(out)) && !strcmp(out, "6.1.0"), "first key");
	ok(notes_vmcoreinfo(&info, "A", out, sizeof(out)) && !strcmp(out, "1"), "a key that another starts with");
	ok(notes_vmcoreinfo(&info, "AB", out, sizeof(out)) && !strcmp(out, "2"), "that other");
	ok(notes_vmcoreinfo(&info, "EMPTY", out, sizeof(out)) && !strcmp(out, ""), "a value of nothing");
	ok(notes_vmcoreinfo(&info, "EQUAL", out, sizeof(out)) && !strcmp(out, "a=b"), "a value with an equals sign");
	ok(notes_vmcoreinfo(&info, "LAST", out, sizeof(out)) && !strcmp(out, "end"), "a last line without its end");
	ok(notes_vmcoreinfo(&info, "SECOND", out, sizeof(out)) && !strcmp(out, "2nd"), "a second VMCOREINFO");
	ok(!notes_vmcoreinfo(&info, "SYMBOL", out, sizeof(out)) &&
		   !notes_vmcoreinfo(&info, "RELEASE", out, sizeof(out)) &&
		   !notes_vmcoreinfo(&info, "OSRELEASE=6", out, sizeof(out)),
	   "parts of keys are none");
	ok(notes_vmcoreinfo(&info, "OSRELEASE", out, 4) && !strcmp(out, "6.1"), "a value is cut to the room there is");
	info_clear(&info);
	notes_add(&info, "VMCOREINFO", 0, "A=1\0\nB=2\n\0\0", 12, NULL);
	ok(notes_vmcoreinfo(&info, "A", out, sizeof(out)) && !strcmp(out, "1"), "a value ends at a NUL");
	ok(notes_vmcoreinfo(&info, "B", out, sizeof(out)) && !strcmp(out, "2"), "and its line at its end");
	info_clear(&info);
}

static void numbers(void)
{
	struct info info = { 0 };
	uint64_t value = 0;

	add_vmcoreinfo(&info, "DEC=4096\nHEX=ffff8c6080000000\nMINUS=-4096\nMORE=12 \nTEXT=x\nEMPTY=\n"
			      "LARGE=18446744073709551616\nLONG="
			      "0000000000000000000000000000000000000000000000000000000000000000001\n");
	ok(notes_vmcoreinfo_number(&info, "DEC", 10, &value) && value == 4096, "a number");
	ok(notes_vmcoreinfo_number(&info, "HEX", 16, &value) && value == UINT64_C(0xffff8c6080000000), "an address");
	ok(notes_vmcoreinfo_number(&info, "MINUS", 10, &value) && value == (uint64_t)-4096, "a negative number");
	value = 5;
	ok(!notes_vmcoreinfo_number(&info, "MORE", 10, &value) && !notes_vmcoreinfo_number(&info, "TEXT", 10, &value) &&
		   !notes_vmcoreinfo_number(&info, "EMPTY", 10, &value) &&
		   !notes_vmcoreinfo_number(&info, "NONE", 10, &value) &&
		   !notes_vmcoreinfo_number(&info, "LARGE", 10, &value) &&
		   !notes_vmcoreinfo_number(&info, "HEX", 10, &value),
	   "what is no number");
	ok(!notes_vmcoreinfo_number(&info, "LONG", 10, &value) && value == 5,
	   "nor is what has no end; nothing is stored");
	info_clear(&info);
}

static uint32_t described_page_size(const char *text)
{
	struct info info = { .page_size = 4096 };
	uint32_t page_size;

	add_vmcoreinfo(&info, text);
	notes_describe(&info);
	page_size = info.page_size;
	info_clear(&info);
	return page_size;
}

static void describe(void)
{
	struct info info = { .page_size = 4096, .machine = machine_by_name("x86_64") };

	add_vmcoreinfo(&info, "OSRELEASE=6.1.0-56\nPAGESIZE=65536\nCRASHTIME=1763884800\n");
	notes_describe(&info);
	ok(info.page_size == 65536, "page size");
	ok(info.seconds == 1763884800, "time of the crash");
	ok(!strcmp(info.uts.release, "6.1.0-56") && !strcmp(info.uts.sysname, "Linux"), "release");
	ok(!strcmp(info.uts.machine, "x86_64"), "machine");
	info_clear(&info);
	ok(described_page_size("PAGESIZE=16384\n") == 16384 && described_page_size("PAGESIZE=1048576\n") == 1 << 20,
	   "page sizes that are");
	ok(described_page_size("PAGESIZE=3000\n") == 4096 && described_page_size("PAGESIZE=0\n") == 4096 &&
		   described_page_size("PAGESIZE=12288\n") == 4096 &&
		   described_page_size("PAGESIZE=2097152\n") == 4096 &&
		   described_page_size("PAGESIZE=4294971392\n") == 4096 &&
		   described_page_size("PAGESIZE=-4096\n") == 4096,
	   "page sizes that cannot be are passed over");
}

int main(void)
{
	walk(false);
	walk(true);
	names();
	cut();
	lies();
	prstatus();
	lookup();
	numbers();
	describe();
	return tap_done();
}
