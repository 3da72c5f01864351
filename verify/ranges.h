/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dump's list of memory ranges: a page outside of it has a wrong address. */
#ifndef VERIFY_RANGES_H
#define VERIFY_RANGES_H

#include "lkcd/findings.h"
#include "lkcd/info.h"
#include "lkcd/page.h"

struct ranges {
	uint32_t page_size;
	struct range *list; /* physical, ascending, disjoint; NULL: the dump has no list */
	size_t count;
};

/* Load the info's ranges. Returns 0 or -FAULT_MEMORY; ranges_clear must follow in both cases. */
int ranges_load(struct ranges *ranges, const struct info *info, struct fault *fault);
void ranges_clear(struct ranges *ranges);

/* True: pages of the run are outside all ranges; that was added to findings. *fault is overwritten. */
bool ranges_refuse(const struct ranges *ranges, const struct page *page, struct findings *findings,
		   struct fault *fault);

#endif
