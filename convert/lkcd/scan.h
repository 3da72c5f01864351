/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks all records of a version 11 image quickly: one thread walks the heads, many compute the checksums. */
#ifndef CONVERT_LKCD_SCAN_H
#define CONVERT_LKCD_SCAN_H

#include "convert/lkcd/end.h"
#include "lkcd/sink.h"

struct lkcd_scan {
	struct stream *stream; /* seekable */
	const struct lkcd_records *records;
	const struct info *info;
	uint64_t first, start; /* offsets of the first record and of the image */
	unsigned threads;
	struct sink *sink; /* put() gets each run of pages, with data NULL */

	uint64_t end; /* set by lkcd_scan_run: offset of END. The caller checks END and what follows it */
	struct lkcd_counts counts;
};

/* Returns 1 when every record before END is good; 0 when one is not, or END is missing; or a fault. */
int lkcd_scan_run(struct lkcd_scan *scan, struct fault *fault);

#endif
