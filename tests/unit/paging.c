/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's page tables of aarch64, with pages of each size, and of x86_64 with four levels and five. */
#include <inttypes.h>

#include "dump/memory.h"
#include "dump/paging.h"
#include "tests/unit/image.h"
#include "tests/unit/tap.h"

#define ROOT UINT64_C(0x41200000) /* where the top table is */

/* One way to lay tables out. */
struct way {
	const char *name, *machine, *keys;
	unsigned page_shift, address_bits, levels;
	uint64_t highest; /* physical address that an entry can hold */
	uint64_t (*entry)(unsigned page_shift, uint64_t physical, bool leaf, unsigned level);
};

static struct image image;
static struct fault fault;
static uint64_t next_table;

static uint64_t x86_64(unsigned page_shift, uint64_t physical, bool leaf, unsigned level)
{
	(void)page_shift;
	return physical | UINT64_C(0x8000000000000063) | (leaf && level ? 0x80 : 0);
}

static uint64_t aarch64(unsigned page_shift, uint64_t physical, bool leaf, unsigned level)
{
	uint64_t high = page_shift == 16 ? physical >> 48 << 12 : 0;

	return (physical & UINT64_C(0xffffffffffff)) | high | UINT64_C(0x68000000000700) | (leaf && level ? 1 : 3);
}

/* FEAT_LPA2: where the others have the shareability, there are address bits. */
static uint64_t aarch64_wide(unsigned page_shift, uint64_t physical, bool leaf, unsigned level)
{
	(void)page_shift;
	return (physical & UINT64_C(0x3ffffffffffff)) | physical >> 50 << 8 | UINT64_C(0x68000000000400) |
	       (leaf && level ? 1 : 3);
}

#define AARCH64_KEYS "SYMBOL(swapper_pg_dir)=ffff800081200000\nNUMBER(kimage_voffset)=0xffff800040000000\n"
#define X86_KEYS "SYMBOL(init_top_pgt)=ffffffff82200000\nNUMBER(phys_base)=1056964608\n" /* 0x3f000000 */

static const struct way ways[] = {
	{ "x86_64, 4 levels", "x86_64", X86_KEYS, 12, 48, 4, UINT64_C(1) << 52, x86_64 },
	{ "x86_64, 5 levels", "x86_64", X86_KEYS "NUMBER(pgtable_l5_enabled)=1\n", 12, 57, 5, UINT64_C(1) << 52,
	  x86_64 },
	{ "4 KiB, 39 bits", "aarch64", AARCH64_KEYS "NUMBER(VA_BITS)=39\n", 12, 39, 3, UINT64_C(1) << 48, aarch64 },
	{ "4 KiB, 48 bits", "aarch64", AARCH64_KEYS "NUMBER(VA_BITS)=48\n", 12, 48, 4, UINT64_C(1) << 48, aarch64 },
	{ "4 KiB, 52 bits", "aarch64", AARCH64_KEYS "NUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0xc\n", 12, 52, 5,
	  UINT64_C(1) << 52, aarch64_wide },
	{ "4 KiB, 52 bits on a CPU of 48", "aarch64", AARCH64_KEYS "NUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0x10\n",
	  12, 48, 4, UINT64_C(1) << 48, aarch64 },
	{ "16 KiB, 36 bits", "aarch64", AARCH64_KEYS "NUMBER(VA_BITS)=36\n", 14, 36, 2, UINT64_C(1) << 48, aarch64 },
	{ "16 KiB, 47 bits", "aarch64", AARCH64_KEYS "NUMBER(VA_BITS)=47\n", 14, 47, 3, UINT64_C(1) << 48, aarch64 },
	{ "16 KiB, 48 bits", "aarch64", AARCH64_KEYS "NUMBER(VA_BITS)=48\n", 14, 48, 4, UINT64_C(1) << 48, aarch64 },
	{ "16 KiB, 52 bits", "aarch64", AARCH64_KEYS "NUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0xc\n", 14, 52, 4,
	  UINT64_C(1) << 52, aarch64_wide },
	{ "16 KiB, 52 bits on a CPU of 47", "aarch64", AARCH64_KEYS "NUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0x11\n",
	  14, 47, 3, UINT64_C(1) << 48, aarch64 },
	{ "64 KiB, 42 bits", "aarch64", AARCH64_KEYS "NUMBER(VA_BITS)=42\n", 16, 42, 2, UINT64_C(1) << 52, aarch64 },
	{ "64 KiB, 48 bits", "aarch64", AARCH64_KEYS "NUMBER(VA_BITS)=48\n", 16, 48, 3, UINT64_C(1) << 52, aarch64 },
	{ "64 KiB, 52 bits", "aarch64", AARCH64_KEYS "NUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0x10\n", 16, 52, 3,
	  UINT64_C(1) << 52, aarch64 },
};

/* Map virtual at a level, 0 the last, with a table of its own in each level. The top table may have fewer entries. */
static void map(const struct way *way, uint64_t virtual, uint64_t physical, unsigned level)
{
	uint64_t table = ROOT, within = virtual & ((UINT64_C(1) << way->address_bits) - 1);

	for (unsigned at = way->levels - 1;; at--) {
		unsigned shift = way->page_shift + at * (way->page_shift - 3);
		uint64_t slot = table + (within >> shift & ((UINT64_C(1) << (way->page_shift - 3)) - 1)) * 8;
		uint64_t next = at == level ? physical : (next_table += UINT64_C(1) << way->page_shift);

		image_put_number(&image, slot, 8, way->entry(way->page_shift, next, at == level, at));
		if (at == level)
			return;
		table = next;
	}
}

/* Is an address in the middle of what was mapped found, and none beside it? */
static void is_mapped(const struct way *way, const struct paging *paging, uint64_t virtual, uint64_t physical,
		      unsigned level)
{
	uint64_t size = UINT64_C(1) << (way->page_shift + level * (way->page_shift - 3));
	struct memory *memory;
	struct mapping found = { 0 };

	map(way, virtual, physical, level);
	memory = memory_open(&image.source, &fault);
	ok(!paging_translate(paging, memory_physical(memory), virtual + size / 2 + 8, &found, &fault) &&
		   found.virtual == virtual && found.physical == physical && found.size == size,
	   "%s: level %u of %u: 0x%" PRIx64 " is 0x%" PRIx64 ", 0x%" PRIx64 " bytes", way->name, level, way->levels,
	   found.virtual, found.physical, found.size);
	ok(paging_translate(paging, memory_physical(memory), virtual + size, &found, &fault) == -FAULT_DAMAGED,
	   "%s: nothing is behind", way->name);
	ok(paging_translate(paging, memory_physical(memory), virtual & ~(UINT64_C(1) << 63), &found, &fault) ==
		   -FAULT_DAMAGED,
	   "%s: no address of the kernel", way->name);
	memory_close(memory);
}

static void try_way(const struct way *way)
{
	uint64_t start = -(UINT64_C(1) << (way->address_bits - !strcmp(way->machine, "x86_64")));
	struct paging paging;

	image_open(&image, way->machine, false, way->keys);
	image.source.info.page_size = 1u << way->page_shift;
	ok(paging_find(&image.source.info, &paging) && paging.levels == way->levels && paging.root == ROOT &&
		   paging_start(&paging) == start,
	   "%s: %u levels from 0x%" PRIx64, way->name, paging.levels, paging.root);
	image.source.info.page_size = IMAGE_PAGE; /* in which this image is kept */
	next_table = ROOT;
	for (unsigned level = 0; level < 2; level++) {
		uint64_t size = UINT64_C(1) << (way->page_shift + level * (way->page_shift - 3));

		is_mapped(way, &paging, start + (UINT64_C(5) << (way->address_bits - 5)) + size * 5,
			  way->highest - size, level);
	}
	image_close(&image);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		try_way(&ways[i]);
	return tap_done();
}
