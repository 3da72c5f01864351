/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes before an LKCD image's records, and what must be known before the first of them is read. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "convert/lkcd/arch.h"
#include "convert/lkcd/open.h"
#include "convert/lkcd/record.h"

#define BLOCK_MAX (128u << 20) /* of header and notes; device dumps can be tens of megabytes */
#define BLOCK_PART (64u << 10)

/* Could a record stand at this offset of the image? Only what can be looked ahead to is looked at. */
static bool record_at(struct lkcd_source *lkcd, uint64_t offset, struct fault *fault)
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
 * Where the records start. Version 10 is read as 65536 by crash and as the header says by libkdumpfile, and a header
 * may lie: of the two places, the one where a record stands is right.
 */
static uint64_t data_offset(struct lkcd_source *lkcd, struct fault *fault)
{
	uint64_t said = lkcd->header.buffer_size;

	if (!said || said == LKCD_DATA_OFFSET || said < lkcd->header.header_size || said > BLOCK_MAX)
		return LKCD_DATA_OFFSET;
	if (!record_at(lkcd, said, fault) && record_at(lkcd, LKCD_DATA_OFFSET, fault))
		return LKCD_DATA_OFFSET;
	return said;
}

/* The whole header block, which is as large as the file really is: it grows as it is read. */
static int read_block(struct lkcd_source *lkcd, uint64_t size, unsigned char **block, size_t *got, struct fault *fault)
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

/* Records are read as the header says. */
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

/* A header block that the caller knows better. */
static int take_header(struct lkcd_source *lkcd, const struct lkcd_header_block *block, struct fault *fault)
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

static int read_header(struct lkcd_source *lkcd, struct fault *fault)
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
	size = data_offset(lkcd, fault);
	lkcd->first_record = lkcd->start + size;
	status = read_block(lkcd, size, &block, &got, fault);
	if (!status)
		status = lkcd_header_read_area(block, got, &lkcd->header, info, fault);
	free(block);
	if (status == -FAULT_DAMAGED) {
		lkcd->header_fault = *fault;
		status = 0;
	}
	return status;
}

/* What an image without a notes area leaves to be made from its headers. */
static int complete_info(struct lkcd_source *lkcd, struct fault *fault)
{
	struct info *info = &lkcd->source.info;
	int status = 0;

	if (lkcd->header.compress && !info->codec)
		status = info_add_unknown(info, fault, "how its pages are packed: compression %" PRIu32 " is not known",
					  lkcd->header.compress);
	if (!status && !info->notes_size)
		status = lkcd_arch_notes(info, fault);
	return status;
}

/* Versions 1 to 10: is the image in order? The first records tell. A file that ends before them shows none. */
static int judge_order(struct lkcd_source *lkcd, struct fault *fault)
{
	if (!lkcd->strict || lkcd->records.version >= 11)
		return 0;
	if (stream_seek(lkcd->stream, lkcd->first_record, fault))
		return fault->code == FAULT_CUT ? 0 : -fault->code;
	return lkcd_order_judge(&lkcd->order, &lkcd->records, lkcd->stream, fault);
}

int lkcd_open(struct lkcd_source *lkcd, const struct lkcd_header_block *block, struct fault *fault)
{
	int status = block ? take_header(lkcd, block, fault) : read_header(lkcd, fault);

	if (!status)
		status = complete_info(lkcd, fault);
	return status ? status : judge_order(lkcd, fault);
}
