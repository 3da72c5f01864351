/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plain memory that stands in pieces in a file: pieces as the file describes them, which may overlap, stand in any
 * order and end inside pages, become page frames that each come once, ascending.
 */
#ifndef CONVERT_MEMORY_SPANS_H
#define CONVERT_MEMORY_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/page.h"
#include "lkcd/pagemap.h"
#include "lkcd/stream.h"

/* Physical memory that stands in one piece in the file. */
struct span {
	uint64_t start, end; /* physical, bytes; end is above start and at most PAGE_ADDRESS_LIMIT */
	uint64_t offset;     /* of start in the file */
};

/* All zero is an empty list. Filled by spans_add, then made disjoint, then read from. */
struct spans {
	struct span *list;
	size_t count, room;

	struct stream *stream; /* from here on: set by spans_open */
	uint32_t page_size;
	size_t at;           /* the span that spans_next is in */
	uint64_t position;   /* physical address that spans_next goes on with */
	unsigned char *edge; /* a page that several spans, or a part of one, make up */
	bool guarded;        /* nothing is read but what the spans hold */
};

void spans_clear(struct spans *spans);

int spans_add(struct spans *spans, struct span span, struct fault *fault);

/* Sort the spans by address. Where two overlap, the one that starts lower wins. */
void spans_make_disjoint(struct spans *spans);

/* How many page frames disjoint spans touch; *end is the highest one plus one. */
uint64_t spans_frames(const struct spans *spans, uint32_t page_size, uint64_t *end);

/* Start reading disjoint spans. The stream, which stays the caller's, may be a pipe if their offsets ascend. */
int spans_open(struct spans *spans, struct stream *stream, uint32_t page_size, struct fault *fault);

/*
 * Take page frames out of the spans, which must be disjoint; what lies there in the file is not read any more. More
 * runs of frames than can be broken are a lie, and left in.
 */
int spans_avoid(struct spans *spans, struct pagemap *frames, struct fault *fault);

/* After spans_open, what struct source asks of next, seek and map; what spans do not hold of a frame is zero. */
int spans_next(struct spans *spans, struct page *page, struct fault *fault);
void spans_seek(struct spans *spans, uint64_t address);
int spans_map(const struct spans *spans, struct pagemap *map, struct fault *fault);

#endif
