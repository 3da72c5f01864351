/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spans: pieces of raw memory in a file. They may overlap, be in any order and end inside pages; cursors deliver page
 * frames from them, each one once, ascending.
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

/* Physical memory that is contiguous in the file. */
struct span {
	uint64_t start, end; /* physical, bytes; end is above start and at most PAGE_ADDRESS_LIMIT */
	uint64_t offset;     /* of start in the file */
};

/* All zero is an empty list. Fill it with spans_add, then make it disjoint, then open cursors. */
struct spans {
	struct span *list;
	size_t count, room;
	bool guarded;        /* cursors must not read ahead beyond a span: spans_avoid was called */
	unsigned generation; /* changes with the list, so that cursors search their span again */
};

/* Free the list, and make it empty. */
void spans_clear(struct spans *spans);

/* Returns 0 or -FAULT_MEMORY. */
int spans_add(struct spans *spans, struct span span, struct fault *fault);

/* Sort the spans by address. Where two overlap, the one that starts lower wins. */
void spans_make_disjoint(struct spans *spans);

/* The number of page frames that disjoint spans touch; *end is the highest one plus one. */
uint64_t spans_frames(const struct spans *spans, uint32_t page_size, uint64_t *end);

/*
 * Remove page frames from disjoint spans: their bytes in the file are never read again. If there are more runs of
 * frames than a machine can have broken, nothing is removed. Returns 0 or -FAULT_MEMORY.
 */
int spans_avoid(struct spans *spans, struct pagemap *frames, uint32_t page_size, struct fault *fault);

/* Add to map the frames that a cursor over disjoint spans of this stream will deliver. Returns 0 or -FAULT_MEMORY. */
int spans_map(const struct spans *spans, const struct stream *stream, uint32_t page_size, struct pagemap *map,
	      struct fault *fault);

/* One reader of disjoint spans. */
struct span_cursor {
	const struct spans *spans; /* borrowed; may change between calls */
	struct stream *stream;     /* borrowed; moved by this cursor */
	uint32_t page_size;
	size_t at;           /* the span of the next page */
	uint64_t position;   /* physical address of the next page */
	unsigned generation; /* of the spans, when at was set */
	unsigned char *edge; /* a page made of several spans, or of a part of one */
};

/*
 * Open a cursor at the first page. The stream may be a pipe if the offsets of the spans ascend. Returns 0 or
 * -FAULT_MEMORY.
 */
int span_cursor_open(struct span_cursor *cursor, const struct spans *spans, struct stream *stream, uint32_t page_size,
		     struct fault *fault);

/* An all-zero cursor may be closed, too. */
void span_cursor_close(struct span_cursor *cursor);

/* As struct source's next() and seek(). Bytes of a frame that no span holds are zero. */
int span_cursor_next(struct span_cursor *cursor, struct page *page, struct fault *fault);
void span_cursor_seek(struct span_cursor *cursor, uint64_t address);

#endif
