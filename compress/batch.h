/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Some pages on their way through the pipeline: filled by the reader, worked on by one thread, given to the sink in
 * order. */
#ifndef COMPRESS_BATCH_H
#define COMPRESS_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dump/unpack.h"
#include "lkcd/findings.h"
#include "lkcd/page.h"
#include "lkcd/sink.h"

#define BATCH_BYTES (64u << 10)     /* of plain pages; a batch is cut at the next window after that */
#define BATCH_RUN_BYTES (64u << 10) /* what batch_add takes at once, unless one page is larger: an LKCD 11 record */

/* What is asked of every batch of a pipeline. */
struct batch_plan {
	const struct codec *codec; /* to pack with; NULL: pages are given plain */
	int level;
	uint32_t page_size;
	uint32_t window; /* bytes; what is packed is cut at multiples of it. 0: nothing is cut, zero pages are not
			  looked for */
};

/* Codec states of one thread. */
struct batch_worker {
	const struct batch_plan *plan;
	void *encoder;
	struct unpack unpack;
};

struct batch;

/* Returns 0 or -FAULT_MEMORY; batch_worker_close after either. */
int batch_worker_open(struct batch_worker *worker, const struct batch_plan *plan, struct fault *fault);
void batch_worker_close(struct batch_worker *worker);

/* NULL when out of memory; batch_free(NULL) is harmless. */
struct batch *batch_new(const struct batch_plan *plan);
void batch_free(struct batch *batch);

bool batch_is_empty(const struct batch *batch);

/* Would page have to go into the next batch? Only there can batches be cut without changing what comes out. */
bool batch_is_full_before(const struct batch *batch, const struct page *page);

/*
 * Copy a page in: zero pages, or at most BATCH_RUN_BYTES (or one page), which lie in one window when they are plain.
 * There is room if batch_is_full_before says so.
 */
void batch_add(struct batch *batch, const struct page *page);

/* Unpack, cut, pack. Touches nothing but the batch and the worker, so that threads need no lock. */
void batch_work(struct batch *batch, struct batch_worker *worker);

/*
 * Give what came out to the sink, in the order of what came in, and empty the batch. Each page that did not unpack is
 * told to findings.
 */
int batch_give(struct batch *batch, struct sink *sink, struct findings *findings, struct fault *fault);

#endif
