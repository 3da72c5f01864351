/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "dump/notes.h"
#include "filter/vmcoreinfo.h"

/*
 * Reads the keys of VMCOREINFO that describe struct page and the memory map. Changes in the kernel are detected by keys
 * and values, never by the release, because distributions backport changes:
 *
 *	2.6.38	free pages have _mapcount -128; -2 before	the value of PAGE_BUDDY_MAPCOUNT_VALUE
 *	4.4	tails point to the head by compound_head	the key; without it, compound pages are not known
 *	4.5	compound_dtor is a number			its width is the distance to compound_order
 *	4.7	page._count became page._refcount		the key
 *	4.15	mem_section became a pointer			the value that leads to a section (memmap.c)
 *	4.18	a type is a bit cleared under 0xf0000000	the value: one bit of it is clear
 *	6.6	hugetlb is a flag of the page after the head	NUMBER(PG_hugetlb)
 *	6.10	slab and hugetlb are types			their own keys, and no NUMBER(PG_slab)
 *	6.11	a type is the top byte, the rest may count	the value: its low 24 bits are clear
 */
#define STRUCT_MAX (4u << 20) /* struct pglist_data is some hundred KiB */

/* enum compound_dtor_id of 4.5 to 6.5, for compound pages of the kernel. VMCOREINFO never had it. */
#define COMPOUND_PAGE_DTOR 1

struct reading {
	const struct info *info;
	struct vmcoreinfo *core;
};

static void record_missing(struct reading *reading, const char *key)
{
	char *list = reading->core->missing;
	size_t n = strlen(list);

	snprintf(list + n, sizeof(reading->core->missing) - n, "%s%s", n ? ", " : "", key);
}

static bool parse_key_number(const struct reading *reading, const char *key, uint64_t *value)
{
	return notes_vmcoreinfo_number(reading->info, key, strncmp(key, "SYMBOL", 6) ? 10 : 16, value);
}

/* Parse a number from least to most; fallback if it is missing or outside. */
static uint32_t parse_bounded(struct reading *reading, const char *key, uint32_t least, uint32_t most,
			      uint32_t fallback)
{
	uint64_t value;

	return parse_key_number(reading, key, &value) && value >= least && value <= most ? (uint32_t)value : fallback;
}

/* Parse the offset of a field of width bytes in struct page. older: the key in older kernels, or NULL. */
static uint32_t parse_offset(struct reading *reading, const char *key, const char *older, uint32_t width)
{
	uint32_t last = reading->core->size - width, at;

	if (width > reading->core->size)
		return VMCOREINFO_NO_OFFSET;
	at = parse_bounded(reading, key, 0, last, VMCOREINFO_NO_OFFSET);
	if (at == VMCOREINFO_NO_OFFSET && older)
		at = parse_bounded(reading, older, 0, last, VMCOREINFO_NO_OFFSET);
	if (at != VMCOREINFO_NO_OFFSET && at % (width < 4 ? 1 : width))
		at = VMCOREINFO_NO_OFFSET; /* no compiler would place it there */
	return at;
}

/* A bit of page.flags by its number. */
static uint64_t parse_flag(struct reading *reading, const char *key)
{
	uint32_t bit = parse_bounded(reading, key, 0, reading->core->bits - 1, UINT32_MAX);

	return bit == UINT32_MAX ? 0 : UINT64_C(1) << bit;
}

/* The representation of a page type depends on the kernel, see above. */
static struct vmcoreinfo_type parse_page_type(struct reading *reading, const char *key)
{
	uint64_t value;
	uint32_t v;

	if (!parse_key_number(reading, key, &value))
		return (struct vmcoreinfo_type){ 0, 0 };
	v = (uint32_t)value;
	if ((int32_t)v >= -1)
		return (struct vmcoreinfo_type){ 0, 0 }; /* values from -1 on are counts of mappings */
	if (!(v & 0xffffff))
		return (struct vmcoreinfo_type){ 0xff000000, v };
	if (!(~v & (~v - 1)) && ~v >= 0x80)
		return (struct vmcoreinfo_type){ 0xf0000000 | ~v, 0xf0000000 };
	return (struct vmcoreinfo_type){ UINT32_MAX, v };
}

static void read_flags(struct reading *reading)
{
	struct vmcoreinfo *core = reading->core;
	uint64_t head;

	core->lru = parse_flag(reading, "NUMBER(PG_lru)");
	core->has_private = parse_flag(reading, "NUMBER(PG_private)");
	core->swapcache = parse_flag(reading, "NUMBER(PG_swapcache)");
	core->swapbacked = parse_flag(reading, "NUMBER(PG_swapbacked)");
	core->slab = parse_flag(reading, "NUMBER(PG_slab)");
	core->poison = parse_flag(reading, "NUMBER(PG_hwpoison)");
	core->hugetlb = parse_flag(reading, "NUMBER(PG_hugetlb)");
	if (parse_key_number(reading, "NUMBER(PG_head_mask)", &head) && !(head & (head - 1)))
		core->head = head;
	core->type_buddy = parse_page_type(reading, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)");
	core->type_slab = parse_page_type(reading, "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)");
	core->type_hugetlb = parse_page_type(reading, "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)");
	core->type_offline = parse_page_type(reading, "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)");
	core->orders = parse_bounded(reading, "LENGTH(zone.free_area)", 1, 64, 0);
}

/* The width of compound_dtor, the distance to compound_order, is 1, 2, 4 or 8 bytes in one kernel or another. */
static void read_dtor(struct reading *reading)
{
	struct vmcoreinfo *core = reading->core;
	uint32_t order = parse_offset(reading, "OFFSET(page.compound_order)", NULL, 1), size;

	core->compound_dtor = parse_offset(reading, "OFFSET(page.compound_dtor)", NULL, 1);
	if (core->compound_dtor == VMCOREINFO_NO_OFFSET || order == VMCOREINFO_NO_OFFSET ||
	    order <= core->compound_dtor ||
	    !parse_key_number(reading, "NUMBER(HUGETLB_PAGE_DTOR)", &core->dtor_hugetlb) ||
	    core->dtor_hugetlb <= COMPOUND_PAGE_DTOR)
		return;
	size = order - core->compound_dtor;
	if (size == 1 || size == 2 || size == 4 || size == 8)
		core->dtor_size = size;
}

/* Fails without the essential keys; without those that are recorded as missing, some pages stay unknown. */
static int read_struct_page(struct reading *reading, struct fault *fault)
{
	struct vmcoreinfo *core = reading->core;
	uint32_t word = core->bits / 8;

	core->size = parse_bounded(reading, "SIZE(page)", 32, VMCOREINFO_STRUCT_PAGE_MAX, 0);
	core->flags = parse_offset(reading, "OFFSET(page.flags)", NULL, word);
	core->refcount = parse_offset(reading, "OFFSET(page._refcount)", "OFFSET(page._count)", 4);
	core->mapcount = parse_offset(reading, "OFFSET(page._mapcount)", NULL, 4);
	if (core->flags == VMCOREINFO_NO_OFFSET || core->refcount == VMCOREINFO_NO_OFFSET ||
	    core->mapcount == VMCOREINFO_NO_OFFSET)
		return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
				 "VMCOREINFO does not contain the layout of struct page");
	core->mapping = parse_offset(reading, "OFFSET(page.mapping)", NULL, word);
	core->private = parse_offset(reading, "OFFSET(page.private)", NULL, word);
	core->compound_head = parse_offset(reading, "OFFSET(page.compound_head)", NULL, word);
	read_flags(reading);
	read_dtor(reading);
	if (!core->type_buddy.mask)
		record_missing(reading, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)");
	if (!core->orders)
		record_missing(reading, "LENGTH(zone.free_area)");
	if (core->private == VMCOREINFO_NO_OFFSET)
		record_missing(reading, "OFFSET(page.private)");
	if (core->mapping == VMCOREINFO_NO_OFFSET)
		record_missing(reading, "OFFSET(page.mapping)");
	if (core->compound_head == VMCOREINFO_NO_OFFSET)
		record_missing(reading, "OFFSET(page.compound_head)");
	if (!core->lru)
		record_missing(reading, "NUMBER(PG_lru)");
	if (!core->head)
		record_missing(reading, "NUMBER(PG_head_mask)");
	if (!core->slab && !core->type_slab.mask)
		record_missing(reading, "NUMBER(PG_slab)");
	return 0;
}

/*
 * One array of all sections, or an array of pointers to roots of a page each (SPARSEMEM_EXTREME). Both cover all
 * possible sections, so the length shows which it is.
 */
static bool read_sparse(struct reading *reading)
{
	struct vmcoreinfo *core = reading->core;
	uint32_t page_shift = (uint32_t)__builtin_ctz(core->page_size), section_shift, physical_bits;
	uint64_t length;

	section_shift = parse_bounded(reading, "NUMBER(SECTION_SIZE_BITS)", page_shift + 1, 40, 0);
	physical_bits = parse_bounded(reading, "NUMBER(MAX_PHYSMEM_BITS)", section_shift, 60, 0);
	core->section_size = parse_bounded(reading, "SIZE(mem_section)", 4, core->page_size, 0);
	core->section_mem_map = parse_bounded(reading, "OFFSET(mem_section.section_mem_map)", 0,
					      core->section_size - core->bits / 8, VMCOREINFO_NO_OFFSET);
	if (!section_shift || !physical_bits || core->section_size < core->bits / 8 ||
	    core->section_mem_map == VMCOREINFO_NO_OFFSET ||
	    !parse_key_number(reading, "SYMBOL(mem_section)", &core->mem_section) ||
	    !parse_key_number(reading, "LENGTH(mem_section)", &length) || !length)
		return false;
	core->section_frames_shift = section_shift - page_shift;
	core->sections = UINT64_C(1) << (physical_bits - section_shift);
	core->sections_per_root = length < core->sections ? core->page_size / core->section_size : 0;
	return true;
}

static bool read_flat(struct reading *reading)
{
	struct vmcoreinfo *core = reading->core;

	core->node_mem_map = parse_bounded(reading, "OFFSET(pglist_data.node_mem_map)", 0, STRUCT_MAX, 0);
	core->node_start = parse_bounded(reading, "OFFSET(pglist_data.node_start_pfn)", 0, STRUCT_MAX, 0);
	core->node_spanned = parse_bounded(reading, "OFFSET(pglist_data.node_spanned_pages)", 0, STRUCT_MAX, 0);
	return core->node_mem_map && core->node_start && core->node_spanned &&
	       parse_key_number(reading, "SYMBOL(contig_page_data)", &core->pglist);
}

int vmcoreinfo_read(const struct info *info, struct vmcoreinfo *core, struct fault *fault)
{
	struct reading reading = { info, core };
	int status;

	*core = (struct vmcoreinfo){ .bits = info->bits, .big_endian = info->big_endian, .page_size = info->page_size };
	if (info->bits != 32 && info->bits != 64)
		return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
				 "the machine of the dump is not known");
	if (!notes_vmcoreinfo_number(info, "SIZE(page)", 10, &(uint64_t){ 0 }))
		return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
				 "VMCOREINFO is missing, or does not describe struct page");
	status = read_struct_page(&reading, fault);
	if (status)
		return status;
	if (read_sparse(&reading))
		return 0;
	core->sections = 0;
	if (read_flat(&reading))
		return 0;
	return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
			 "VMCOREINFO does not contain the location of the kernel's memory map");
}
