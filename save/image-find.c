/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds images on a dump device, at the few offsets that LKCD's kernels wrote them to, and estimates their size from
 * the first records, because saving checks the free space before it writes. Relies on lkcd_source_open() to refuse a
 * wrong header.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "convert/lkcd/header.h"
#include "convert/lkcd/lkcd.h"
#include "convert/lkcd/source.h"
#include "dump/copy.h"
#include "save/file.h"
#include "save/image-find.h"

#define SAMPLE (4u << 20) /* bytes of records that are read for the estimate */

struct cursor {
	int fd;
	uint64_t offset;
};

static ssize_t read_next(void *argument, void *out, size_t size)
{
	struct cursor *cursor = argument;
	ssize_t n = pread(cursor->fd, out, size, (off_t)cursor->offset);

	cursor->offset += n > 0 ? (uint64_t)n : 0;
	return n;
}

/* A sink that counts pages, and ends the copy when SAMPLE bytes have been read. */
struct sample {
	struct sink sink;
	const struct stream *stream;
	uint64_t first, pages; /* offset of the first record; page frames */
};

static int sample_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	(void)sink;
	(void)plan;
	(void)fault;
	return 0;
}

static int sample_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct sample *sample = (struct sample *)sink;

	sample->pages += page->pages;
	if (stream_offset(sample->stream) - sample->first < SAMPLE)
		return 0;
	return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE, "the sample is large enough");
}

static int sample_finish(struct sink *sink, bool whole, struct fault *fault)
{
	(void)sink;
	(void)whole;
	(void)fault;
	return 0;
}

/* Bytes of the image: the number of pages in its header times the mean size of the first ones. 0: not known. */
static uint64_t estimate_size(const struct stream *stream, struct source *source)
{
	struct findings ignored = { NULL, 0 };
	struct copy copy = { .findings = &ignored, .strict = true };
	struct sample sample = {
		.sink = { .begin = sample_begin, .put = sample_put, .finish = sample_finish },
		.stream = stream,
		.first = stream_offset(stream),
	};
	struct fault fault;

	copy_pages(&copy, source, &sample.sink, &fault); /* whatever ends it, what was read before is the sample */
	if (lkcd_source_end(source))
		return lkcd_source_end(source);
	if (!sample.pages || !source->info.pages || source->info.pages == UINT32_MAX)
		return 0;
	return sample.first + (uint64_t)((double)(stream_offset(stream) - sample.first) / (double)sample.pages *
					 (double)source->info.pages);
}

static bool read_head(int fd, uint64_t size, uint64_t offset, struct image_found *found)
{
	return offset < size && file_read_at(fd, found->head, IMAGE_HEAD, offset) == IMAGE_HEAD &&
	       lkcd_header_bid(found->head, IMAGE_HEAD);
}

/* Is there an image at offset? Then *found, which is all zero, describes it. */
static bool read_image_at(int fd, uint64_t size, uint64_t offset, struct image_found *found)
{
	struct cursor cursor = { fd, offset };
	struct stream *stream;
	struct source *source;
	struct fault fault;

	if (!read_head(fd, size, offset, found))
		return false;
	stream = stream_open_calls(read_next, &cursor, size - offset, "the dump device", &fault);
	source = stream ? lkcd_source_open(stream, &(struct source_options){ 0 }, &fault) : NULL;
	if (source) {
		found->offset = offset;
		found->seconds = source->info.seconds;
		found->microseconds = source->info.microseconds;
		snprintf(found->panic, sizeof(found->panic), "%s", source->info.panic);
		found->estimate = estimate_size(stream, source);
		source->close(source);
	}
	stream_close(stream);
	return source;
}

static bool is_newer(const struct image_found *one, const struct image_found *other)
{
	return one->seconds > other->seconds ||
	       (one->seconds == other->seconds && one->microseconds > other->microseconds);
}

int image_find(int fd, uint64_t size, struct image_found found[IMAGE_FOUND_MAX], struct fault *fault)
{
	unsigned char byte;
	int count = 0;

	if (size && file_read_at(fd, &byte, 1, 0) < 0)
		return fault_set_errno(fault, FAULT_READ, 0, "cannot read");
	for (size_t i = 0; i < LKCD_OFFSETS && i < IMAGE_FOUND_MAX; i++) {
		struct image_found one = { 0 };
		int place = count;

		if (!read_image_at(fd, size, lkcd_offsets[i], &one))
			continue;
		while (place > 0 && is_newer(&one, &found[place - 1]))
			place--;
		memmove(&found[place + 1], &found[place], (size_t)(count - place) * sizeof(*found));
		found[place] = one;
		count++;
	}
	return count;
}
