/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where memory was mapped: page tables that are made here, sound and hostile ones, and what each machine's VMCOREINFO
 * says. */
#include <inttypes.h>

#include "dump/layout.h"
#include "dump/memory.h"
#include "tests/unit/image.h"
#include "tests/unit/tap.h"

#define TABLES UINT64_C(0x800000) /* page tables are made from here on */
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static struct image image;
static struct fault fault;

/* --- making page tables of 4 KiB with 512 entries --- */

static uint64_t root, free_table, flags; /* flags: or-ed into each entry of x86_64 */
static unsigned levels;

static uint64_t x86_64_entry(uint64_t physical, bool leaf, unsigned level)
{
	return physical | flags | 0x63 | (leaf && level ? 0x80 : 0) | (leaf ? UINT64_C(1) << 63 : 0);
}

static uint64_t aarch64_entry(uint64_t physical, bool leaf, unsigned level)
{
	return physical | UINT64_C(0x68000000000700) | (leaf && level ? 1 : 3);
}

static uint64_t riscv64_entry(uint64_t physical, bool leaf, unsigned level)
{
	(void)level;
	return physical >> 12 << 10 | (leaf ? 0xe7 : 1);
}

static uint64_t (*entry_of)(uint64_t physical, bool leaf, unsigned level);

static uint64_t get_entry(uint64_t at)
{
	return get64(image_at(&image, at), false);
}

/* Map one page of 4 KiB, 2 MiB or 1 GiB: level 0, 1 or 2. */
static void map(uint64_t virtual, uint64_t physical, unsigned level)
{
	uint64_t table = root;

	for (unsigned at = levels - 1;; at--) {
		uint64_t slot = table + (virtual >> (12 + 9 * at) & 511) * 8;

		if (at == level) {
			image_put_number(&image, slot, 8, entry_of(physical, true, at));
			return;
		}
		if (!get_entry(slot)) {
			free_table += IMAGE_PAGE;
			image_at(&image, free_table);
			image_put_number(&image, slot, 8, entry_of(free_table, false, at));
			table = free_table;
			continue;
		}
		table = TABLES; /* entries hold addresses in their own way: find the one that makes this entry */
		while (table < free_table && get_entry(slot) != entry_of(table, false, at))
			table += IMAGE_PAGE;
	}
}

static void map_many(uint64_t virtual, uint64_t physical, unsigned level, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		map(virtual + ((uint64_t)i << (12 + 9 * level)), physical + ((uint64_t)i << (12 + 9 * level)), level);
}

/* --- what came out --- */

static void is_range(size_t number, uint64_t physical, uint64_t virtual, uint64_t size)
{
	const struct info *info = &image.source.info;
	struct range range = { 0 };

	if (number < info->range_count)
		range = info->ranges[number];
	ok(number < info->range_count && range.physical == physical && range.virtual == virtual && range.size == size,
	   "range %zu of %zu: 0x%" PRIx64 " at 0x%" PRIx64 ", 0x%" PRIx64 " bytes", number + 1, info->range_count,
	   range.physical, range.virtual, range.size);
}

static void is_unknown(const char *text)
{
	const char *unknown = image.source.info.unknown;

	ok(unknown ? text && strstr(unknown, text) : !text, "not known: %s", unknown ? unknown : "nothing\n");
}

/* Make the ranges, from memory or without. */
static void lay_out(bool with_memory)
{
	struct memory *memory = with_memory ? memory_open(&image.source, &fault) : NULL;
	int status = layout_ranges(&image.source.info, memory ? memory_physical(memory) : NULL, &fault);

	ok(!status && image.source.info.ranges_made == (image.source.info.range_count > 0), "ranges are made");
	memory_close(memory);
}

/* --- x86_64 --- */

#define STEXT UINT64_C(0xffffffff92200000)
#define IMAGE_AT UINT64_C(0x1200000)

static void begin_x86_64(const char *more)
{
	char vmcoreinfo[1024];

	levels = strstr(more, "l5_enabled)=1") ? 5 : 4;
	root = free_table = TABLES;
	flags = 0;
	entry_of = x86_64_entry;
	snprintf(vmcoreinfo, sizeof(vmcoreinfo),
		 "OSRELEASE=6.1.0\nSYMBOL(init_top_pgt)=%" PRIx64 "\nSYMBOL(_stext)=%" PRIx64
		 "\nNUMBER(phys_base)=%" PRId64 "\n%s",
		 STEXT + (TABLES - IMAGE_AT), STEXT, (int64_t)(IMAGE_AT - (STEXT - UINT64_C(0xffffffff80000000))),
		 more);
	image_open(&image, "x86_64", false, vmcoreinfo);
	image_at(&image, TABLES);
}

static void x86_64(const char *more, uint64_t direct, uint64_t direct_size)
{
	begin_x86_64(more);
	if (strstr(more, "sme_mask"))
		flags = UINT64_C(1) << 47;
	map(direct + 0x1000, 0x1000, 0); /* page 0 is not mapped */
	map_many(direct + 0x2000, 0x2000, 0, 100);
	map_many(direct + 2 * MIB, 2 * MIB, 1, 40);
	map(direct + 4 * GIB, 4 * GIB, 2);
	map_many(direct + 2048 * GIB, 0x7000, 0, 4); /* vmalloc */
	map_many(STEXT, IMAGE_AT, 1, 3);
	map_many(STEXT + 6 * MIB, IMAGE_AT + 6 * MIB, 0, 200);
	map_many(STEXT + 12 * MIB, IMAGE_AT + 12 * MIB, 1, 2); /* behind a hole */
	map_many(UINT64_C(0xffffffffc0000000), 0x9000, 0, 9);  /* modules */
	lay_out(true);
	is_range(0, IMAGE_AT, STEXT, 16 * MIB);
	is_range(1, 0, direct, direct_size);
	is_range(2, direct_size, RANGE_NOT_MAPPED, PAGE_ADDRESS_LIMIT - direct_size);
	is_unknown(NULL);
	image_close(&image);
}

/* The same by reading: every kind of mapping, and what is in none. */
static void x86_64_reads(void)
{
	const uint64_t vmalloc = UINT64_C(0xffffc90000000000);
	struct memory *memory;
	unsigned char out[8192];

	begin_x86_64("NUMBER(pgtable_l5_enabled)=0\n");
	map(vmalloc, 0x5000, 0);
	map(vmalloc + 0x1000, 0x3000, 0);
	map(vmalloc + 2 * MIB, 2 * MIB, 1);
	map(vmalloc + GIB, GIB, 2);
	memset(image_at(&image, 0x5000), 5, IMAGE_PAGE);
	memset(image_at(&image, 0x3000), 3, IMAGE_PAGE);
	*image_at(&image, 2 * MIB + 0x12345) = 7;
	*image_at(&image, GIB + 0x1234567) = 8;
	memory = memory_open(&image.source, &fault);
	ok(!memory_read(memory, vmalloc, out, 8192, &fault) && out[0] == 5 && out[4095] == 5 && out[4096] == 3,
	   "two pages that are apart in memory");
	ok(!memory_read(memory, vmalloc + 2 * MIB + 0x12345, out, 1, &fault) && *out == 7, "in 2 MiB");
	ok(!memory_read(memory, vmalloc + GIB + 0x1234567, out, 1, &fault) && *out == 8, "in 1 GiB");
	ok(memory_read(memory, vmalloc + 0x2000, out, 1, &fault) == -FAULT_DAMAGED &&
		   strstr(fault.text, "nothing was mapped at virtual address 0xffffc90000002000"),
	   "%s", fault.text);
	ok(memory_read(memory, 0x1000, out, 1, &fault) == -FAULT_DAMAGED && strstr(fault.text, "not a kernel address"),
	   "%s", fault.text);
	memory_close(memory);
	image_close(&image);
}

/* Every one of these leaves both unknown, in bounded time. */
static void hopeless(const char *what)
{
	printf("# %s\n", what);
	lay_out(true);
	ok(!image.source.info.range_count, "no ranges");
	is_unknown("where memory was mapped is not known: ");
	image_close(&image);
}

static void x86_64_hostile(void)
{
	begin_x86_64("");
	hopeless("empty tables");

	begin_x86_64("");
	for (unsigned i = 0; i < 512; i++)
		image_put_number(&image, root + 8 * i, 8, x86_64_entry(root, false, 3));
	hopeless("a table that leads to itself");

	begin_x86_64("");
	for (unsigned table = 0; table < 3; table++)
		for (unsigned i = 0; i < 512; i++)
			image_put_number(&image, root + table * IMAGE_PAGE + 8 * i, 8,
					 x86_64_entry(root + (table + 1) * IMAGE_PAGE, false, 3));
	image_at(&image, root + 3 * IMAGE_PAGE);
	hopeless("2^27 ways to an empty table");

	begin_x86_64("");
	for (unsigned i = 0; i < 512; i++)
		image_put_number(&image, root + 8 * i, 8, x86_64_entry(UINT64_C(0xfffffffff000), false, 3));
	hopeless("tables that are not in the dump");

	begin_x86_64("");
	for (unsigned i = 0; i < 512; i++)
		image_put_number(&image, root + 8 * i, 8, UINT64_MAX);
	hopeless("all bits set");

	image_open(&image, "x86_64", false,
		   "SYMBOL(init_top_pgt)=ffffffff81000003\nSYMBOL(_stext)=ffffffff81000000\nNUMBER(phys_base)=0\n");
	hopeless("a top table that is not aligned");

	image_open(&image, "x86_64", false,
		   "SYMBOL(init_top_pgt)=1000\nSYMBOL(_stext)=ffffffff81000000\nNUMBER(phys_base)=0\n");
	hopeless("a top table that is nowhere");
}

static void x86_64_partly(void)
{
	const uint64_t direct = UINT64_C(0xffff8c6080000000);

	begin_x86_64("");
	map_many(direct, 0, 1, 20);
	lay_out(true);
	is_range(0, 0, direct, UINT64_C(1) << 46);
	is_unknown("where the kernel's image was mapped is not known: ");
	image_close(&image);

	begin_x86_64("");
	map(direct, 0x5000, 0);
	map_many(STEXT, IMAGE_AT, 1, 3);
	lay_out(true);
	is_range(0, IMAGE_AT, STEXT, 6 * MIB);
	is_range(1, 0, RANGE_NOT_MAPPED, PAGE_ADDRESS_LIMIT);
	is_unknown("not known but for the kernel's image: ");
	image_close(&image);

	begin_x86_64("");
	map_many(direct + GIB, 0, 1, 4); /* linear, but the page tables themselves are not in it */
	map_many(STEXT + 2 * MIB, IMAGE_AT, 1, 1);
	hopeless("mappings of something else");
}

/* --- the other machines --- */

/* Without memory, what numbers say; the image is not among it. */
static void by_numbers(const char *machine, const char *vmcoreinfo, struct range direct, const char *unknown)
{
	uint64_t end = direct.physical + direct.size;
	size_t number = 0;

	printf("# %s\n", machine);
	image_open(&image, machine, !strcmp(machine, "s390x"), vmcoreinfo);
	lay_out(false);
	if (direct.physical)
		is_range(number++, 0, RANGE_NOT_MAPPED, direct.physical);
	is_range(number++, direct.physical, direct.virtual, direct.size);
	if (end < PAGE_ADDRESS_LIMIT)
		is_range(number++, end, RANGE_NOT_MAPPED, PAGE_ADDRESS_LIMIT - end);
	ok(image.source.info.range_count == number, "%zu ranges", number);
	is_unknown(unknown);
	image_close(&image);
}

#define AARCH64(bits, stext, phys_offset)                                                                              \
	"NUMBER(VA_BITS)=" bits "\nSYMBOL(_stext)=" stext "\nSYMBOL(swapper_pg_dir)=" stext                            \
	"\nNUMBER(kimage_voffset)=0xffff7fffc8000000\nNUMBER(PHYS_OFFSET)=" phys_offset "\n"

static void numbers(void)
{
	static const char image_unknown[] = "where the kernel's image was mapped is not known: ";

	by_numbers("aarch64", AARCH64("48", "ffff800008010000", "0x40000000"),
		   (struct range){ GIB, UINT64_C(0xffff000000000000), UINT64_C(1) << 47 }, image_unknown);
	by_numbers("aarch64", AARCH64("48", "ffff000008080000", "0x40000000"), /* before 5.4 */
		   (struct range){ GIB, UINT64_C(0xffff800000000000), UINT64_C(1) << 47 }, image_unknown);
	by_numbers("aarch64", AARCH64("39", "ffffffc008010000", "0x80000000"),
		   (struct range){ 2 * GIB, UINT64_C(0xffffff8000000000), UINT64_C(1) << 38 }, image_unknown);
	/* moved by KASLR: the start of the linear map is 3 GiB below physical address 0 */
	by_numbers("aarch64", AARCH64("48", "ffff800008010000", "0xffffffff40000000"),
		   (struct range){ 0, UINT64_C(0xffff0000c0000000), (UINT64_C(1) << 47) - 3 * GIB }, image_unknown);
	by_numbers("riscv64",
		   "NUMBER(VA_BITS)=39\nNUMBER(PAGE_OFFSET)=0xffffffd800000000\nNUMBER(phys_ram_base)=0x80000000\n"
		   "NUMBER(va_kernel_pa_offset)=0xfffffffeffe00000\nSYMBOL(_stext)=ffffffff80002000\n"
		   "SYMBOL(swapper_pg_dir)=ffffffff81600000\n",
		   (struct range){ 2 * GIB, UINT64_C(0xffffffd800000000), UINT64_C(1) << 37 }, image_unknown);
	by_numbers("s390x", "OSRELEASE=5.10\n", (struct range){ 0, 0, PAGE_ADDRESS_LIMIT }, NULL);
	by_numbers("s390x", "IDENTITYBASE=7fff000000\n",
		   (struct range){ 0, UINT64_C(0x7fff000000), PAGE_ADDRESS_LIMIT }, image_unknown);
	by_numbers("ppc64le", "", (struct range){ 0, UINT64_C(0xc000000000000000), PAGE_ADDRESS_LIMIT }, NULL);
	by_numbers("ppc64", "", (struct range){ 0, UINT64_C(0xc000000000000000), PAGE_ADDRESS_LIMIT }, NULL);
}

/* Pages of 64 KiB and addresses of 52 bits, on a CPU that has them and on one that has not. */
static void numbers_52(bool has_them)
{
	static const char vmcoreinfo[] = AARCH64("52", "ffff800008010000", "0x40000000") "NUMBER(TCR_EL1_T1SZ)=0x%x\n";
	char text[512];

	snprintf(text, sizeof(text), vmcoreinfo, has_them ? 12 : 16);
	image_open(&image, "aarch64", false, text);
	image.source.info.page_size = 65536;
	lay_out(false);
	if (has_them)
		is_range(1, GIB, UINT64_C(0xfff0000000000000), (UINT64_C(1) << 52) - (UINT64_C(1) << 47));
	is_unknown(has_them ? "the kernel's image was mapped is not known" : "where memory was mapped is not known");
	image_close(&image);
}

static void not_even_numbers(void)
{
	static const struct {
		const char *machine, *vmcoreinfo;
	} cases[] = {
		{ "x86_64", "" },
		{ "aarch64", "" },
		{ "riscv64", "" },
		{ "alpha", "" },
		{ "x86_64",
		  "SYMBOL(init_top_pgt)=ffffffff82000000\nSYMBOL(_stext)=ffffffff81000000\nNUMBER(phys_base)=0\n" },
		{ "aarch64", AARCH64("52", "ffff800008010000", "0x40000000") }, /* 4 KiB: LPA2 or not */
		{ "aarch64", AARCH64("99", "ffff800008010000", "0x40000000") },
		{ "aarch64", AARCH64("48", "ffff800008010000", "0xf000000000000000") },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		printf("# %s\n", cases[i].machine);
		image_open(&image, cases[i].machine, false, cases[i].vmcoreinfo);
		lay_out(false);
		ok(!image.source.info.range_count, "no ranges");
		is_unknown("where memory was mapped is not known: ");
		image_close(&image);
	}
}

/* With memory the tables decide, and tell of the image, too. */
static void by_tables(const char *machine, uint64_t image_offset, const char *vmcoreinfo, bool sound)
{
	const uint64_t stext = strcmp(machine, "aarch64") ? UINT64_C(0xffffffff80002000) : UINT64_C(0xffff800008010000);
	const uint64_t direct =
		strcmp(machine, "aarch64") ? UINT64_C(0xffffffd800000000) : UINT64_C(0xffff000000000000);
	const uint64_t start = stext & ~(2 * MIB - 1);

	printf("# %s\n", machine);
	entry_of = strcmp(machine, "aarch64") ? riscv64_entry : aarch64_entry;
	levels = strcmp(machine, "aarch64") ? 3 : 4;
	root = free_table = TABLES;
	image_open(&image, machine, false, vmcoreinfo);
	map_many(start, start - image_offset, 1, 4);
	map_many(start + 8 * MIB, start - image_offset + 8 * MIB, 0, 3);
	map_many(direct, sound ? 0 : 2 * MIB, 1, 32);
	lay_out(true);
	is_range(0, start - image_offset, start, 8 * MIB + 3 * IMAGE_PAGE);
	is_range(1, 0, sound ? direct : RANGE_NOT_MAPPED,
		 !sound                       ? PAGE_ADDRESS_LIMIT
		 : strcmp(machine, "aarch64") ? UINT64_C(1) << 37
					      : UINT64_C(1) << 47);
	is_unknown(sound ? NULL : "not known but for the kernel's image: ");
	image_close(&image);
}

static void tables(void)
{
	static const char aarch64[] =
		"NUMBER(VA_BITS)=48\nSYMBOL(_stext)=ffff800008010000\nSYMBOL(swapper_pg_dir)=ffff800008600000\n"
		"NUMBER(kimage_voffset)=0xffff800007e00000\nNUMBER(PHYS_OFFSET)=0x0\n";
	static const char riscv64[] =
		"NUMBER(VA_BITS)=39\nSYMBOL(_stext)=ffffffff80002000\nSYMBOL(swapper_pg_dir)=ffffffff80600000\n"
		"NUMBER(va_kernel_pa_offset)=0xffffffff7fe00000\nNUMBER(PAGE_OFFSET)=0xffffffd800000000\nNUMBER(phys_"
		"ram_base)=0x0\n";

	for (int sound = 1; sound >= 0; sound--) {
		by_tables("aarch64", UINT64_C(0xffff800007e00000), aarch64, sound);
		by_tables("riscv64", UINT64_C(0xffffffff7fe00000), riscv64, sound);
	}
}

static void left_alone(void)
{
	image_open(&image, "ppc64le", false, "");
	info_add_range(&image.source.info, (struct range){ 0, 0, 0x1000 }, &fault);
	layout_ranges(&image.source.info, NULL, &fault);
	ok(image.source.info.range_count == 1 && !image.source.info.ranges_made, "ranges of the dump's own stay");
	image_close(&image);
}

int main(void)
{
	x86_64("", UINT64_C(0xffff888000000000), UINT64_C(1) << 46);
	x86_64("NUMBER(pgtable_l5_enabled)=0\nNUMBER(sme_mask)=140737488355328\n", UINT64_C(0xffff8c6080000000),
	       UINT64_C(1) << 46);
	x86_64("NUMBER(pgtable_l5_enabled)=1\n", UINT64_C(0xff1ff212c0000000), UINT64_C(1) << 52);
	x86_64("NUMBER(MAX_PHYSMEM_BITS)=40\n", UINT64_C(0xffff888000000000), UINT64_C(1) << 40);
	x86_64("NUMBER(MAX_PHYSMEM_BITS)=63\n", UINT64_C(0xffff888000000000), UINT64_C(1) << 46);
	x86_64_reads();
	x86_64_partly();
	x86_64_hostile();
	numbers();
	numbers_52(true);
	numbers_52(false);
	not_even_numbers();
	tables();
	left_alone();
	return tap_done();
}
