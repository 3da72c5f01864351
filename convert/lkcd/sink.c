/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes LKCD images of version 11 and version 9, strictly from first to last byte, so that output can be a pipe.
 * Totals and index are collected while pages are written, and END has them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/lkcd/header.h"
#include "convert/lkcd/index.h"
#include "convert/lkcd/sink.h"
#include "dump/array.h"
#include "dump/crc32c.h"
#include "dump/notes.h"
#include "lkcd/codec.h"
#include "lkcd/endian.h"

struct lkcd_sink {
	struct sink sink;
	struct output *output;
	uint32_t version;
	bool big_endian;
	uint32_t page_size;

	unsigned char *zero_page; /* version 9: the data of a page of zeros */
	size_t zero_size;
	uint32_t zero_flags;

	struct page zeros; /* version 11: a run of zero pages, not written yet */
	uint64_t class_pages[PAGE_CLASSES], zero_pages, records;
	struct lkcd_index_rule rule;
	unsigned char *index; /* the description of INDEX, in the file's byte order */
	size_t index_size, index_room;
};

static void lkcd_sink_close(struct sink *sink)
{
	struct lkcd_sink *lkcd = (struct lkcd_sink *)sink;

	free(lkcd->zero_page);
	free(lkcd->index);
	free(lkcd);
}

/* A page of zeros as version 9 stores it: compressed once, written often. */
static int make_zero_page(struct lkcd_sink *lkcd, struct fault *fault)
{
	const struct codec *codec = lkcd->sink.codec;
	unsigned char *plain = calloc(1, lkcd->page_size), *packed = malloc(lkcd->page_size);
	void *state = codec ? codec->open(codec->level_default) : NULL;
	size_t n = 0;

	if (plain && packed && state)
		n = codec->encode(state, packed, lkcd->page_size - 1, plain, lkcd->page_size);
	if (state)
		codec->close(state);
	lkcd->zero_page = n ? packed : plain;
	lkcd->zero_size = n ? n : lkcd->page_size;
	lkcd->zero_flags = n ? LKCD_PAGE_COMPRESSED : LKCD_PAGE_RAW;
	free(n ? plain : packed);
	return lkcd->zero_page ? 0 : fault_memory(fault);
}

static int lkcd_sink_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	struct lkcd_sink *lkcd = (struct lkcd_sink *)sink;
	struct info info = *plan->info; /* its pointers are borrowed, but for origin */
	uint64_t pages = plan->map ? pagemap_total(plan->map) : info.pages;
	char origin[128];
	unsigned char *block;
	size_t size;
	int status;

	lkcd->big_endian = info.big_endian;
	lkcd->page_size = info.page_size;
	snprintf(origin, sizeof(origin), "lkcdutils %s from %s", LKCDUTILS_VERSION, info.format);
	if (!info.origin)
		info.origin = origin;
	status = lkcd_header_make(&info, lkcd->version, sink->codec ? lkcd_codec_number(sink->codec->name) : 0, pages,
				  &block, &size, fault);
	if (status)
		return status;
	status = output_write(lkcd->output, block, size, fault);
	free(block);
	if (!status && lkcd->version < 11)
		status = make_zero_page(lkcd, fault);
	return status;
}

static int append_index_entry(struct lkcd_sink *lkcd, uint64_t address, struct fault *fault)
{
	uint64_t offset = output_offset(lkcd->output);

	if (!lkcd_index_needs_entry(&lkcd->rule, address, offset))
		return 0;
	if (array_grow(&lkcd->index, &lkcd->index_room, lkcd->index_size + LKCD_INDEX_SIZE, 1, fault))
		return -fault->code;
	put64(lkcd->index + lkcd->index_size, lkcd->big_endian, address);
	put64(lkcd->index + lkcd->index_size + 8, lkcd->big_endian, offset);
	lkcd->index_size += LKCD_INDEX_SIZE;
	return 0;
}

static int write_record(struct lkcd_sink *lkcd, uint64_t address, uint32_t flags, const void *data, uint32_t size,
			struct fault *fault)
{
	unsigned char head[16], tail[4];
	int status;

	put64(head, lkcd->big_endian, address);
	put32(head + 8, lkcd->big_endian, size);
	put32(head + 12, lkcd->big_endian, flags);
	status = output_write(lkcd->output, head, sizeof(head), fault);
	if (!status && size)
		status = output_write(lkcd->output, data, size, fault);
	if (status || lkcd->version < 11)
		return status;
	put32(tail, lkcd->big_endian, crc32c(crc32c(0, head, sizeof(head)), data, size));
	return output_write(lkcd->output, tail, sizeof(tail), fault);
}

static int put_record11(struct lkcd_sink *lkcd, const struct page *page, uint32_t flags, struct fault *fault)
{
	int status = append_index_entry(lkcd, page->address, fault);

	flags |= (uint32_t)page->class << LKCD_PAGE_CLASS_SHIFT | (page->pages - 1) << LKCD_PAGE_COUNT_SHIFT;
	lkcd->records++;
	lkcd->class_pages[page->class] += page->pages;
	if (flags & LKCD_PAGE_ZERO)
		lkcd->zero_pages += page->pages;
	return status ? status : write_record(lkcd, page->address, flags, page->data, page->bytes, fault);
}

static int flush_zeros(struct lkcd_sink *lkcd, struct fault *fault)
{
	struct page zeros = lkcd->zeros;

	lkcd->zeros.pages = 0;
	return zeros.pages ? put_record11(lkcd, &zeros, LKCD_PAGE_ZERO, fault) : 0;
}

/* Zero pages are joined until another page comes, so that records do not depend on the runs in which they arrive. */
static int put_zeros11(struct lkcd_sink *lkcd, const struct page *page, struct fault *fault)
{
	struct page *zeros = &lkcd->zeros;
	uint32_t left = page->pages, share;
	uint64_t address = page->address;
	int status = 0;

	while (left && !status) {
		bool follows = zeros->pages && zeros->pages < PAGE_RUN_MAX && zeros->class == page->class &&
			       address == zeros->address + (uint64_t)zeros->pages * lkcd->page_size;

		if (!follows) {
			status = flush_zeros(lkcd, fault);
			*zeros = (struct page){ .address = address, .class = page->class };
		}
		share = PAGE_RUN_MAX - zeros->pages;
		if (share > left)
			share = left;
		zeros->pages += share;
		address += (uint64_t)share * lkcd->page_size;
		left -= share;
	}
	return status;
}

static int put_page11(struct lkcd_sink *lkcd, const struct page *page, struct fault *fault)
{
	int status;

	if (!page->data)
		return put_zeros11(lkcd, page, fault);
	status = flush_zeros(lkcd, fault);
	return status ? status : put_record11(lkcd, page, page->codec ? LKCD_PAGE_COMPRESSED : LKCD_PAGE_RAW, fault);
}

static int put_page9(struct lkcd_sink *lkcd, const struct page *page, struct fault *fault)
{
	int status = 0;

	if (page->data)
		return write_record(lkcd, page->address, page->codec ? LKCD_PAGE_COMPRESSED : LKCD_PAGE_RAW, page->data,
				    page->bytes, fault);
	for (uint32_t i = 0; i < page->pages && !status; i++)
		status = write_record(lkcd, page->address + (uint64_t)i * lkcd->page_size, lkcd->zero_flags,
				      lkcd->zero_page, (uint32_t)lkcd->zero_size, fault);
	return status;
}

static int lkcd_sink_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct lkcd_sink *lkcd = (struct lkcd_sink *)sink;

	return lkcd->version < 11 ? put_page9(lkcd, page, fault) : put_page11(lkcd, page, fault);
}

static void fill_totals(struct lkcd_sink *lkcd, unsigned char *desc, uint64_t end, bool whole)
{
	uint64_t totals[] = {
		lkcd->class_pages[0],
		lkcd->class_pages[1],
		lkcd->class_pages[2],
		lkcd->class_pages[3],
		lkcd->zero_pages,
		lkcd->records,
		end,
		!whole,
		0,
	};

	for (size_t i = 0; i < sizeof(totals) / sizeof(*totals); i++)
		put64(desc + 8 * i, lkcd->big_endian, totals[i]);
}

static int write_trailer(struct lkcd_sink *lkcd, uint64_t end, struct fault *fault)
{
	unsigned char trailer[LKCD_TRAILER_SIZE] = { 0 };

	put64(trailer, lkcd->big_endian, end);
	put64(trailer + 8, lkcd->big_endian, output_offset(lkcd->output) - end);
	put64(trailer + 24, lkcd->big_endian, LKCD_TRAILER_MAGIC);
	put32(trailer + 16, lkcd->big_endian, crc32c(0, trailer, sizeof(trailer)));
	return output_write(lkcd->output, trailer, sizeof(trailer), fault);
}

static int lkcd_sink_finish(struct sink *sink, bool whole, struct fault *fault)
{
	struct lkcd_sink *lkcd = (struct lkcd_sink *)sink;
	uint32_t flags = LKCD_PAGE_END | (whole ? 0 : LKCD_PAGE_TRUNCATED);
	size_t totals = note_size("LKCD", LKCD_TOTALS_SIZE), size;
	unsigned char *notes, *index;
	uint64_t end;
	int status;

	if (lkcd->version < 11)
		return write_record(lkcd, 0, flags, NULL, 0, fault);
	status = flush_zeros(lkcd, fault);
	if (status)
		return status;
	size = totals + note_size("LKCD", lkcd->index_size); /* after flush_zeros(), which may add an entry */
	if (size > UINT32_MAX)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE, "the index is too large");
	notes = calloc(1, size);
	if (!notes)
		return fault_memory(fault);
	end = output_offset(lkcd->output);
	fill_totals(lkcd, note_put(notes, lkcd->big_endian, "LKCD", LKCD_NOTE_TOTALS, LKCD_TOTALS_SIZE), end, whole);
	index = note_put(notes + totals, lkcd->big_endian, "LKCD", LKCD_NOTE_INDEX, lkcd->index_size);
	if (lkcd->index_size)
		memcpy(index, lkcd->index, lkcd->index_size);
	status = write_record(lkcd, 0, flags, notes, (uint32_t)size, fault);
	free(notes);
	return status ? status : write_trailer(lkcd, end, fault);
}

struct sink *lkcd_sink_open(struct output *output, const struct sink_options *options, uint32_t version,
			    struct fault *fault)
{
	struct lkcd_sink *lkcd = calloc(1, sizeof(*lkcd));

	if (!lkcd) {
		fault_memory(fault);
		return NULL;
	}
	lkcd->output = output;
	lkcd->version = version;
	lkcd->sink = (struct sink){
		.needs = version < 11 ? 0 : SINK_BY_CLASS,
		.window = version < 11 ? 1 : LKCD_WINDOW, /* the pipeline uses a page where that is larger */
		.codec = options->codec,
		.begin = lkcd_sink_begin,
		.put = lkcd_sink_put,
		.finish = lkcd_sink_finish,
		.close = lkcd_sink_close,
	};
	return &lkcd->sink;
}
