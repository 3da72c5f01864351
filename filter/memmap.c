/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds struct pages: by the sections of SPARSEMEM, or in the array of FLATMEM. It relies on VMCOREINFO for addresses,
 * and on page tables to read virtual memory. A missing part of the memory map is not a fault: its frames are unknown.
 */
#include <inttypes.h>

#include "filter/memmap.h"

/* Flags in the low bits of section_mem_map, include/linux/mmzone.h: 2 of them once, 5 or 6 now. */
#define SECTION_MARKED_PRESENT 1u
#define SECTION_HAS_MEM_MAP 2u
#define SECTION_FLAGS 0x3fu

/* Damage or missing pages only leave frames unknown: return 0. Other faults are returned. */
static int ignore_dump_fault(int status)
{
	return fault_status(status) == 1 ? 0 : status;
}

/*
 * *base: the virtual address of the section's struct pages minus that many for the frames before the section, as the
 * kernel stores it, so that the frame number is the index. 0: the section has no struct pages.
 */
static int find_section(struct memmap *map, uint64_t section, uint64_t *base, struct fault *fault)
{
	const struct vmcoreinfo *core = map->core;
	uint64_t at = map->sections, index = section, coded;
	int status = 0;

	*base = 0;
	if (section >= core->sections)
		return 0;
	if (core->sections_per_root) {
		uint64_t root = section / core->sections_per_root;

		status = memory_read_word(map->memory, map->sections + root * (core->bits / 8), &at, fault);
		index = section % core->sections_per_root;
		if (status || !at)
			return status;
	}
	status = memory_read_word(map->memory, at + index * core->section_size + core->section_mem_map, &coded, fault);
	if (!status && coded & SECTION_MARKED_PRESENT && coded & SECTION_HAS_MEM_MAP)
		*base = coded & ~(uint64_t)SECTION_FLAGS;
	return status;
}

/* *at: the address of a frame's struct page, 0: it has none. *count is limited to adjacent ones. */
static int find_struct_pages(struct memmap *map, uint64_t frame, uint64_t *count, uint64_t *at, struct fault *fault)
{
	unsigned shift = map->core->section_frames_shift;
	uint64_t left;

	*at = 0;
	if (!map->core->sections) {
		if (frame - map->flat_start >= map->flat_count)
			return 0;
		left = map->flat_count - (frame - map->flat_start);
		*count = left < *count ? left : *count;
		*at = map->flat + (frame - map->flat_start) * map->core->size;
		return 0;
	}
	left = (UINT64_C(1) << shift) - (frame & ((UINT64_C(1) << shift) - 1));
	*count = left < *count ? left : *count;
	if (map->known_section != frame >> shift) {
		int status = find_section(map, frame >> shift, &map->known_map, fault);

		map->known_section = frame >> shift;
		if (status)
			map->known_map = 0;
		if (ignore_dump_fault(status))
			return status;
	}
	if (map->known_map)
		*at = map->known_map + frame * map->core->size;
	if (map->core->bits == 32)
		*at = (uint32_t)*at;
	return 0;
}

/* Copy a struct page that crosses a boundary of pages, and the next one if it is there. */
static int read_struct_pages(struct memmap *map, uint64_t at, uint64_t *count, struct fault *fault)
{
	int status;

	*count = *count < 2 ? *count : 2;
	status = memory_read(map->memory, at, map->pair, *count * map->core->size, fault);
	if (status && *count == 2 && !ignore_dump_fault(status)) {
		*count = 1;
		status = memory_read(map->memory, at, map->pair, map->core->size, fault);
	}
	return status;
}

int memmap_get(struct memmap *map, uint64_t frame, uint64_t *count, const unsigned char **pages, uint64_t *at,
	       struct fault *fault)
{
	uint64_t size = map->core->size, page_size = map->core->page_size, whole;
	int status = find_struct_pages(map, frame, count, at, fault);
	size_t there;

	if (status || !*at)
		return status;
	status = memory_borrow(map->memory, *at, *count * size, pages, &there, fault);
	whole = status ? (page_size - *at % page_size) / size : there / size;
	if (whole < *count && whole > 1 && (frame + whole) % 2)
		whole--;
	if (!status && !whole) {
		*pages = map->pair;
		status = read_struct_pages(map, *at, count, fault);
	} else {
		whole = whole ? whole : 1;
		*count = whole < *count ? whole : *count;
	}
	return status ? ignore_dump_fault(status) : 1;
}

/*
 * mem_section is an array in old kernels and without SPARSEMEM_EXTREME; otherwise a pointer, and VMCOREINFO has its
 * value since about 4.18, its address before. The right interpretation is the one with a section for the given frame.
 */
static int open_sparse(struct memmap *map, uint64_t frame, struct fault *fault)
{
	uint64_t base = 0, count;
	int status;

	for (unsigned i = 0; i < 2; i++) {
		count = 1;
		map->known_section = UINT64_MAX;
		status = find_struct_pages(map, frame, &count, &base, fault);
		if (status || base)
			return status;
		status = memory_read_word(map->memory, map->sections, &map->sections, fault);
		if (status)
			break;
	}
	return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
			 "the kernel's memory map cannot be found at 0x%" PRIx64, map->core->mem_section);
}

static int open_flat(struct memmap *map, struct fault *fault)
{
	const struct vmcoreinfo *core = map->core;
	int status = memory_read_word(map->memory, core->pglist + core->node_mem_map, &map->flat, fault);

	if (!status)
		status = memory_read_word(map->memory, core->pglist + core->node_start, &map->flat_start, fault);
	if (!status)
		status = memory_read_word(map->memory, core->pglist + core->node_spanned, &map->flat_count, fault);
	if (!status && map->flat)
		return 0;
	return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
			 "the kernel's memory map cannot be found by contig_page_data at 0x%" PRIx64, core->pglist);
}

int memmap_open(struct memmap *map, struct memory *memory, const struct vmcoreinfo *core, uint64_t frame,
		struct fault *fault)
{
	*map = (struct memmap){
		.memory = memory, .core = core, .sections = core->mem_section, .known_section = UINT64_MAX
	};
	return core->sections ? open_sparse(map, frame, fault) : open_flat(map, fault);
}
