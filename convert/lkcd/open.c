/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens an LKCD image: reads its header block, finds the first record, and decides whether the records are in ascending
 * order. Relies on a stream at the start of the file; from a pipe, only bytes within STREAM_PEEK_MAX can be checked
 * ahead.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "convert/lkcd/arch.h"
#include "convert/lkcd/open.h"
#include "convert/lkcd/record.h"

#define BLOCK_MAX (128u << 20) /* bytes of header and notes; device dumps in notes can be tens of megabytes */
#define BLOCK_PART (64u << 10)

/* Is there a likely record at an offset of the image? False where the stream cannot be peeked that far. */
static bool is_record_at(struct lkcd_source *lkcd, uint64_t offset, struct fault *fault)
{
	const unsigned char *head;
	size_t have, want;

	if (lkcd->start + offset + LKCD_RECORD_HEAD > STREAM_PEEK_MAX)
		return false;
	want = (size_t)(lkcd->start + offset) + LKCD_RECORD_HEAD;
	head = stream_peek(lkcd->stream, want, &have, fault);
	return head && have >= want && lkcd_record_is_likely(&lkcd->records, head + want - LKCD_RECORD_HEAD);
}

/*
 * The offset of the first record. In version 10, crash uses 65536 and libkdumpfile the header's field, which may be
 * wrong: take the offset at which there is a record.
 */
static uint64_t find_data_offset(struct lkcd_source *lkcd, struct fault *fault)
{
	uint64_t stored = lkcd->header.buffer_size;

	if (!stored || stored == LKCD_DATA_OFFSET || stored < lkcd->header.header_size || stored > BLOCK_MAX)
		return LKCD_DATA_OFFSET;
	if (!is_record_at(lkcd, stored, fault) && is_record_at(lkcd, LKCD_DATA_OFFSET, fault))
		return LKCD_DATA_OFFSET;
	return stored;
}

/* Read the header block of size bytes. size may be wrong, so the buffer only grows with what the file has. */
static int read_whole_block(struct lkcd_source *lkcd, uint64_t size, unsigned char **block, size_t *got,
			    struct fault *fault)
{
	int status = stream_seek(lkcd->stream, lkcd->start, fault);

	*block = NULL;
	*got = 0;
	while (!status && *got < size) {
		size_t part = size - *got < BLOCK_PART ? (size_t)(size - *got) : BLOCK_PART, have;
		unsigned char *grown = realloc(*block, *got + part);

		if (!grown)
			return fault_memory(fault);
		*block = grown;
		if (!stream_peek(lkcd->stream, part, &have, fault))
			return -FAULT_READ;
		if (have < part)
			part = have;
		status = stream_read(lkcd->stream, *block + *got, part, fault);
		*got += part;
		if (!part)
			break;
	}
	return status;
}

/* How to read the records, by the header. */
static void set_records(struct lkcd_source *lkcd)
{
	const struct info *info = &lkcd->source.info;

	lkcd->records = (struct lkcd_records){
		.version = lkcd->header.version,
		.big_endian = info->big_endian,
		.page_size = info->page_size,
		.compress = lkcd->header.compress,
		.resync = !lkcd->start,
		.strict = lkcd->strict,
	};
}

/* Use the caller's header block instead of the file's. */
static int use_header_block(struct lkcd_source *lkcd, const struct lkcd_header_block *block, struct fault *fault)
{
	struct info *info = &lkcd->source.info;
	int status;

	lkcd->header.strict = lkcd->strict;
	status = lkcd_header_read(block->bytes, block->size, &lkcd->header, info, fault);
	if (status)
		return status;
	set_records(lkcd);
	lkcd->first_record = block->first_record;
	status = lkcd_header_read_area(block->bytes, block->size, &lkcd->header, info, fault);
	if (status == -FAULT_DAMAGED) {
		lkcd->header_fault = *fault;
		status = 0;
	}
	return status ? status : stream_seek(lkcd->stream, lkcd->first_record, fault);
}

static int read_header_block(struct lkcd_source *lkcd, struct fault *fault)
{
	struct info *info = &lkcd->source.info;
	unsigned char *block = NULL;
	const unsigned char *head;
	size_t have, got = 0;
	unsigned bid;
	uint64_t size;
	int status;

	head = stream_peek(lkcd->stream, FORMAT_PEEK, &have, fault);
	if (!head)
		return -FAULT_READ;
	lkcd->start = lkcd_find(head, have, &bid);
	lkcd->header.strict = lkcd->strict;
	status = lkcd_header_read(head + lkcd->start, have - (size_t)lkcd->start, &lkcd->header, info, fault);
	if (status)
		return status;
	set_records(lkcd);
	size = find_data_offset(lkcd, fault);
	lkcd->first_record = lkcd->start + size;
	status = read_whole_block(lkcd, size, &block, &got, fault);
	if (!status)
		status = lkcd_header_read_area(block, got, &lkcd->header, info, fault);
	free(block);
	if (status == -FAULT_DAMAGED) {
		lkcd->header_fault = *fault;
		status = 0;
	}
	return status;
}

/* Fill the info that an image without notes has in its architecture header only. */
static int complete_info(struct lkcd_source *lkcd, struct fault *fault)
{
	struct info *info = &lkcd->source.info;
	int status = 0;

	if (lkcd->header.compress && !info->codec)
		status = info_add_unknown(info, fault, "how its pages are compressed: method %" PRIu32 " is not known",
					  lkcd->header.compress);
	if (!status && !info->notes_size)
		status = lkcd_arch_notes(info, fault);
	return status;
}

/* Versions 1 to 10: are the first records in ascending order? A file without records is not checked. */
static int detect_order(struct lkcd_source *lkcd, struct fault *fault)
{
	if (!lkcd->strict || lkcd->records.version >= 11)
		return 0;
	if (stream_seek(lkcd->stream, lkcd->first_record, fault))
		return fault->code == FAULT_CUT ? 0 : -fault->code;
	return lkcd_order_detect(&lkcd->order, &lkcd->records, lkcd->stream, fault);
}

int lkcd_open(struct lkcd_source *lkcd, const struct lkcd_header_block *block, struct fault *fault)
{
	int status = block ? use_header_block(lkcd, block, fault) : read_header_block(lkcd, fault);

	if (!status)
		status = complete_info(lkcd, fault);
	return status ? status : detect_order(lkcd, fault);
}
