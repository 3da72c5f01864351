/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batches of pages in the pipeline: the reader fills them, one thread works on each, the sink gets them in order. */
#ifndef COMPRESS_BATCH_H
#define COMPRESS_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dump/unpack.h"
#include "lkcd/findings.h"
#include "lkcd/page.h"
#include "lkcd/sink.h"

#define BATCH_BYTES (64u << 10)     /* of plain pages; a batch ends at the next window after that */
#define BATCH_RUN_BYTES (64u << 10) /* the largest run for batch_add, unless one page is larger: an LKCD 11 record */

/* What to do with every batch of a pipeline. */
struct batch_plan {
	const struct codec *codec; /* to compress with; NULL: pages stay plain */
	int level;
	uint32_t page_size;
	uint32_t window; /* bytes; compressed data are split at its multiples. 0: nothing is split, and zero pages are
			  not detected */
};

/* Codec states of one thread. */
struct batch_worker {
	const struct batch_plan *plan;
	void *encoder;
	struct unpack unpack;
};

struct batch;

/* Returns 0 or -FAULT_MEMORY; call batch_worker_close after either. */
int batch_worker_open(struct batch_worker *worker, const struct batch_plan *plan, struct fault *fault);
void batch_worker_close(struct batch_worker *worker);

/* NULL when out of memory; batch_free(NULL) is harmless. */
struct batch *batch_new(const struct batch_plan *plan);
void batch_free(struct batch *batch);

bool batch_is_empty(const struct batch *batch);

/* Does page belong into the next batch? A batch may end only where that does not change the output. */
bool batch_is_full_before(const struct batch *batch, const struct page *page);

/*
 * Copy a run into the batch: zero pages of any number, or at most BATCH_RUN_BYTES (or one page), which must not cross a
 * window when they are plain. There is room while batch_is_full_before returns false.
 */
void batch_add(struct batch *batch, const struct page *page);

/* Decompress, split, compress. Uses only the batch and the worker, so that threads need no lock. */
void batch_work(struct batch *batch, struct batch_worker *worker);

/*
 * Write the results to the sink, in the order in which the runs were added, and empty the batch. Each run that did not
 * decompress is added to findings. Returns 0 or the sink's fault.
 */
int batch_put_results(struct batch *batch, struct sink *sink, struct findings *findings, struct fault *fault);

#endif
