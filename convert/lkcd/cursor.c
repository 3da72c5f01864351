/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the records of an LKCD image one after the other. record.c parses and checks a single record; this file checks
 * what holds between records: order, duplicates, and the end of the image.
 */
#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "convert/lkcd/cursor.h"
#include "convert/lkcd/record.h"
#include "convert/lkcd/resync.h"
#include "dump/class.h"
#include "lkcd/machine.h"

#define V1_KERNEL_BASE UINT64_C(0xc0000000)

int lkcd_cursor_restart(struct lkcd_source *lkcd, uint64_t offset, struct fault *fault)
{
	pagemap_free(lkcd->seen);
	lkcd->seen = pagemap_new();
	if (!lkcd->seen)
		return fault_memory(fault);
	memset(lkcd->last_head, 0, sizeof(lkcd->last_head));
	lkcd->counts = (struct lkcd_counts){ 0 };
	lkcd->order = (struct lkcd_order){ .on = lkcd->order.on };
	lkcd->record_count = lkcd->faults = lkcd->pending = 0;
	lkcd->done = false;
	lkcd->sought = offset != lkcd->first_record;
	return stream_seek(lkcd->stream, offset, fault);
}

int lkcd_cursor_rewind(struct lkcd_source *lkcd, struct fault *fault)
{
	return lkcd_cursor_restart(lkcd, lkcd->first_record, fault);
}

/* The input ends without END. Later kernels write a dump of level HEADER so: it has no records, and is whole. */
static int report_missing_end(struct lkcd_source *lkcd, struct fault *fault)
{
	bool header_only =
		!lkcd->record_count && !lkcd->sought && lkcd->source.info.level == 1 && lkcd->header.version < 11;

	lkcd->done = true;
	lkcd->end = header_only ? stream_offset(lkcd->stream) : 0;
	if (header_only)
		return 0;
	return fault_set(fault, FAULT_CUT, stream_offset(lkcd->stream), FAULT_NOWHERE,
			 "the dump is truncated here: there is no END record");
}

/* Version 11: the trailer, 32 bytes after END. It holds END's offset. */
static int check_trailer(struct lkcd_source *lkcd, const struct lkcd_record *end, struct fault *fault)
{
	uint64_t offset = stream_offset(lkcd->stream);
	const unsigned char *at;
	size_t have;

	if (stream_skip(lkcd->stream, end->whole, fault))
		return -fault->code;
	at = stream_peek(lkcd->stream, LKCD_TRAILER_SIZE, &have, fault);
	if (!at)
		return -FAULT_READ;
	if (have >= LKCD_TRAILER_SIZE && lkcd_trailer_is_good(&lkcd->records, at, offset - lkcd->start, end->whole))
		return 0;
	if (have < LKCD_TRAILER_SIZE)
		fault_set(fault, FAULT_CUT, offset + end->whole, FAULT_NOWHERE,
			  "the dump is truncated here, in its last %d bytes; every page is there", LKCD_TRAILER_SIZE);
	else
		fault_set(fault, FAULT_CUT, offset + end->whole, FAULT_NOWHERE,
			  "the last %d bytes are damaged; every page is there", LKCD_TRAILER_SIZE);
	return fault_mark(fault, RULE_TRAILER, 0, have < LKCD_TRAILER_SIZE ? have : LKCD_TRAILER_SIZE);
}

static int check_end11(struct lkcd_source *lkcd, const struct lkcd_record *record, struct fault *fault)
{
	struct lkcd_end end = {
		.records = &lkcd->records,
		.offset = stream_offset(lkcd->stream),
		.start = lkcd->start,
		.all = !lkcd->faults && !lkcd->sought,
		.strict = lkcd->strict,
	};

	return lkcd_end_check(&end, record, &lkcd->counts, &lkcd->source.info, fault);
}

/*
 * Versions 1 to 10: do records follow END? A flipped bit can turn a page record into END. But old records may follow
 * the true END on a device, or in a copy of one: END is accepted when the header's count of pages is reached.
 */
static int check_after_end(struct lkcd_source *lkcd, const struct lkcd_record *end, struct fault *fault)
{
	uint64_t offset = stream_offset(lkcd->stream), claimed = lkcd->source.info.pages;
	int follows;

	if (!lkcd->strict || !lkcd->records.resync || (claimed && class_total(lkcd->counts.classes) >= claimed))
		return 0;
	follows = stream_skip(lkcd->stream, end->whole, fault) ? 0
							       : lkcd_resync_at(&lkcd->records, lkcd->stream, 0, fault);
	if (follows <= 0)
		return follows;
	fault_set(fault, FAULT_CUT, offset, FAULT_NOWHERE, "END is here, but more records follow it");
	return fault_mark(fault, RULE_BEHIND, 0, 0);
}

/* Versions 1 to 10: END's size and other flags are 0. Its address may be anything: late kernels leave garbage there. */
static int check_classic_end(struct lkcd_source *lkcd, const struct lkcd_record *end, struct fault *fault)
{
	uint64_t offset = stream_offset(lkcd->stream);
	int status = check_after_end(lkcd, end, fault);

	if (status || !lkcd->strict || !end->unusual)
		return status;
	fault_set(fault, FAULT_CUT, offset, FAULT_NOWHERE, "END has a size or flags that no kernel gave it");
	return fault_mark(fault, RULE_SHAPE, 0, LKCD_RECORD_HEAD);
}

static int read_end(struct lkcd_source *lkcd, const struct lkcd_record *end, struct fault *fault)
{
	uint64_t offset = stream_offset(lkcd->stream);
	int status = 0;

	lkcd->done = true;
	lkcd->end = offset + (lkcd->header.version < 11 ? LKCD_RECORD_HEAD : end->whole + LKCD_TRAILER_SIZE);
	if (lkcd->header.version >= 11)
		status = check_end11(lkcd, end, fault);
	else
		status = check_classic_end(lkcd, end, fault);
	if (!status && lkcd->header.version >= 11)
		status = check_trailer(lkcd, end, fault);
	if (status || !end->truncated)
		return status;
	fault_set(fault, FAULT_CUT, offset, FAULT_NOWHERE,
		  "END marks the dump as incomplete: pages were missing when it was written");
	return fault_mark(fault, RULE_INCOMPLETE, 0, 0);
}

/* The s390 zfcp dumper's END: the record head of the last page once more, without data. */
static bool is_repeated_end(struct lkcd_source *lkcd, const unsigned char *head, size_t have)
{
	const struct info *info = &lkcd->source.info;

	return lkcd->record_count && lkcd->header.version < 11 && !memcmp(head, lkcd->last_head, LKCD_RECORD_HEAD) &&
	       (have == LKCD_RECORD_HEAD || (info->machine && info->machine->elf == EM_S390));
}

/* Version 1: undo what the first kernels did to addresses. */
static void correct_address(struct lkcd_source *lkcd, struct lkcd_record *record)
{
	if (lkcd->header.version == 1 && !lkcd->record_count && !lkcd->sought && record->address == V1_KERNEL_BASE)
		lkcd->kernel_base = V1_KERNEL_BASE; /* the first i386 kernels stored virtual addresses */
	if (record->address >= lkcd->kernel_base)
		record->address -= lkcd->kernel_base;
}

/* Is a record's address certainly wrong, judged by its neighbours? */
static bool is_out_of_order(struct lkcd_source *lkcd, const struct lkcd_record *record)
{
	return lkcd->strict && lkcd->records.version < 11 && !lkcd->kernel_base &&
	       lkcd_order_is_outlier(&lkcd->order, &lkcd->records, lkcd->stream, record);
}

/* The record's form is right. Are its address, order and codec possible? */
static int check_page_record(struct lkcd_source *lkcd, const struct lkcd_record *record, struct fault *fault)
{
	uint32_t page_size = lkcd->records.page_size;
	uint64_t offset = stream_offset(lkcd->stream), size = (uint64_t)record->pages * page_size;
	enum fault_rule rule = RULE_ADDRESS;

	if (record->address % page_size) {
		fault_set(fault, FAULT_DAMAGED, offset, record->address,
			  "the address is no multiple of the page size %" PRIu32, page_size);
	} else if (record->address >= PAGE_ADDRESS_LIMIT || size > PAGE_ADDRESS_LIMIT - record->address) {
		fault_set(fault, FAULT_DAMAGED, offset, record->address, "no machine has memory there");
	} else if (is_out_of_order(lkcd, record)) {
		rule = RULE_ORDER;
		fault_set(fault, FAULT_DAMAGED, offset, record->address,
			  "its address is out of order between those of its neighbours, so it must be wrong");
	} else if (pagemap_count(lkcd->seen, record->address / page_size, record->pages)) {
		rule = RULE_DUPLICATE;
		fault_set(fault, FAULT_DAMAGED, offset, record->address,
			  "the page comes a second time; the first is kept");
	} else if (record->packed && !lkcd->source.info.codec) {
		rule = RULE_CODEC;
		fault_set(fault, FAULT_DAMAGED, offset, record->address,
			  "it is compressed, but the header names no known compression method (%" PRIu32 ")",
			  lkcd->header.compress);
	} else {
		return 0;
	}
	return fault_mark(fault, rule, rule == RULE_DUPLICATE ? 0 : record->pages, record->whole);
}

static int fill_record_page(struct lkcd_source *lkcd, const struct lkcd_record *record, struct page *page,
			    struct fault *fault)
{
	*page = (struct page){
		.address = record->address,
		.pages = record->pages,
		.bytes = record->size,
		.codec = record->packed ? lkcd->source.info.codec : NULL,
		.data = record->size ? record->data : NULL,
		.class = record->class,
		.offset = stream_offset(lkcd->stream),
	};
	if (pagemap_add(lkcd->seen, record->address / lkcd->records.page_size, record->pages))
		return fault_memory(fault);
	lkcd_end_count(&lkcd->counts, &lkcd->records, record, stream_offset(lkcd->stream) - lkcd->start);
	return 1;
}

static int next_record(struct lkcd_source *lkcd, struct page *page, struct fault *fault)
{
	struct lkcd_record record;
	const unsigned char *head;
	size_t have;
	int status;

	status = stream_skip(lkcd->stream, lkcd->pending, fault);
	lkcd->pending = 0;
	if (status)
		return status;
	head = stream_peek(lkcd->stream, LKCD_RECORD_HEAD + 1, &have, fault);
	if (!head)
		return -FAULT_READ;
	if (have < LKCD_RECORD_HEAD)
		return report_missing_end(lkcd, fault);
	if (is_repeated_end(lkcd, head, have)) {
		lkcd->end = stream_offset(lkcd->stream) + LKCD_RECORD_HEAD;
		lkcd->done = true;
		return 0;
	}
	memcpy(lkcd->last_head, head, LKCD_RECORD_HEAD);
	status = lkcd_record_read(&lkcd->records, lkcd->stream, &record, fault);
	if (status == -FAULT_CUT)
		lkcd->done = true;
	if (status == -FAULT_DAMAGED)
		lkcd->record_count++; /* the stream is at the next record already */
	if (status)
		return status;
	if (record.end)
		return read_end(lkcd, &record, fault);
	lkcd->pending = record.whole;
	correct_address(lkcd, &record);
	status = check_page_record(lkcd, &record, fault);
	lkcd->record_count++;
	if (!status)
		status = fill_record_page(lkcd, &record, page, fault);
	return status;
}

int lkcd_cursor_next(struct source *source, struct page *page, struct fault *fault)
{
	struct lkcd_source *lkcd = (struct lkcd_source *)source;
	int status;

	if (lkcd->header_fault.code && !lkcd->header_reported) {
		lkcd->header_reported = true;
		*fault = lkcd->header_fault;
		return -fault->code;
	}
	if (lkcd->done)
		return 0;
	status = next_record(lkcd, page, fault);
	lkcd->faults += status < 0;
	return status;
}
