/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's memory map: where the struct page of each page frame stands, and its bytes. */
#ifndef FILTER_MEMMAP_H
#define FILTER_MEMMAP_H

#include <stdint.h>

#include "dump/memory.h"
#include "filter/vmcoreinfo.h"

struct memmap {
	struct memory *memory;
	const struct vmcoreinfo *core;
	uint64_t sections;                     /* virtual address of the array of sections, or of the roots */
	uint64_t flat, flat_start, flat_count; /* FLATMEM: virtual address, and the frames it is for */
	uint64_t known_section, known_map;     /* what was looked up last; known_section UINT64_MAX: nothing */
	unsigned char pair[2 * VMCOREINFO_STRUCT_PAGE_MAX]; /* where pieces of memory meet in a struct page */
};

/* core and memory are borrowed. frame is one that must have a struct page. -FAULT_DAMAGED when there is no memory map
 * where VMCOREINFO says. */
int memmap_open(struct memmap *map, struct memory *memory, const struct vmcoreinfo *core, uint64_t frame,
		struct fault *fault);

/*
 * The struct pages of frame and those behind it. *count: how many are wanted, and then how many there are of which is
 * told what the return says: 1: they stand at *pages (core->size bytes each; borrowed until the next call), and the
 * first of them at virtual address *at; of an even frame and the next one both or none are there, but at the ends of
 * what is wanted or known. 0: nothing is known of them, and *at is 0 if the kernel had no struct page for them. *count
 * is at least 1 then. Negative: a fault that is not about the dump.
 */
int memmap_get(struct memmap *map, uint64_t frame, uint64_t *count, const unsigned char **pages, uint64_t *at,
	       struct fault *fault);

#endif
