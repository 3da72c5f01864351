/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What flows from a source to a sink: a run of page frames, compressed or plain. */
#ifndef LKCD_PAGE_H
#define LKCD_PAGE_H

#include <stdint.h>

struct codec;

/* Physical addresses end here: no machine has more, so a dump that does is damaged. Keeps address + size from overflow.
 */
#define PAGE_ADDRESS_LIMIT (UINT64_C(1) << 60)
#define PAGE_SIZE_MIN 4096u
#define PAGE_SIZE_MAX (1u << 20)
#define PAGE_RUN_MAX (1u << 16) /* page frames in one struct page, at most */

/*
 * What pages were used for when the machine crashed. This is the only list of the classes: ROW(constant, number, name,
 * level). The number is stored in dumps (lkcd-dump(5)), the name appears in reports, the level is the lowest dump
 * level (enum level_bits of filter/level.h) that keeps its pages. Numbers ascend without a hole.
 */
/* clang-format off */
#define PAGE_CLASS_ROWS(ROW) \
	ROW(PAGE_UNKNOWN, 0, "unknown", LEVEL_KERN) /* kept like the kernel's pages: when in doubt, keep */ \
	ROW(PAGE_KERNEL, 1, "kernel", LEVEL_KERN)   /* reserved, or in use and not on the LRU */ \
	ROW(PAGE_USED, 2, "used", LEVEL_USED)       /* user memory and page cache */ \
	ROW(PAGE_UNUSED, 3, "unused", LEVEL_ALL)    /* free */
/* clang-format on */

#define PAGE_CLASS_CONSTANT(constant, number, name, level) constant = (number),
enum page_class { PAGE_CLASS_ROWS(PAGE_CLASS_CONSTANT) PAGE_CLASSES };

struct page {
	uint64_t address; /* physical, of the first frame; a multiple of the page size */
	uint32_t pages;   /* page frames, contiguous, 1 ... PAGE_RUN_MAX */
	uint32_t bytes;   /* at data: pages * page size when plain, less when compressed, 0 when data is NULL */
	const struct codec *codec; /* that data is compressed with, as one block; NULL: plain */
	const void *data;          /* borrowed until the next call of the source; NULL: every byte is zero */
	enum page_class class;
	uint64_t offset; /* of its data in the input, for messages; 0: unknown */
};

#endif
