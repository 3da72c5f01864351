/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contract of sinks: where pages are written. */
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
	SINK_PLAIN = 2,    /* put() accepts plain pages only */
	SINK_BY_CLASS = 4, /* preferred, not required: pages in passes, as info.by_class describes */
};

/* What copy_pages passes before the first page. Borrowed until finish() returns. */
struct sink_plan {
	const struct info *info;
	struct pagemap *map; /* NULL when the source has none */
	bool ascending;      /* pages are known to come in ascending order; false without a map */
};

/* Embedded as first member in each implementation. */
struct sink {
	unsigned needs;  /* enum sink_needs */
	uint32_t window; /* bytes: compressed data are split at its multiples (of the page size if that is larger); 0:
			  * never compressed */
	const struct codec *codec; /* of compressed runs it accepts, at most a window each; NULL: plain pages only */

	int (*begin)(struct sink *sink, const struct sink_plan *plan, struct fault *fault);
	/*
	 * Write a run. Plain and zero runs may have any length; page and its data are borrowed for the call. A wrapper
	 * that loses a page adds it to its findings and returns 0.
	 */
	int (*put)(struct sink *sink, const struct page *page, struct fault *fault);
	/* Write the end of the file. whole: no page is known to be missing. The caller still commits the output. */
	int (*finish)(struct sink *sink, bool whole, struct fault *fault);
	void (*close)(struct sink *sink); /* allowed at any time; does not close its output */
};

#endif
