/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sink before another: by threads, it decompresses what the other does not accept, splits records, detects zero pages
 * and compresses. */
#ifndef COMPRESS_PIPELINE_H
#define COMPRESS_PIPELINE_H

#include "lkcd/findings.h"
#include "lkcd/sink.h"

/*
 * Wrap a sink, which the pipeline owns from now on: closing the pipeline closes it, and so does a return of NULL (out
 * of memory). inner->codec and inner->window describe what inner accepts; level is for encoding. Runs that do not
 * decompress go to findings. The output depends only on the pages and their order, not on their runs or the number of
 * threads. threads includes the caller's, which works in put() and finish(); with 1, none is started.
 */
struct sink *pipeline_open(struct sink *inner, int level, unsigned threads, struct findings *findings,
			   struct fault *fault);

/* The number of processors that this process may use; at least 1. */
unsigned pipeline_processors(void);

#endif
