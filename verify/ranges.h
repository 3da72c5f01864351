/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the dump says that there was memory: a page elsewhere has a wrong address. */
#ifndef VERIFY_RANGES_H
#define VERIFY_RANGES_H

#include "lkcd/findings.h"
#include "lkcd/info.h"
#include "lkcd/page.h"

struct ranges {
	uint32_t page_size;
	struct range *list; /* physical, ascending, disjoint; NULL: the dump does not say where memory was */
	size_t count;
};

/* The info's ranges in whole pages. Returns 0 or -FAULT_MEMORY; ranges_clear after either. */
int ranges_load(struct ranges *ranges, const struct info *info, struct fault *fault);
void ranges_clear(struct ranges *ranges);

/* Is there a page where no memory was? Then it goes to findings. */
bool ranges_refuse(const struct ranges *ranges, const struct page *page, struct findings *findings,
		   struct fault *fault);

#endif
