/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies an image for lkcd-save, by copy_pages() from a source to a sink. The source wraps the LKCD source, which
 * checks each record; pages of versions 1 to 10 have no checksum, so they are decompressed instead. The sink does not
 * write the pages that it gets, but the bytes of the image that the source has read, including those between records.
 * Relies on save/chunks.c to have these bytes still in memory.
 */
#include <stdlib.h>

#include "convert/lkcd/source.h"
#include "dump/copy.h"
#include "dump/crc32c.h"
#include "dump/unpack.h"
#include "lkcd/codec.h"
#include "save/chunks.h"
#include "save/image.h"

#define TAIL (64u << 10)        /* bytes that are copied after the place where a dump is truncated */
#define CLASSIC_RECORD_HEAD 20u /* bytes before each page of versions 1 to 10, the most there are */

struct image {
	struct source source;
	struct image_place place;
	struct chunks *chunks;
	struct stream *stream;  /* of the image's bytes, over chunks */
	struct source *records; /* the LKCD source that reads the stream */
	struct unpack unpack;   /* for versions 1 to 10 */
	uint64_t pages;         /* page frames of records so far, including those that cannot be decompressed */
	uint64_t damage;        /* offset in the image of the last damage that records reported */
};

/* --- source --- */

/* Versions 1 to 10 have no checksum, but a compressed page can be decompressed, or is damaged. */
static int check_unpacks(struct image *image, const struct page *page, struct fault *fault)
{
	struct page plain = *page;

	if (image->source.info.version >= 11 || !page->data)
		return 1;
	return unpack_page(&image->unpack, &plain, image->source.info.page_size, fault) ? -fault->code : 1;
}

static int image_next(struct source *source, struct page *page, struct fault *fault)
{
	struct image *image = (struct image *)source;
	int status = image->records->next(image->records, page, fault);

	if (status == 1) {
		image->pages += page->pages;
		status = check_unpacks(image, page, fault);
		page->offset += image->place.start;
	} else if (fault_status(status) == 1 && fault->offset != FAULT_NOWHERE) {
		image->damage = fault->offset;
	}
	if (fault_status(status) == 1 && status < 0 && fault->offset != FAULT_NOWHERE)
		fault->offset += image->place.start;
	return status;
}

static void image_close(struct source *source)
{
	struct image *image = (struct image *)source;

	if (image->records)
		image->records->close(image->records);
	stream_close(image->stream);
	chunks_close(image->chunks);
	unpack_close(&image->unpack);
	free(image);
}

static struct image *image_open(const struct image_place *place, struct findings *findings, struct fault *fault)
{
	struct image *image = calloc(1, sizeof(*image));

	if (!image) {
		fault_memory(fault);
		return NULL;
	}
	image->place = *place;
	image->chunks = chunks_open(place->fd, place->start, place->size, findings, fault);
	if (image->chunks)
		image->stream = stream_open_calls(chunks_read, image->chunks, place->size - place->start,
						  "the dump device", fault);
	if (image->stream)
		image->records = lkcd_source_open(image->stream, &(struct source_options){ .strict = true }, fault);
	if (image->records) {
		image->source.info = image->records->info;
		image->source.next = image_next;
		image->source.close = image_close;
		return image;
	}
	if (image->chunks)
		chunks_gone(image->chunks, fault);
	image_close(&image->source);
	return NULL;
}

/* --- sink --- */

struct image_sink {
	struct sink sink;
	struct image *image;
	struct image_writer *writer;
	uint64_t bytes; /* written */
	uint32_t crc;
};

/* Write the image's bytes up to the offset end in it, or up to the device's end. */
static int write_up_to(struct image_sink *sink, uint64_t end, struct fault *fault)
{
	while (sink->bytes < end) {
		const unsigned char *data;
		ssize_t n = chunks_find(sink->image->chunks, sink->image->place.start + sink->bytes, &data, fault);
		size_t size;
		int status;

		if (n <= 0)
			return (int)n;
		size = (uint64_t)n < end - sink->bytes ? (size_t)n : (size_t)(end - sink->bytes);
		sink->crc = crc32c(sink->crc, data, size);
		status = sink->writer->write(sink->writer, sink->bytes, data, size, fault);
		if (status)
			return status;
		sink->bytes += size;
	}
	return 0;
}

/* Write the bytes that the source has read, up to the end of the last whole chunk: whole chunks are copied fastest. */
static int write_passed(struct image_sink *sink, struct fault *fault)
{
	uint64_t start = sink->image->place.start, passed = stream_offset(sink->image->stream);

	if (passed - sink->bytes < CHUNKS_SIZE)
		return 0;
	return write_up_to(sink, (start + passed) / CHUNKS_SIZE * CHUNKS_SIZE - start, fault);
}

/* Where to stop when the image has no END record: the pages that its header counts may be after the damage. */
static uint64_t doubtful_end(const struct image_sink *sink)
{
	const struct image *image = sink->image;
	const struct info *info = &image->source.info;
	uint64_t missing = info->pages > image->pages ? info->pages - image->pages : 0;
	uint64_t good = image->damage > sink->bytes ? image->damage : sink->bytes;

	return good + TAIL + missing * ((uint64_t)info->page_size + CLASSIC_RECORD_HEAD);
}

static int image_sink_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	(void)sink;
	(void)plan;
	(void)fault;
	return 0;
}

static int image_sink_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	(void)page;
	return write_passed((struct image_sink *)sink, fault);
}

static int image_sink_finish(struct sink *base, bool whole, struct fault *fault)
{
	struct image_sink *sink = (struct image_sink *)base;
	uint64_t end = lkcd_source_end(sink->image->records);
	uint64_t most = sink->image->place.size - sink->image->place.start;
	int status = write_passed(sink, fault);

	(void)whole;
	if (status)
		return status;
	if (!end)
		end = doubtful_end(sink);
	return write_up_to(sink, end < most ? end : most, fault);
}

/* --- both --- */

int image_copy(const struct image_place *place, struct findings *findings, struct image_writer *writer,
	       struct image_result *result, struct fault *fault)
{
	struct copy copy = { .findings = findings };
	struct image_sink sink = {
		.sink = { .begin = image_sink_begin, .put = image_sink_put, .finish = image_sink_finish },
		.writer = writer,
	};
	int status;

	*result = (struct image_result){ 0 };
	sink.image = image_open(place, findings, fault);
	if (!sink.image)
		return -fault->code;
	status = copy_pages(&copy, &sink.image->source, &sink.sink, fault);
	if (status && chunks_gone(sink.image->chunks, fault))
		status = -fault->code;
	*result = (struct image_result){ sink.bytes, sink.image->pages, sink.crc, copy.whole };
	image_close(&sink.image->source);
	return status;
}
