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

/* All zero is an empty list. Filled by spans_add, then made disjoint, then read from by cursors. */
struct spans {
	struct span *list;
	size_t count, room;
	bool guarded;        /* cursors read nothing but what the spans hold */
	unsigned generation; /* counts changes, so that cursors find their place again */
};

void spans_clear(struct spans *spans);

int spans_add(struct spans *spans, struct span span, struct fault *fault);

/* Sort the spans by address. Where two overlap, the one that starts lower wins. */
void spans_make_disjoint(struct spans *spans);

/* How many page frames disjoint spans touch; *end is the highest one plus one. */
uint64_t spans_frames(const struct spans *spans, uint32_t page_size, uint64_t *end);

/*
 * Take page frames out of disjoint spans; what lies there in the file is not read any more. Runs of frames beyond a
 * number that no machine has broken are not believed, and left in.
 */
int spans_avoid(struct spans *spans, struct pagemap *frames, uint32_t page_size, struct fault *fault);

/* Add the frames that a cursor over disjoint spans of this stream will give. */
int spans_map(const struct spans *spans, const struct stream *stream, uint32_t page_size, struct pagemap *map,
	      struct fault *fault);

/* One reader of disjoint spans. */
struct span_cursor {
	const struct spans *spans; /* borrowed; may change between calls */
	struct stream *stream;     /* borrowed; moved by this cursor */
	uint32_t page_size;
	size_t at;           /* the span that the next page is in */
	uint64_t position;   /* physical address of the next page */
	unsigned generation; /* of the spans, when at was set */
	unsigned char *edge; /* a page that several spans, or a part of one, make up */
};

/* Start with the first page. The stream may be a pipe if the offsets of the spans ascend. Returns 0 or -FAULT_MEMORY.
 */
int span_cursor_open(struct span_cursor *cursor, const struct spans *spans, struct stream *stream, uint32_t page_size,
		     struct fault *fault);

/* A cursor that is all zero is closed already. */
void span_cursor_close(struct span_cursor *cursor);

/* What struct source asks of next and seek; the bytes of a frame that no span holds are zero. */
int span_cursor_next(struct span_cursor *cursor, struct page *page, struct fault *fault);
void span_cursor_seek(struct span_cursor *cursor, uint64_t address);

#endif
