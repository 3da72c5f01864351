/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A quick proof that the records of a version 11 image are whole: heads in order, checksums side by side in threads. */
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
	struct sink *sink; /* told of each run, without its data */

	uint64_t end; /* set: offset of END, which is left to the caller, as is what follows it */
	struct lkcd_counts counts;
};

/* Returns 1 when every record up to END is good, 0 when one is not or END is missing, or a fault. */
int lkcd_scan_run(struct lkcd_scan *scan, struct fault *fault);

#endif
