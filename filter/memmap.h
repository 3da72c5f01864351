/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's memory map: the struct page of each page frame. */
#ifndef FILTER_MEMMAP_H
#define FILTER_MEMMAP_H

#include <stdint.h>

#include "dump/memory.h"
#include "filter/vmcoreinfo.h"

struct memmap {
	struct memory *memory;
	const struct vmcoreinfo *core;
	uint64_t sections;                     /* virtual address of the array of sections or of roots */
	uint64_t flat, flat_start, flat_count; /* FLATMEM: virtual address, first frame, number of frames */
	uint64_t known_section, known_map;     /* the last section that was looked up; UINT64_MAX: none */
	unsigned char pair[2 * VMCOREINFO_STRUCT_PAGE_MAX]; /* struct pages that cross a boundary of pages */
};

/*
 * Find the memory map. core and memory are borrowed; frame is one that certainly has a struct page. Returns 0, or
 * -FAULT_DAMAGED when there is no memory map at VMCOREINFO's address.
 */
int memmap_open(struct memmap *map, struct memory *memory, const struct vmcoreinfo *core, uint64_t frame,
		struct fault *fault);

/*
 * Get the struct pages from frame on. *count: the number wanted; on return the number that the result is about, at
 * least 1. *at: the virtual address of the first one, 0 if the kernel had none for these frames.
 *
 * Returns 1: they are at *pages, core->size bytes each, borrowed until the next call. An even frame and the next one
 * are returned together, except at the ends of what is wanted or known. 0: they are not in the dump. Negative: a fault
 * that is not the dump's.
 */
int memmap_get(struct memmap *map, uint64_t frame, uint64_t *count, const unsigned char **pages, uint64_t *at,
	       struct fault *fault);

#endif
