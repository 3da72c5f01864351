/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's symbols, made here in each way that they were ever stored; and tables that lie. */
#include <inttypes.h>

#include "analyze/kallsyms.h"
#include "dump/memory.h"
#include "tests/unit/image.h"
#include "tests/unit/tap.h"

#define VIRTUAL UINT64_C(0xc0000000) /* of physical address 0 */
#define STEXT UINT64_C(0xc0800000)
#define COUNT_AT 0x1000u
#define BASE_AT 0x1010u
#define NAMES 0x2ff0u /* reaches into a second page */
#define TABLE 0x5000u
#define INDEX 0x6000u
#define VALUES 0x7ff0u
#define COUNT 6u

enum way { ADDRESSES, PERCPU, OFFSETS, PLACES, VALUES_ONLY };

/* Tokens are single characters but for these. */
#define TOKEN_S 1   /* "T_s" */
#define TOKEN_EXT 2 /* "text" */

static const struct {
	const char *name;
	uint64_t address;
	bool absolute; /* as far as a way can say so */
} wanted[COUNT] = {
	{ "Apercpu", 0x1000, true },       { "T_stext", STEXT, false },      { "tone", STEXT + 0x10, false },
	{ "Talias", STEXT + 0x10, false }, { "Dtext", STEXT + 0x20, false }, { "T_etext", STEXT + 0x400, false },
};

static struct image image;
static struct fault fault;
static char long_name[300];

static const char *name_of(size_t n)
{
	return n == 4 && long_name[0] ? long_name : wanted[n].name;
}

static void put_tokens(void)
{
	uint32_t at = 0;

	for (unsigned i = 0; i < 256; i++) {
		char one[2] = { (char)i, 0 };
		const char *token = i == TOKEN_S ? "T_s" : i == TOKEN_EXT ? "text" : i < 3 ? "" : one;

		image_put_number(&image, INDEX + 2 * i, 2, at);
		image_put(&image, TABLE + at, token, strlen(token) + 1);
		at += (uint32_t)strlen(token) + 1;
	}
}

static uint64_t put_name(uint64_t at, const char *name)
{
	unsigned char packed[512];
	size_t size = 0, head = 0;
	unsigned char length[2];

	for (; *name; name++) {
		if (!strncmp(name, "T_s", 3)) {
			packed[size++] = TOKEN_S;
			name += 2;
		} else if (!strncmp(name, "text", 4)) {
			packed[size++] = TOKEN_EXT;
			name += 3;
		} else {
			packed[size++] = (unsigned char)*name;
		}
	}
	length[head++] = (unsigned char)(size < 128 ? size : (size & 127) | 128);
	if (size >= 128)
		length[head++] = (unsigned char)(size >> 7);
	image_put(&image, at, length, head);
	image_put(&image, at + head, packed, size);
	return at + head + size;
}

static uint64_t value_of(enum way way, uint32_t n)
{
	uint64_t address = wanted[n].address;

	switch (way) {
	case PERCPU:
		return wanted[n].absolute ? address : (STEXT - 0x100) - 1 - address;
	case OFFSETS:
		return n ? address - (STEXT - 0x100) : 0;
	case PLACES:
		return n ? address - (VIRTUAL + VALUES + 4 * n) : 0;
	case ADDRESSES:
	case VALUES_ONLY:
		break;
	}
	return address;
}

static void open_tables(unsigned bits, bool big_endian, enum way way)
{
	static const char *const ways[] = {
		"SYMBOL(kallsyms_addresses)=c0007ff0\n",
		"SYMBOL(kallsyms_offsets)=c0007ff0\nSYMBOL(kallsyms_relative_base)=c0001010\n",
		"SYMBOL(kallsyms_offsets)=c0007ff0\nSYMBOL(kallsyms_relative_base)=c0001010\n",
		"SYMBOL(kallsyms_offsets)=c0007ff0\n",
		"SYMBOL(kallsyms_offsets)=c0007ff0\n",
	};
	uint32_t size = way == ADDRESSES ? bits / 8 : 4;
	uint64_t at = NAMES;
	char text[1024];

	snprintf(text, sizeof(text),
		 "SYMBOL(_stext)=c0800000\nSYMBOL(kallsyms_names)=c0002ff0\nSYMBOL(kallsyms_num_syms)=c0001000\n"
		 "SYMBOL(kallsyms_token_table)=c0005000\nSYMBOL(kallsyms_token_index)=c0006000\n%s",
		 ways[way]);
	image_open(&image, bits == 64 ? "x86_64" : "i386", big_endian, text);
	info_add_range(&image.source.info, (struct range){ 0, VIRTUAL, 0x100000 }, &fault);
	image_put_number(&image, COUNT_AT, 4, COUNT);
	image_put_number(&image, BASE_AT, bits / 8, STEXT - 0x100);
	put_tokens();
	for (uint32_t n = 0; n < COUNT; n++) {
		at = put_name(at, name_of(n));
		image_put_number(&image, VALUES + n * size, size, value_of(way, n));
	}
	image_put_number(&image, at, 2, 0); /* so that the page is there */
	image_at(&image, VALUES + 0x1000);
}

static struct symbols *load(void)
{
	struct memory *memory = memory_open(&image.source, &fault);
	struct symbols *symbols = kallsyms_load(memory, &fault);

	memory_close(memory);
	return symbols;
}

static bool is_wanted(const struct symbols *symbols, enum way way)
{
	for (size_t n = 1; n < COUNT; n++) { /* the first one's address is another one in each way */
		struct symbol symbol = symbols_get(symbols, n);
		const char *want = name_of(n);

		if (symbol.type != want[0] || strcmp(symbol.name, want + 1) || symbol.absolute ||
		    symbol.address != wanted[n].address) {
			printf("# %zu: %c %s 0x%" PRIx64 "\n", n, symbol.type, symbol.name, symbol.address);
			return false;
		}
	}
	return way != PERCPU || (symbols_get(symbols, 0).absolute && symbols_get(symbols, 0).address == 0x1000);
}

static void each_way(unsigned bits, bool big_endian, enum way way)
{
	struct symbols *symbols;

	open_tables(bits, big_endian, way);
	symbols = load();
	if (!ok(symbols && symbols_count(symbols) == COUNT && is_wanted(symbols, way), "way %d, %u bits, %s endian",
		way, bits, big_endian ? "big" : "little"))
		printf("# %s\n", symbols ? "" : fault.text);
	symbols_free(symbols);
	image_close(&image);
}

/* --- what symbols.c makes of them --- */

static void is_text(const struct symbols *symbols, uint64_t address, bool called, const char *want)
{
	char text[SYMBOLS_TEXT];

	ok(!strcmp(symbols_text(symbols, address, called, text), want), "0x%" PRIx64 "%s is '%s'", address,
	   called ? ", to return to," : "", text);
}

static void look_up(void)
{
	struct symbols *symbols;
	uint64_t address = 0, size = 0;
	struct symbol symbol;

	open_tables(64, false, PERCPU);
	symbols = load();
	is_text(symbols, STEXT, false, "_stext+0x0/0x10");
	is_text(symbols, STEXT, true, "");
	is_text(symbols, STEXT + 0x10, false, "one+0x0/0x10");
	is_text(symbols, STEXT + 0x10, true, "_stext+0x10/0x10");
	is_text(symbols, STEXT + 0x1f, false, "one+0xf/0x10");
	is_text(symbols, STEXT + 0x3ff, false, "text+0x3df/0x3e0");
	is_text(symbols, STEXT + 0x400, false, "");
	is_text(symbols, STEXT - 1, false, "");
	is_text(NULL, STEXT, false, "");
	ok(symbols_find(symbols, "alias", &address) && address == STEXT + 0x10, "an alias is found by its name");
	ok(symbols_find(symbols, "percpu", &address) && address == 0x1000, "so is what is absolute");
	ok(!symbols_find(symbols, "ali", &address), "a part of a name is no name");
	ok(!symbols_at(symbols, 0x1000, &symbol, &size), "what is absolute is at no address");
	ok(!symbols_at(symbols, 0xfff, &symbol, &size), "nothing is before the first one");
	symbols_free(symbols);
	image_close(&image);
}

/* --- tables that lie --- */

static void fails(const char *what, int code, const char *text)
{
	struct symbols *symbols = load();

	if (!ok(!symbols && fault.code == code && strstr(fault.text, text), "%s: %s", what, symbols ? "" : fault.text))
		printf("# wanted: %s\n", text);
	symbols_free(symbols);
	image_close(&image);
}

static void changed(const char *what, uint64_t at, unsigned bytes, uint64_t value, const char *text)
{
	open_tables(64, false, OFFSETS);
	image_put_number(&image, at, bytes, value);
	fails(what, FAULT_DAMAGED, text);
}

static void lies(void)
{
	changed("none", COUNT_AT, 4, 0, "their number is 0");
	changed("2^32 - 1", COUNT_AT, 4, UINT32_MAX, "their number is 4294967295");
	changed("more than there are", COUNT_AT, 4, 1000, "the length of a name is 0");
	changed("a million, of which nothing is there", COUNT_AT, 4, 1u << 20, "the length of a name is 0");
	changed("another base", BASE_AT, 8, STEXT, "_stext is not at 0xc0800000");
	changed("a token behind all", INDEX + 2 * 't', 2, 0xfff0, "");
	changed("no _stext", INDEX + 2 * TOKEN_S, 2, 0, "_stext is not among them");
	changed("an empty name", NAMES, 2, 0, "the length of a name is 0");
	/* a length of 32767: it runs over what is there */
	changed("a name without an end", NAMES, 2, 0xffff, "");
}

static void token_that_grows(void)
{
	static const char long_token[600] = { [0 ... 598] = 'x' };

	open_tables(64, false, OFFSETS);
	image_put(&image, TABLE + 0x800, long_token, sizeof(long_token));
	image_put_number(&image, INDEX + 2 * 'n', 2, 0x800);
	image_put_number(&image, INDEX + 2 * 'e', 2, 0x800);
	fails("names that are longer than any", FAULT_DAMAGED, "the length of a name is");
}

static void without(void)
{
	static const char *const keys[] = { "kallsyms_names",       "kallsyms_num_syms", "kallsyms_token_table",
					    "kallsyms_token_index", "kallsyms_offsets",  "_stext" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		char *at;

		open_tables(64, false, OFFSETS);
		at = memmem(image.source.info.notes, image.source.info.notes_size, keys[i], strlen(keys[i]));
		*at = 'X';
		fails(keys[i], FAULT_CANNOT, "the dump does not contain the ");
	}
}

int main(void)
{
	for (unsigned bits = 32; bits <= 64; bits += 32)
		for (int big_endian = 0; big_endian < 2; big_endian++)
			for (enum way way = ADDRESSES; way <= (bits == 32 ? VALUES_ONLY : PLACES); way++)
				each_way(bits, big_endian, way);
	memset(long_name, 'L', 290);
	each_way(64, false, OFFSETS);
	memset(long_name, 0, sizeof(long_name));
	look_up();
	lies();
	token_that_grows();
	without();
	return tap_done();
}
