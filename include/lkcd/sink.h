/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where pages go. */
#ifndef LKCD_SINK_H
#define LKCD_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/info.h"
#include "lkcd/page.h"
#include "lkcd/pagemap.h"

enum sink_needs {
	SINK_MAP = 1,      /* begin() must be given the map */
	SINK_PLAIN = 2,    /* put() takes plain pages only */
	SINK_BY_CLASS = 4, /* not needed, but wanted: pages in passes, as info's by_class says */
};

/* What copy_pages knows before the first page. Borrowed until finish() returns. */
struct sink_plan {
	const struct info *info;
	struct pagemap *map; /* NULL when the source has none */
	bool ascending;      /* pages are known to come in ascending order; false without a map */
};

/* Embedded as first member in each implementation. */
struct sink {
	unsigned needs;  /* enum sink_needs */
	uint32_t window; /* bytes: what is packed is cut at multiples of it (a page where that is larger); 0: never
			  * packed
			  */
	const struct codec *codec; /* packed pages it takes, at most a window each; NULL: plain pages only */

	int (*begin)(struct sink *sink, const struct sink_plan *plan, struct fault *fault);
	/*
	 * Take a run. Plain and zero runs may be of any length; page and its data are borrowed for the call. A wrapper
	 * that finds a page lost adds it to its findings and returns 0.
	 */
	int (*put)(struct sink *sink, const struct page *page, struct fault *fault);
	/* Write what ends the file. whole: nothing is known to be missing. The output still has to be committed. */
	int (*finish)(struct sink *sink, bool whole, struct fault *fault);
	void (*close)(struct sink *sink); /* at any time; does not close its output */
};

#endif
