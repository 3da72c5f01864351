/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layout of the kernel's memory map and of struct page, from VMCOREINFO. The kernel's
 * Documentation/admin-guide/kdump/vmcoreinfo.rst describes each key; kernel/vmcore_info.c and mm/ write them.
 */
#ifndef FILTER_VMCOREINFO_H
#define FILTER_VMCOREINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/info.h"

#define VMCOREINFO_NO_OFFSET UINT32_MAX
#define VMCOREINFO_STRUCT_PAGE_MAX 1024 /* far more than any kernel's */

/* A page type, stored in _mapcount: (field & mask) == value. mask 0: not known. */
struct vmcoreinfo_type {
	uint32_t mask, value;
};

struct vmcoreinfo {
	unsigned bits;
	bool big_endian;
	uint32_t page_size;

	/* struct page: its size, and offsets of its fields; VMCOREINFO_NO_OFFSET: not known */
	uint32_t size, flags, refcount, mapcount, mapping, private, compound_head;
	uint32_t compound_dtor, dtor_size; /* in the struct page after the head's; dtor_size 0: not known */
	uint64_t dtor_hugetlb;
	uint64_t lru, has_private, swapcache, swapbacked, slab, head, poison; /* bits of flags; 0: not known */
	uint64_t hugetlb; /* bit of flags in the struct page after the head's; 0: not known */
	struct vmcoreinfo_type type_buddy, type_slab, type_hugetlb, type_offline;
	uint32_t orders; /* free blocks have orders below this; 0: not known */

	/* SPARSEMEM; sections 0: the kernel has none */
	uint64_t mem_section, sections; /* virtual address; how many sections there can be */
	uint32_t section_size, section_frames_shift,
		sections_per_root; /* of struct mem_section; 0 per root: one array */
	uint32_t section_mem_map;  /* offset in it */
	/* FLATMEM; 0: the kernel has none */
	uint64_t pglist;
	uint32_t node_mem_map, node_start, node_spanned;

	char missing[200]; /* missing keys without which some pages stay unknown, "KEY, KEY"; "": none */
};

/* Parse info's VMCOREINFO. Returns 0, or -FAULT_DAMAGED when too much is missing or impossible to classify any page. */
int vmcoreinfo_read(const struct info *info, struct vmcoreinfo *core, struct fault *fault);

#endif
