/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between a source and a sink: unpacks what the sink cannot take packed, cuts records, finds zero pages, packs; in
 * threads. */
#ifndef COMPRESS_PIPELINE_H
#define COMPRESS_PIPELINE_H

#include "lkcd/findings.h"
#include "lkcd/sink.h"

/*
 * Wrap a sink, which is taken over: closing the pipeline closes it, and after NULL (out of memory) it is closed too.
 * inner->codec and inner->window say what it is to be given; level is for encoding. Pages that do not unpack go to
 * findings. What comes out depends on the pages and their order alone: not on the runs they came in, nor on the number
 * of threads. threads: how many pack and unpack, the caller's among them: put() and finish() take part. 1: none is
 * started.
 */
struct sink *pipeline_open(struct sink *inner, int level, unsigned threads, struct findings *findings,
			   struct fault *fault);

/* The processors that this process may use. */
unsigned pipeline_processors(void);

#endif
