/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spans of memory in a file, for ELF and LiME. Whole pages are peeked in the stream without a copy; a page at the edge
 * of a span is copied together. Relies on spans made disjoint before they are read.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "convert/memory/spans.h"
#include "dump/array.h"

#define RUN_BYTES (256u << 10) /* the longest run of whole pages, or a page where that is larger */
#define AVOIDED_MAX                                                                                                    \
	(16u << 10) /* runs of frames: no machine has more broken, but a damaged memory map may claim it               \
		     */

void spans_clear(struct spans *spans)
{
	free(spans->list);
	memset(spans, 0, sizeof(*spans));
}

int spans_add(struct spans *spans, struct span span, struct fault *fault)
{
	if (array_grow(&spans->list, &spans->room, spans->count + 1, sizeof(*spans->list), fault))
		return -fault->code;
	spans->list[spans->count++] = span;
	return 0;
}

static int compare_spans(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Remove from each span what an earlier one holds. */
void spans_make_disjoint(struct spans *spans)
{
	uint64_t covered = 0;
	size_t kept = 0;

	if (spans->count)
		qsort(spans->list, spans->count, sizeof(*spans->list), compare_spans);
	for (size_t i = 0; i < spans->count; i++) {
		struct span span = spans->list[i];

		if (span.end <= covered)
			continue;
		if (span.start < covered) {
			span.offset += covered - span.start;
			span.start = covered;
		}
		covered = span.end;
		spans->list[kept++] = span;
	}
	spans->count = kept;
}

uint64_t spans_frames(const struct spans *spans, uint32_t page_size, uint64_t *end)
{
	uint64_t frames = 0, counted = 0; /* frames below counted are counted: two spans can share one */

	for (size_t i = 0; i < spans->count; i++) {
		uint64_t first = spans->list[i].start / page_size;

		if (first < counted)
			first = counted;
		counted = (spans->list[i].end - 1) / page_size + 1;
		if (counted > first)
			frames += counted - first;
	}
	*end = counted;
	return frames;
}

/* Add to out the pieces of a span that are left without the frames. */
static int subtract_frames(struct spans *out, struct span span, uint32_t page_size, struct pagemap *frames,
			   struct fault *fault)
{
	uint64_t first, count;
	int status = 0;

	while (!status && span.start < span.end) {
		uint64_t bad = span.end, after = bad;
		struct span piece = span;

		if (pagemap_run(frames, span.start / page_size, &first, &count) && first * page_size < span.end) {
			bad = first * page_size > span.start ? first * page_size : span.start;
			after = (first + count) * page_size < span.end ? (first + count) * page_size : span.end;
		}
		piece.end = bad;
		if (piece.end > piece.start)
			status = spans_add(out, piece, fault);
		span.offset += after - span.start;
		span.start = after;
	}
	return status;
}

static bool has_many_runs(struct pagemap *frames)
{
	uint64_t from = 0, count;
	size_t runs = 0;

	for (; runs <= AVOIDED_MAX && pagemap_run(frames, from, &from, &count); from += count)
		runs++;
	return runs > AVOIDED_MAX;
}

int spans_avoid(struct spans *spans, struct pagemap *frames, uint32_t page_size, struct fault *fault)
{
	struct spans pieces = { 0 };
	int status = 0;

	if (has_many_runs(frames))
		return 0;
	for (size_t i = 0; i < spans->count && !status; i++)
		status = subtract_frames(&pieces, spans->list[i], page_size, frames, fault);
	if (status) {
		spans_clear(&pieces);
		return status;
	}
	free(spans->list);
	spans->list = pieces.list;
	spans->count = pieces.count;
	spans->room = pieces.room;
	spans->guarded = true;
	spans->generation++;
	return 0;
}

/* Do not let the stream read ahead beyond the span. */
static void limit_readahead(const struct span_cursor *cursor, const struct span *span)
{
	if (cursor->spans->guarded)
		stream_keep_below(cursor->stream, span->offset + (span->end - span->start));
}

int span_cursor_open(struct span_cursor *cursor, const struct spans *spans, struct stream *stream, uint32_t page_size,
		     struct fault *fault)
{
	*cursor = (struct span_cursor){ .spans = spans, .stream = stream, .page_size = page_size };
	cursor->generation = spans->generation;
	cursor->edge = malloc(page_size);
	return cursor->edge ? 0 : fault_memory(fault);
}

void span_cursor_close(struct span_cursor *cursor)
{
	free(cursor->edge);
	*cursor = (struct span_cursor){ 0 };
}

/* The number of bytes, of size bytes at offset, that are in the file. */
static uint64_t clip_to_file(const struct stream *stream, uint64_t offset, uint64_t size)
{
	uint64_t end = stream_size(stream);

	if (end == STREAM_SIZE_UNKNOWN)
		return size;
	return offset >= end ? 0 : end - offset < size ? end - offset : size;
}

/* Deliver a page of which spans hold only parts: gather them, with zeros between. */
static int gather_edge(struct span_cursor *cursor, struct page *page, struct fault *fault)
{
	uint32_t page_size = cursor->page_size;
	uint64_t start = cursor->position - cursor->position % page_size, end = start + page_size;
	int status = 0;

	memset(cursor->edge, 0, page_size);
	*page = (struct page){ .address = start, .pages = 1, .bytes = page_size, .data = cursor->edge };
	for (; cursor->at < cursor->spans->count; cursor->at++) {
		const struct span *span = &cursor->spans->list[cursor->at];
		uint64_t from = span->start > start ? span->start : start, to = span->end < end ? span->end : end;

		if (from >= end)
			break;
		if (!status) {
			limit_readahead(cursor, span);
			status = stream_seek(cursor->stream, span->offset + (from - span->start), fault);
			if (!status)
				status = stream_read(cursor->stream, cursor->edge + (from - start), (size_t)(to - from),
						     fault);
		}
		if (span->end > end)
			break;
	}
	cursor->position = end;
	if (status == -FAULT_CUT) {
		fault->address = start;
		fault_mark(fault, RULE_CUT, 1, 0);
		return stream_seekable(cursor->stream) ? -(fault->code = FAULT_DAMAGED) : status;
	}
	return status ? status : 1;
}

/* Report once that the file ends inside this span. If the stream can seek, the next span is tried. */
static int report_truncated_span(struct span_cursor *cursor, const struct span *span, uint64_t offset,
				 struct fault *fault)
{
	uint64_t first = cursor->position / cursor->page_size, last = (span->end - 1) / cursor->page_size;

	cursor->position = span->end;
	fault_set(fault, stream_seekable(cursor->stream) ? FAULT_DAMAGED : FAULT_CUT, offset, first * cursor->page_size,
		  "the file ends before this page and the %" PRIu64 " that follow it", last - first);
	return fault_mark(fault, RULE_CUT, last - first + 1, 0);
}

/* Deliver whole pages of a span. */
static int read_whole_pages(struct span_cursor *cursor, const struct span *span, struct page *page, struct fault *fault)
{
	uint32_t page_size = cursor->page_size;
	uint64_t left = (span->end - cursor->position) / page_size, offset, there;
	size_t have;

	*page = (struct page){ .address = cursor->position };
	if (left * page_size > RUN_BYTES)
		left = RUN_BYTES / page_size ? RUN_BYTES / page_size : 1;
	offset = span->offset + (cursor->position - span->start);
	there = clip_to_file(cursor->stream, offset, left * page_size);
	if (there < page_size)
		return report_truncated_span(cursor, span, offset, fault);
	limit_readahead(cursor, span);
	if (stream_seek(cursor->stream, offset, fault))
		return -fault->code;
	page->data = stream_peek(cursor->stream, (size_t)there, &have, fault);
	if (!page->data)
		return -FAULT_READ;
	if (have > there)
		have = (size_t)there;
	page->pages = (uint32_t)(have / page_size);
	page->bytes = page->pages * page_size;
	if (!page->pages)
		return report_truncated_span(cursor, span, offset + have, fault);
	page->offset = offset;
	cursor->position += page->bytes;
	return 1;
}

int span_cursor_next(struct span_cursor *cursor, struct page *page, struct fault *fault)
{
	if (cursor->generation != cursor->spans->generation)
		span_cursor_seek(cursor, cursor->position);
	while (cursor->at < cursor->spans->count) {
		const struct span *span = &cursor->spans->list[cursor->at];

		if (cursor->position >= span->end) {
			cursor->at++;
			continue;
		}
		if (cursor->position < span->start)
			cursor->position = span->start;
		if (cursor->position % cursor->page_size || span->end - cursor->position < cursor->page_size)
			return gather_edge(cursor, page, fault);
		return read_whole_pages(cursor, span, page, fault);
	}
	return 0;
}

void span_cursor_seek(struct span_cursor *cursor, uint64_t address)
{
	size_t low = 0, high = cursor->spans->count;

	address -= address % cursor->page_size;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (cursor->spans->list[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	cursor->generation = cursor->spans->generation;
	cursor->at = low;
	cursor->position = address;
}

int spans_map(const struct spans *spans, const struct stream *stream, uint32_t page_size, struct pagemap *map,
	      struct fault *fault)
{
	for (size_t i = 0; i < spans->count; i++) {
		const struct span *span = &spans->list[i];
		uint64_t first = span->start / page_size,
			 size = clip_to_file(stream, span->offset, span->end - span->start);

		if (size && pagemap_add(map, first, (span->start + size - 1) / page_size - first + 1))
			return fault_memory(fault);
	}
	return 0;
}
