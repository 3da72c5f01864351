/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One file of a kdump-compressed dump. A few windows into the file replace a buffer of its bitmaps and descriptors, so
 * that memory does not grow with the dump. Relies on a stream that reads at any offset.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "convert/kdump/part.h"

/* One for the bitmap, one for descriptors, and four for pages: a dump in passes has a row of pages for each class. */
#define WINDOWS 6
#define SCAN_BYTES 4096u /* bytes of a bitmap that are read at once */

struct window {
	const struct kdump_part *part; /* NULL: holds nothing */
	uint64_t offset;
	size_t have;
	uint64_t used; /* clock of its last use */
	unsigned char *data;
	size_t room;
};

struct kdump_windows {
	struct window list[WINDOWS];
	uint64_t clock;
};

struct kdump_windows *kdump_windows_new(void)
{
	return calloc(1, sizeof(struct kdump_windows));
}

void kdump_windows_free(struct kdump_windows *windows)
{
	for (size_t i = 0; windows && i < WINDOWS; i++)
		free(windows->list[i].data);
	free(windows);
}

/* A dump with truncated headers cannot be used: make truncation -FAULT_FORMAT. */
static int fail_part_headers(struct fault *fault, const char *what)
{
	if (fault_status(fault->code) == 1)
		fault->code = FAULT_FORMAT;
	return fault_prepend(fault, "%s", what);
}

static int read_headers(struct stream *stream, struct kdump_header *header, struct fault *fault)
{
	unsigned char bytes[KDUMP_HEADER_SIZE];

	if (stream_spool(stream, fault))
		return -fault->code;
	if (stream_read_at(stream, 0, bytes, sizeof(bytes), fault))
		return fail_part_headers(fault, "header");
	if (!kdump_bid(bytes, sizeof(bytes)))
		return fault_set(fault, FAULT_FORMAT, 0, FAULT_NOWHERE, "is not a kdump-compressed file");
	if (!kdump_get_header(bytes, header))
		return fault_set(fault, FAULT_FORMAT, 0, FAULT_NOWHERE,
				 "its header is not possible in any word size and byte order");
	if (stream_read_at(stream, header->block_size, bytes, KDUMP_SUB_HEADER_MAX, fault))
		return fail_part_headers(fault, "sub header");
	kdump_get_sub_header(bytes, header);
	return 0;
}

/* Compute the offsets of bitmaps and descriptors, and check them. */
static int locate_areas(struct kdump_part *part, const struct kdump_header *header, struct fault *fault)
{
	uint64_t blocks = kdump_bitmap_blocks(header->frames, header->block_size);
	uint64_t first = (1 + (uint64_t)header->sub_blocks) * header->block_size;
	uint64_t bitmaps = (uint64_t)header->bitmap_blocks * header->block_size;

	if (!header->frames || header->frames > KDUMP_FRAMES_MAX || header->bitmap_blocks < blocks)
		return fault_set(fault, FAULT_FORMAT, 0, FAULT_NOWHERE,
				 "%" PRIu64 " page frames cannot be in bitmaps of %" PRIu32 " blocks of %" PRIu32
				 " bytes",
				 header->frames, header->bitmap_blocks, header->block_size);
	/* a diskdump file of all pages has one bitmap only */
	part->bitmap = header->bitmap_blocks >= 2 * blocks ? first + bitmaps / 2 : first;
	part->descs = first + bitmaps;
	part->start = header->split ? header->start : 0;
	part->end = header->split ? header->end : header->frames;
	if (part->start > part->end || part->end > header->frames)
		return fault_set(fault, FAULT_FORMAT, header->block_size, FAULT_NOWHERE,
				 "a split dump of %" PRIu64 " page frames cannot have a part from frame %" PRIu64
				 " to %" PRIu64,
				 header->frames, part->start, part->end);
	/* a part without pages may end anywhere: makedumpfile leaves out zeros at the end */
	if (part->start < part->end && !kdump_part_has(part, part->bitmap, (header->frames - 1) / 8 + 1))
		return fault_set(fault, FAULT_FORMAT, stream_size(part->stream), FAULT_NOWHERE,
				 "the file ends before the end of its bitmaps, at 0x%" PRIx64, part->descs);
	return 0;
}

int kdump_part_open(struct kdump_part *part, struct stream *stream, struct kdump_windows *windows,
		    struct kdump_header *header, struct fault *fault)
{
	int status = read_headers(stream, header, fault);

	*part = (struct kdump_part){ .stream = stream, .windows = windows };
	return status ? status : locate_areas(part, header, fault);
}

bool kdump_part_has(const struct kdump_part *part, uint64_t offset, uint64_t size)
{
	uint64_t end = stream_size(part->stream);

	return offset <= end && size <= end - offset;
}

static bool window_holds(const struct window *window, const struct kdump_part *part, uint64_t offset, size_t size)
{
	return window->part == part && offset >= window->offset && offset - window->offset <= window->have &&
	       size <= window->have - (size_t)(offset - window->offset);
}

/* Fill a window from offset on, with at least size bytes, which must be in the file. */
static int fill_window(struct window *window, const struct kdump_part *part, uint64_t offset, size_t size,
		       struct fault *fault)
{
	uint64_t left = stream_size(part->stream) - offset;
	size_t room = size > KDUMP_WINDOW_SIZE ? size : KDUMP_WINDOW_SIZE;
	int status;

	window->part = NULL;
	if (window->room < room) {
		free(window->data);
		window->data = malloc(room);
		window->room = window->data ? room : 0;
		if (!window->data)
			return fault_memory(fault);
	}
	window->offset = offset;
	window->have = left < window->room ? (size_t)left : window->room;
	status = stream_read_at(part->stream, offset, window->data, window->have, fault);
	if (!status)
		window->part = part;
	return status;
}

const unsigned char *kdump_part_view(const struct kdump_part *part, uint64_t offset, size_t size, struct fault *fault)
{
	struct kdump_windows *windows = part->windows;
	struct window *window = NULL, *oldest = windows->list;

	for (size_t i = 0; i < WINDOWS && !window; i++) {
		if (window_holds(&windows->list[i], part, offset, size))
			window = &windows->list[i];
		else if (windows->list[i].used < oldest->used)
			oldest = &windows->list[i];
	}
	if (!window && fill_window(oldest, part, offset, size, fault))
		return NULL;
	window = window ? window : oldest;
	window->used = ++windows->clock;
	return window->data + (offset - window->offset);
}

/* View the bitmap from frame from on, up to SCAN_BYTES, and no further than the byte of frame end - 1. */
static const unsigned char *view_bits(const struct kdump_part *part, uint64_t from, uint64_t end, size_t *size,
				      struct fault *fault)
{
	uint64_t bytes = (end - 1) / 8 - from / 8 + 1;

	*size = bytes < SCAN_BYTES ? (size_t)bytes : SCAN_BYTES;
	return kdump_part_view(part, part->bitmap + from / 8, *size, fault);
}

/* Skip frames that have no bit set, by counts: a dump may claim memory far beyond what it has. */
static uint64_t skip_empty(const struct kdump_part *part, uint64_t from)
{
	while (part->stride && from >= part->start && from < part->end) {
		uint64_t slot = (from - part->start) / part->stride;

		if ((slot + 1 < KDUMP_PART_COUNTS ? part->counts[slot + 1] : part->pages) != part->counts[slot])
			break;
		from = part->start + (slot + 1) * part->stride;
	}
	return from;
}

int kdump_part_find(const struct kdump_part *part, uint64_t from, uint64_t end, bool set, uint64_t *found,
		    struct fault *fault)
{
	*found = end;
	while (from < end) {
		size_t size;
		const unsigned char *bits = view_bits(part, from, end, &size, fault);

		if (!bits)
			return -fault->code;
		for (size_t i = 0; i < size; i++, from = (from / 8 + 1) * 8) {
			unsigned byte = (set ? bits[i] : ~bits[i] & 0xffu) >> from % 8;

			if (!byte)
				continue;
			from += (unsigned)__builtin_ctz(byte);
			if (from < end)
				*found = from;
			return 0;
		}
		if (set)
			from = skip_empty(part, from);
	}
	return 0;
}

static uint64_t count_bytes(const unsigned char *bytes, size_t size)
{
	uint64_t count = 0, word;

	for (; size >= sizeof(word); bytes += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		if (word)
			count += (unsigned)__builtin_popcountll(word);
	}
	for (; size; size--)
		count += (unsigned)__builtin_popcount(*bytes++);
	return count;
}

int kdump_part_count(const struct kdump_part *part, uint64_t from, uint64_t end, uint64_t *count, struct fault *fault)
{
	*count = 0;
	while (from < end) {
		size_t size;
		const unsigned char *bits = view_bits(part, from, end, &size, fault);
		uint64_t next = (from / 8 + size) * 8;

		if (!bits)
			return -fault->code;
		*count += count_bytes(bits, size);
		*count -= (unsigned)__builtin_popcount(bits[0] & ((1u << from % 8) - 1));
		if (next > end)
			*count -= (unsigned)__builtin_popcount((unsigned)bits[size - 1] >> (8 - (next - end)));
		from = next;
	}
	return 0;
}

int kdump_part_index(struct kdump_part *part, struct fault *fault)
{
	int status = 0;

	part->stride = (part->end - part->start) / KDUMP_PART_COUNTS + 1;
	for (unsigned i = 0; i < KDUMP_PART_COUNTS && !status; i++) {
		uint64_t from = part->start + i * part->stride, end = from + part->stride, count;

		part->counts[i] = part->pages;
		status = kdump_part_count(part, from, end < part->end ? end : part->end, &count, fault);
		part->pages += count;
	}
	return status;
}

int kdump_part_rank(const struct kdump_part *part, uint64_t frame, uint64_t *rank, struct fault *fault)
{
	uint64_t slot = (frame - part->start) / part->stride, more;
	int status = kdump_part_count(part, part->start + slot * part->stride, frame, &more, fault);

	*rank = part->counts[slot] + more;
	return status;
}
