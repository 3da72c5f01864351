/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "convert/memory/spans.h"
#include "dump/array.h"

#define RUN_BYTES (256u << 10)
#define AVOIDED_MAX (16u << 10) /* runs of frames: no machine has that many broken, but a memory map may say so */

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

static int span_compare(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Cut off what an earlier one holds already. */
void spans_make_disjoint(struct spans *spans)
{
	uint64_t covered = 0;
	size_t kept = 0;

	if (spans->count)
		qsort(spans->list, spans->count, sizeof(*spans->list), span_compare);
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
	uint64_t frames = 0, counted = 0; /* counted: the frame up to which they are, for two spans can share one */

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

/* A span without the frames: its pieces go to out. */
static int cut_out(struct spans *out, struct span span, uint32_t page_size, struct pagemap *frames, struct fault *fault)
{
	uint64_t first, count;
	int status = 0;

	while (!status && span.start < span.end) {
		uint64_t bad = span.end, behind = bad;
		struct span piece = span;

		if (pagemap_run(frames, span.start / page_size, &first, &count) && first * page_size < span.end) {
			bad = first * page_size > span.start ? first * page_size : span.start;
			behind = (first + count) * page_size < span.end ? (first + count) * page_size : span.end;
		}
		piece.end = bad;
		if (piece.end > piece.start)
			status = spans_add(out, piece, fault);
		span.offset += behind - span.start;
		span.start = behind;
	}
	return status;
}

static bool are_many(struct pagemap *frames)
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

	if (are_many(frames))
		return 0;
	for (size_t i = 0; i < spans->count && !status; i++)
		status = cut_out(&pieces, spans->list[i], page_size, frames, fault);
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

/* Reading ahead ends where the span ends. */
static void guard(const struct span_cursor *cursor, const struct span *span)
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

/* The part of the file that is there, of a piece that starts at offset. */
static uint64_t on_file(const struct stream *stream, uint64_t offset, uint64_t size)
{
	uint64_t end = stream_size(stream);

	if (end == STREAM_SIZE_UNKNOWN)
		return size;
	return offset >= end ? 0 : end - offset < size ? end - offset : size;
}

/* A page frame of which spans hold only parts: gather them, zeros between. */
static int next_edge(struct span_cursor *cursor, struct page *page, struct fault *fault)
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
			guard(cursor, span);
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

/* The file ends inside this span: said once, and the next span is tried where that can be. */
static int span_cut(struct span_cursor *cursor, const struct span *span, uint64_t offset, struct fault *fault)
{
	uint64_t first = cursor->position / cursor->page_size, last = (span->end - 1) / cursor->page_size;

	cursor->position = span->end;
	fault_set(fault, stream_seekable(cursor->stream) ? FAULT_DAMAGED : FAULT_CUT, offset, first * cursor->page_size,
		  "the file ends before this page and the %" PRIu64 " that follow it", last - first);
	return fault_mark(fault, RULE_CUT, last - first + 1, 0);
}

/* Whole pages from inside a span. */
static int next_whole(struct span_cursor *cursor, const struct span *span, struct page *page, struct fault *fault)
{
	uint32_t page_size = cursor->page_size;
	uint64_t left = (span->end - cursor->position) / page_size, offset, there;
	size_t have;

	*page = (struct page){ .address = cursor->position };
	if (left * page_size > RUN_BYTES)
		left = RUN_BYTES / page_size ? RUN_BYTES / page_size : 1;
	offset = span->offset + (cursor->position - span->start);
	there = on_file(cursor->stream, offset, left * page_size);
	if (there < page_size)
		return span_cut(cursor, span, offset, fault);
	guard(cursor, span);
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
		return span_cut(cursor, span, offset + have, fault);
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
			return next_edge(cursor, page, fault);
		return next_whole(cursor, span, page, fault);
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
		uint64_t first = span->start / page_size, size = on_file(stream, span->offset, span->end - span->start);

		if (size && pagemap_add(map, first, (span->start + size - 1) / page_size - first + 1))
			return fault_memory(fault);
	}
	return 0;
}
