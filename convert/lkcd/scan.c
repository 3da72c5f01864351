/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks the records of a version 11 image in threads, with dump/sweep.c. Stops at the first doubt: the caller then
 * reads the image with next(), which reports what is wrong.
 */
#include "convert/lkcd/record.h"
#include "convert/lkcd/scan.h"
#include "dump/crc32c.h"
#include "dump/sweep.h"
#include "lkcd/endian.h"

#define BLOCK (512u << 10) /* bytes; stays in a second-level cache from reading to checksums */
#define NONE UINT64_MAX

struct walker {
	struct sweep sweep;
	struct lkcd_scan *scan;
	struct pagemap *seen;
	uint64_t at; /* offset of the next record; NONE: END was reached */
	struct fault fault;
};

/* Count a page record, and give its run to the sink. False: it is not possible after the records before it. */
static bool accept_record(struct walker *walker, const struct lkcd_record *record)
{
	struct lkcd_scan *scan = walker->scan;
	uint64_t page_size = scan->records->page_size, frame = record->address / page_size;
	struct page page = {
		.address = record->address, .pages = record->pages, .class = record->class, .offset = walker->at
	};

	if (record->pages * page_size > PAGE_ADDRESS_LIMIT - record->address ||
	    (record->packed && !scan->info->codec) || pagemap_count(walker->seen, frame, record->pages) ||
	    pagemap_add(walker->seen, frame, record->pages))
		return false;
	lkcd_end_count(&scan->counts, scan->records, record, walker->at - scan->start);
	return !scan->sink->put(scan->sink, &page, &walker->fault);
}

/* struct sweep's walk: follow the record heads through a block. */
static bool walk_records(struct sweep *sweep, struct sweep_block *block)
{
	struct walker *walker = (struct walker *)sweep;
	uint64_t end = block->offset + block->size;

	block->mark = walker->at;
	while (walker->at < end) {
		size_t at = (size_t)(walker->at - block->offset);
		struct lkcd_record record;

		if (block->have - at < LKCD_RECORD_HEAD ||
		    !lkcd_record_parse11(walker->scan->records, block->data + at, &record))
			return false;
		if (record.end) {
			walker->scan->end = walker->at;
			walker->at = NONE;
		} else if (block->have - at < record.whole || !accept_record(walker, &record)) {
			return false;
		} else {
			walker->at += record.whole;
		}
	}
	return true;
}

/* struct sweep's work: compare the checksums of a block's records. walk_records() has checked their sizes. */
static bool check_sums(struct sweep *sweep, struct sweep_block *block)
{
	const struct lkcd_records *records = ((struct walker *)sweep)->scan->records;
	uint64_t end = block->offset + block->size;

	for (uint64_t offset = block->mark; offset < end;) {
		const unsigned char *at = block->data + (offset - block->offset);
		struct lkcd_record record;
		size_t summed;

		lkcd_record_parse11(records, at, &record);
		if (record.end)
			break;
		summed = LKCD_RECORD_HEAD + (size_t)record.size;
		if (crc32c(0, at, summed) != get32(at + summed, records->big_endian))
			return false;
		offset += record.whole;
	}
	return true;
}

int lkcd_scan_run(struct lkcd_scan *scan, struct fault *fault)
{
	uint32_t page_size = scan->records->page_size, window = page_size > LKCD_WINDOW ? page_size : LKCD_WINDOW;
	struct walker walker = { .scan = scan, .at = scan->first, .seen = pagemap_new() };
	int status;

	if (!walker.seen)
		return fault_memory(fault);
	walker.sweep = (struct sweep){
		.stream = scan->stream,
		.start = scan->first - scan->first % BLOCK, /* the system copies whole pages three times as fast */
		.end = stream_size(scan->stream),
		.block = BLOCK,
		.more = LKCD_RECORD_HEAD + window + LKCD_RECORD_CRC,
		.threads = scan->threads,
		.walk = walk_records,
		.work = check_sums,
	};
	status = walker.sweep.end > walker.sweep.start ? sweep_run(&walker.sweep, fault) : 0;
	pagemap_free(walker.seen);
	return status == 1 && walker.at != NONE ? 0 : status;
}
