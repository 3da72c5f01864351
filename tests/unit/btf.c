/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel's types, made here in both byte orders; and some that lie. */
#include "analyze/btf.h"
#include "dump/memory.h"
#include "tests/unit/image.h"
#include "tests/unit/tap.h"

#define VIRTUAL UINT64_C(0xffffffff80000000)
#define AT 0x2f80u /* reaches into the next page */
#define STOP 0x4000u

static struct image image;
static struct fault fault;
static unsigned char types[2048];
static char names[1024];
static uint32_t types_size, names_size, type_count;
static bool big;

static void put(uint32_t value)
{
	put32(types + types_size, big, value);
	types_size += 4;
}

static uint32_t name(const char *text)
{
	uint32_t at = names_size;

	if (!*text)
		return 0;
	strcpy(names + at, text);
	names_size += (uint32_t)strlen(text) + 1;
	return at;
}

/* Returns the type's number. */
static uint32_t type(const char *text, unsigned kind, unsigned members, bool bits, uint32_t size)
{
	put(name(text));
	put(kind << 24 | members | (uint32_t)bits << 31);
	put(size);
	return ++type_count;
}

static void member(const char *text, uint32_t number, uint32_t offset)
{
	put(name(text));
	put(number);
	put(offset);
}

enum { INT = 1, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST };

static void make_types(void)
{
	uint32_t number, text, alias, inner, unnamed, other, loop;

	types_size = type_count = 0;
	names_size = 1;
	number = type("int", INT, 0, false, 4);
	put(32);
	type("", ENUM, 1, false, 4); /* what stands between has to be stepped over */
	put(0);
	put(0);
	text = type("", ARRAY, 0, false, 0);
	put(number);
	put(number);
	put(10);
	alias = type("alias", TYPEDEF, 0, false, type_count + 2);
	type("", CONST, 0, false, number);
	inner = type("inner", STRUCT, 1, false, 8);
	member("deep", alias, 32);
	unnamed = type("", STRUCT, 2, false, 16);
	member("first", number, 0);
	member("second", inner, 64);
	other = type("", UNION, 1, false, 4);
	member("third", number, 0);
	type("outer", STRUCT, 6, false, 64);
	member("a", number, 0);
	member("", other, 64);
	member("", unnamed, 128);
	member("text", text, 256);
	member("in", inner, 384);
	member("pointer", type_count + 1, 448);
	type("", PTR, 0, false, inner);
	type("bits", STRUCT, 2, true, 4);
	member("low", number, 3u << 24);
	member("high", number, 5u << 24 | 3);
	loop = type("loop", TYPEDEF, 0, false, type_count + 1);
	type("round", STRUCT, 2, false, 4);
	member("x", loop, 0);
	member("", type_count, 8);
}

static void put_btf(void)
{
	unsigned char head[24] = { 0 };

	put16(head, big, 0xeb9f);
	head[2] = 1;
	put32(head + 4, big, sizeof(head));
	put32(head + 12, big, types_size);
	put32(head + 16, big, types_size);
	put32(head + 20, big, names_size);
	image_put(&image, AT, head, sizeof(head));
	image_put(&image, AT + sizeof(head), types, types_size);
	image_put(&image, AT + sizeof(head) + types_size, names, names_size);
	image_at(&image, STOP - 1);
}

static struct btf *load(const char *start)
{
	struct memory *memory = memory_open(&image.source, &fault);
	struct symbols *symbols = symbols_new(&fault);
	struct btf *btf;

	symbols_add(symbols, &(struct symbol){ start, VIRTUAL + AT, 'R', false }, &fault);
	symbols_add(symbols, &(struct symbol){ "__stop_BTF", VIRTUAL + STOP, 'R', false }, &fault);
	symbols_sort(symbols);
	btf = btf_load(memory, symbols, &fault);
	symbols_free(symbols);
	memory_close(memory);
	return btf;
}

static void open_btf(bool big_endian)
{
	big = big_endian;
	image_open(&image, "x86_64", big, "");
	info_add_range(&image.source.info, (struct range){ 0, VIRTUAL, 0x100000 }, &fault);
	make_types();
	put_btf();
}

static void is_member(const struct btf *btf, const char *of, const char *path, uint32_t offset, uint32_t bits,
		      uint32_t size)
{
	struct btf_field field;
	bool found = btf_member(btf, of, path, &field);

	ok(found && field.offset == offset && field.bits == bits && field.size == size,
	   "%s.%s: %d, %u, %u bits, %u bytes", of, path, found, field.offset, field.bits, field.size);
}

static void no_member(const struct btf *btf, const char *of, const char *path)
{
	struct btf_field field;

	ok(!btf_member(btf, of, path, &field), "no %s.%s", of, path);
}

static void members(void)
{
	struct btf *btf = load("__start_BTF");
	size_t size;

	ok(btf && btf_bytes(btf, &size) && size == 24 + types_size + names_size, "loaded: %s", btf ? "" : fault.text);
	is_member(btf, "outer", "a", 0, 0, 4);
	is_member(btf, "outer", "third", 64, 0, 4);
	is_member(btf, "outer", "first", 128, 0, 4);
	is_member(btf, "outer", "second", 192, 0, 8);
	is_member(btf, "outer", "second.deep", 224, 0, 4);
	is_member(btf, "outer", "text", 256, 0, 40);
	is_member(btf, "outer", "in.deep", 416, 0, 4);
	is_member(btf, "outer", "pointer", 448, 0, 0);
	is_member(btf, "bits", "low", 0, 3, 4);
	is_member(btf, "bits", "high", 3, 5, 4);
	no_member(btf, "outer", "deep");
	no_member(btf, "outer", "fir");
	no_member(btf, "outer", "firsts");
	no_member(btf, "outer", "a.b");
	no_member(btf, "outer", "pointer.deep");
	no_member(btf, "alias", "a");
	no_member(btf, "nothing", "a");
	no_member(btf, "round", "x");
	no_member(btf, "round", "y");
	no_member(NULL, "outer", "a");
	btf_close(btf);
	image_close(&image);
}

static void changed(const char *what, uint64_t at, unsigned bytes, uint64_t value, const char *text)
{
	struct btf *btf;

	open_btf(false);
	image_put_number(&image, AT + at, bytes, value);
	btf = load("__start_BTF");
	ok(!btf && fault.code == FAULT_DAMAGED && strstr(fault.text, text), "%s: %s", what, btf ? "" : fault.text);
	btf_close(btf);
	image_close(&image);
}

static void lies(void)
{
	static const char none[] = "the kernel's types are damaged";
	struct btf_field field;
	struct btf *btf;

	changed("another magic", 0, 2, 0xeb9e, none);
	changed("another version", 2, 2, 2, none);
	changed("a short header", 4, 4, 20, none);
	changed("a header that is longer than all", 4, 4, 0x2000, none);
	changed("types behind the end", 8, 4, 0xffffff00, none);
	changed("types that are longer than all", 12, 4, UINT32_MAX, none);
	changed("names behind the end", 16, 4, 0x10000, none);
	changed("names that are longer than all", 20, 4, UINT32_MAX, none);
	changed("no names", 20, 4, 0, none);
	open_btf(false);
	*image_at(&image, AT + 24 + types_size + names_size - 1) = 'x';
	btf = load("__start_BTF");
	ok(!btf && strstr(fault.text, none), "a name without an end");
	image_close(&image);
	open_btf(false);
	image.count--; /* the last page is not there */
	free(image.pages[image.count]);
	btf = load("__start_BTF");
	ok(!btf && fault.code == FAULT_DAMAGED && strstr(fault.text, "not in the dump"), "half of it: %s", fault.text);
	image_close(&image);
	open_btf(false);
	btf = load("__some_BTF");
	ok(!btf && fault.code == FAULT_CANNOT, "none: %s", fault.text);
	image_close(&image);
	open_btf(false);
	put32(types + 20, false, 31u << 24); /* the second type is of no kind */
	put_btf();
	btf = load("__start_BTF");
	ok(btf && !btf_member(btf, "outer", "a", &field), "types behind one of no kind are not known");
	btf_close(btf);
	image_close(&image);
}

int main(void)
{
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		open_btf(big_endian);
		members();
	}
	lies();
	return tap_done();
}
