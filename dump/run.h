/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the run of pages that holds an address and decompresses it: one reader's cursor through a dump. */
#ifndef DUMP_RUN_H
#define DUMP_RUN_H

#include "dump/unpack.h"
#include "lkcd/source.h"

struct run_finder {
	struct source *cursor; /* a fork; owned */
	struct unpack unpack;
	uint64_t run_end_address; /* of the run found last; UINT64_MAX: unknown */
};

/* Returns 0; -FAULT_CANNOT when the source can only be read in order; or another fault. */
int run_open(struct run_finder *finder, struct source *source, struct fault *fault);

/* A finder that is all zero may be closed too. */
void run_close(struct run_finder *finder);

/*
 * Fill *page with the run that holds address; its data, plain or NULL, are borrowed until the next call. Returns 0;
 * -FAULT_DAMAGED when the page is not in the dump, or does not decompress; or another fault.
 */
int run_find(struct run_finder *finder, uint64_t address, struct page *page, struct fault *fault);

/* The first address after a run. */
static inline uint64_t run_end(const struct page *page, uint32_t page_size)
{
	return page->address + (uint64_t)page->pages * page_size;
}

#endif
