/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading LKCD images of every version. lkcd-record.c takes one record apart; here is what holds between records:
 * order, duplicates, the end, and how to go on after damage.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "convert/lkcd-end.h"
#include "convert/lkcd-index.h"
#include "convert/lkcd-order.h"
#include "convert/lkcd-resync.h"
#include "convert/lkcd-scan.h"
#include "dump/notes.h"
#include "lkcd/codec.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"

#define BLOCK_MAX (128u << 20) /* of header and notes; device dumps can be tens of megabytes */
#define BLOCK_PART (64u << 10)
#define LOWCORE_SIZE 8192u
#define V1_KERNEL_BASE UINT64_C(0xc0000000)

struct lkcd_source {
	struct source source;
	struct stream *stream;
	struct lkcd_header header;
	struct lkcd_records records; /* how to read them: version, page size, order */
	uint64_t start;              /* of the image in the file or device */
	uint64_t first_record;       /* offset in the file */

	struct pagemap *seen;                      /* frames that next() delivered */
	unsigned char last_head[LKCD_RECORD_HEAD]; /* of the record before: s390's end repeats it */
	uint64_t pending;          /* bytes of the record that was delivered last: the stream still stands before it */
	struct lkcd_counts counts; /* of what next() delivered */
	struct lkcd_order order;   /* versions 1 to 10, when strict */
	bool strict;
	uint64_t record_count;
	uint64_t kernel_base; /* to subtract from addresses: version 1 on i386 */
	uint64_t faults;      /* reported by next() */
	uint64_t end;         /* of the image in the file, once it is found */
	bool done;
	bool sought;               /* not all of the records before this one were read */
	struct fault header_fault; /* damage in the header block, told by the first next(); code 0: none */
	bool header_told;

	struct lkcd_index index; /* made when it is first needed */
};

static void lkcd_source_close(struct source *source)
{
	struct lkcd_source *lkcd = (struct lkcd_source *)source;

	info_clear(&source->info);
	lkcd_index_clear(&lkcd->index);
	pagemap_free(lkcd->seen);
	free(lkcd);
}

/* --- opening --- */

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
static int take_header(struct lkcd_source *lkcd, const struct source_options *options, struct fault *fault)
{
	struct info *info = &lkcd->source.info;
	int status;

	lkcd->header.strict = lkcd->strict;
	status = lkcd_header_read(options->header, options->header_size, &lkcd->header, info, fault);
	if (status)
		return status;
	set_records(lkcd);
	lkcd->first_record = options->first_record;
	status = lkcd_header_read_area(options->header, options->header_size, &lkcd->header, info, fault);
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

static int lkcd_source_next(struct source *source, struct page *page, struct fault *fault);
static int rewind_records(struct lkcd_source *lkcd, struct fault *fault);

/* Unpack a page of one codec; used once for each s390 CPU, so state is not kept. */
static bool plain_copy(const struct page *page, unsigned char *out, size_t size)
{
	void *state;
	bool good;

	if (!page->data)
		memset(out, 0, size);
	else if (!page->codec)
		memcpy(out, page->data, size);
	if (!page->data || !page->codec)
		return true;
	state = page->codec->open(page->codec->level_default);
	good = state && !page->codec->decode(state, out, size, page->data, page->bytes);
	if (state)
		page->codec->close(state);
	return good;
}

/* Gather the pages of one lowcore, reading from the first record on. False: not all of it is in the dump. */
static bool find_lowcore(struct lkcd_source *lkcd, uint64_t address, unsigned char *out)
{
	uint32_t page_size = lkcd->source.info.page_size;
	uint64_t missing = LOWCORE_SIZE;
	struct fault fault;
	struct page page;

	if (page_size > LOWCORE_SIZE || address % page_size || rewind_records(lkcd, &fault))
		return false;
	while (missing && lkcd_source_next(&lkcd->source, &page, &fault) == 1) {
		if (page.address < address || page.address >= address + LOWCORE_SIZE || page.pages != 1)
			continue;
		if (!plain_copy(&page, out + (page.address - address), page_size))
			return false;
		missing -= page_size;
	}
	return !missing;
}

/* s390x: the architecture header only tells where in memory the registers were saved. */
static int read_lowcores(struct lkcd_source *lkcd, struct fault *fault)
{
	struct info *info = &lkcd->source.info;
	uint64_t addresses[512];
	size_t cpus = lkcd_arch_lowcores(info, addresses, sizeof(addresses) / sizeof(*addresses)), missing = 0;
	int status = 0;

	if (!cpus || !info->machine || strcmp(info->machine->name, "s390x"))
		return 0;
	if (!stream_seekable(lkcd->stream))
		return info_add_unknown(info, fault,
					"no registers: they stand in memory, which a pipe gives only once");
	for (size_t i = 0; i < cpus && !status; i++) {
		unsigned char lowcore[LOWCORE_SIZE];

		if (find_lowcore(lkcd, addresses[i], lowcore))
			status = lkcd_arch_lowcore_note(info, i, lowcore, fault);
		else
			missing++;
	}
	if (!status && missing)
		status = info_add_unknown(info, fault, "no registers of %zu CPUs: their save areas are not in the dump",
					  missing);
	return status ? status : rewind_records(lkcd, fault);
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
	if (!status && !info->notes_size)
		status = read_lowcores(lkcd, fault);
	if (!status && !info->range_count)
		status = lkcd_arch_ranges(info, fault);
	return status;
}

/* --- records --- */

/* Forget what was read, and go on with the record at that offset. */
static int restart_at(struct lkcd_source *lkcd, uint64_t offset, struct fault *fault)
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

static int rewind_records(struct lkcd_source *lkcd, struct fault *fault)
{
	return restart_at(lkcd, lkcd->first_record, fault);
}

/* A dump of level HEADER has no records, and later kernels gave it no END either. */
static int ends_without_end(struct lkcd_source *lkcd, struct fault *fault)
{
	bool header_only =
		!lkcd->record_count && !lkcd->sought && lkcd->source.info.level == 1 && lkcd->header.version < 11;

	lkcd->done = true;
	lkcd->end = header_only ? stream_offset(lkcd->stream) : 0;
	if (header_only)
		return 0;
	return fault_set(fault, FAULT_CUT, stream_offset(lkcd->stream), FAULT_NOWHERE,
			 "the dump is cut off here: there is no END record");
}

/* Version 11: the 32 bytes behind END, whose offset is that of END. */
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
			  "the dump is cut off here, in its last %d bytes; every page is there", LKCD_TRAILER_SIZE);
	else
		fault_set(fault, FAULT_CUT, offset + end->whole, FAULT_NOWHERE,
			  "the last %d bytes are damaged; every page is there", LKCD_TRAILER_SIZE);
	return fault_mark(fault, RULE_TRAILER, 0, have < LKCD_TRAILER_SIZE ? have : LKCD_TRAILER_SIZE);
}

static int check_end(struct lkcd_source *lkcd, const struct lkcd_record *record, struct fault *fault)
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
 * Versions 1 to 10: a flipped bit makes an END of a page. Records may well follow the true one, where an image is not
 * alone on a device or was copied from one; but not when the header counts them.
 */
static int check_behind(struct lkcd_source *lkcd, const struct lkcd_record *end, struct fault *fault)
{
	uint64_t offset = stream_offset(lkcd->stream), said = lkcd->source.info.pages;
	int follows;

	if (!lkcd->strict || !lkcd->records.resync || (said && lkcd_end_pages(lkcd->counts.classes) >= said))
		return 0;
	follows = stream_skip(lkcd->stream, end->whole, fault) ? 0
							       : lkcd_resync_at(&lkcd->records, lkcd->stream, 0, fault);
	if (follows <= 0)
		return follows;
	fault_set(fault, FAULT_CUT, offset, FAULT_NOWHERE, "END stands here, but more records follow it");
	return fault_mark(fault, RULE_BEHIND, 0, 0);
}

static int at_end(struct lkcd_source *lkcd, const struct lkcd_record *end, struct fault *fault)
{
	uint64_t offset = stream_offset(lkcd->stream);
	int status = 0;

	lkcd->done = true;
	lkcd->end = offset + (lkcd->header.version < 11 ? LKCD_RECORD_HEAD : end->whole + LKCD_TRAILER_SIZE);
	if (lkcd->header.version >= 11)
		status = check_end(lkcd, end, fault);
	else
		status = check_behind(lkcd, end, fault);
	if (!status && lkcd->header.version >= 11)
		status = check_trailer(lkcd, end, fault);
	if (status || !end->truncated)
		return status;
	fault_set(fault, FAULT_CUT, offset, FAULT_NOWHERE,
		  "END says that the dump is incomplete: pages were missing when it was written");
	return fault_mark(fault, RULE_INCOMPLETE, 0, 0);
}

/* The s390 zfcp dumper's END: the last page's header once more, with nothing behind it. */
static bool is_repeated_end(struct lkcd_source *lkcd, const unsigned char *head, size_t have)
{
	const struct info *info = &lkcd->source.info;

	return lkcd->record_count && lkcd->header.version < 11 && !memcmp(head, lkcd->last_head, LKCD_RECORD_HEAD) &&
	       (have == LKCD_RECORD_HEAD || !strncmp(info->uts.machine, "s390", 4));
}

/* Versions 1-10: addresses as the old kernels wrote them. */
static void correct_address(struct lkcd_source *lkcd, struct lkcd_record *record)
{
	if (lkcd->header.version == 1 && !lkcd->record_count && !lkcd->sought && record->address == V1_KERNEL_BASE)
		lkcd->kernel_base = V1_KERNEL_BASE; /* the first i386 kernels stored virtual addresses */
	if (record->address >= lkcd->kernel_base)
		record->address -= lkcd->kernel_base;
}

/* Must a record's address be wrong, by those of its neighbours? */
static bool is_odd(struct lkcd_source *lkcd, const struct lkcd_record *record)
{
	return lkcd->strict && lkcd->records.version < 11 && !lkcd->kernel_base &&
	       lkcd_order_is_odd(&lkcd->order, &lkcd->records, lkcd->stream, record);
}

/* A record whose shape is right: is what it says possible? */
static int check_page(struct lkcd_source *lkcd, const struct lkcd_record *record, struct fault *fault)
{
	uint32_t page_size = lkcd->records.page_size;
	uint64_t offset = stream_offset(lkcd->stream), size = (uint64_t)record->pages * page_size;
	enum fault_rule rule = RULE_ADDRESS;

	if (record->address % page_size) {
		fault_set(fault, FAULT_DAMAGED, offset, record->address,
			  "the address is no multiple of the page size %" PRIu32, page_size);
	} else if (record->address >= PAGE_ADDRESS_LIMIT || size > PAGE_ADDRESS_LIMIT - record->address) {
		fault_set(fault, FAULT_DAMAGED, offset, record->address, "no machine has memory there");
	} else if (is_odd(lkcd, record)) {
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
			  "it is packed, and the header names no method that is known here (%" PRIu32 ")",
			  lkcd->header.compress);
	} else {
		return 0;
	}
	return fault_mark(fault, rule, rule == RULE_DUPLICATE ? 0 : record->pages, record->whole);
}

static int deliver(struct lkcd_source *lkcd, const struct lkcd_record *record, struct page *page, struct fault *fault)
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
		return ends_without_end(lkcd, fault);
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
		lkcd->record_count++; /* the stream stands at the next record already */
	if (status)
		return status;
	if (record.end)
		return at_end(lkcd, &record, fault);
	lkcd->pending = record.whole;
	correct_address(lkcd, &record);
	status = check_page(lkcd, &record, fault);
	lkcd->record_count++;
	if (!status)
		status = deliver(lkcd, &record, page, fault);
	return status;
}

static int lkcd_source_next(struct source *source, struct page *page, struct fault *fault)
{
	struct lkcd_source *lkcd = (struct lkcd_source *)source;
	int status;

	if (lkcd->header_fault.code && !lkcd->header_told) {
		lkcd->header_told = true;
		*fault = lkcd->header_fault;
		return -fault->code;
	}
	if (lkcd->done)
		return 0;
	status = next_record(lkcd, page, fault);
	lkcd->faults += status < 0;
	return status;
}

/*
 * All records are gone through as next() will do it, so that map and index say what will come, whatever is damaged.
 * Ends at the first record again. map may be NULL.
 */
static int survey(struct lkcd_source *lkcd, struct pagemap *map, bool *ascending, struct fault *fault)
{
	uint32_t page_size = lkcd->records.page_size;
	bool told = lkcd->header_told;
	uint64_t last = 0;
	struct page page;
	int status, again;

	*ascending = true;
	lkcd_index_clear(&lkcd->index);
	while ((status = lkcd_source_next(&lkcd->source, &page, fault)) != 0) {
		if (status == -FAULT_DAMAGED)
			continue;
		if (status < 0)
			break;
		*ascending = *ascending && page.address >= last;
		last = page.address;
		if (map && pagemap_add(map, page.address / page_size, page.pages))
			return fault_memory(fault);
		again = lkcd_index_add(&lkcd->index, page.offset, page.address,
				       page.address + (uint64_t)page.pages * page_size, fault);
		if (again)
			return again;
	}
	lkcd->header_told = told;
	if (status && status != -FAULT_CUT)
		return status;
	again = rewind_records(lkcd, fault);
	return again ? again : status;
}

static int lkcd_source_map(struct source *source, struct pagemap *map, bool *ascending, struct fault *fault)
{
	return survey((struct lkcd_source *)source, map, ascending, fault);
}

/* The image's own index, or one that is made. */
static int make_index(struct lkcd_source *lkcd, struct fault *fault)
{
	bool ascending;
	int status = 0;

	if (lkcd->index.count)
		return 0;
	if (lkcd->header.version >= 11)
		status = lkcd_index_load(&lkcd->index, &lkcd->records, lkcd->stream, lkcd->start, fault);
	if (status)
		return status < 0 ? status : 0;
	status = rewind_records(lkcd, fault);
	if (!status)
		status = survey(lkcd, NULL, &ascending, fault);
	return status == -FAULT_CUT ? 0 : status;
}

/*
 * Look through one block for the record that holds address. Returns 1 and sets *offset to the record's; 0 when it is
 * not there, *offset is then set, if it was not, to that of the first record behind address; or a fault. Damage is left
 * to next().
 */
static int search_block(struct lkcd_source *lkcd, size_t number, uint64_t address, uint64_t *offset,
			struct fault *fault)
{
	const struct lkcd_index *index = &lkcd->index;
	uint64_t end = number + 1 < index->count ? index->blocks[number + 1].offset : UINT64_MAX;
	int status = restart_at(lkcd, index->blocks[number].offset, fault);

	while (status >= 0 && stream_offset(lkcd->stream) + lkcd->pending < end) {
		struct page page;

		status = lkcd_source_next(&lkcd->source, &page, fault);
		if (status == 0 || status == -FAULT_CUT)
			return 0;
		if (status == -FAULT_DAMAGED)
			status = 0;
		if (status < 1 || page.address + (uint64_t)page.pages * lkcd->records.page_size <= address)
			continue;
		if (page.address <= address || *offset == UINT64_MAX)
			*offset = page.offset;
		if (page.address <= address)
			return 1;
		if (!index->scattered)
			return 0;
	}
	return status < 0 ? status : 0;
}

/* The offset of the record that holds address, or else of the first one behind it; UINT64_MAX: all are before it. */
static int find_record(struct lkcd_source *lkcd, uint64_t address, uint64_t *offset, struct fault *fault)
{
	const struct lkcd_index *index = &lkcd->index;
	size_t i = lkcd_index_find(index, 0, address);
	int status = 0;

	*offset = UINT64_MAX;
	for (; i < index->count && !status; i = lkcd_index_find(index, i + 1, address)) {
		if (*offset == UINT64_MAX || index->blocks[i].lowest <= address)
			status = search_block(lkcd, i, address, offset, fault);
		if (*offset != UINT64_MAX && !index->scattered)
			break;
	}
	return status < 0 ? status : 0;
}

static int lkcd_source_seek(struct source *source, uint64_t address, struct fault *fault)
{
	struct lkcd_source *lkcd = (struct lkcd_source *)source;
	bool told = lkcd->header_told;
	uint64_t offset;
	int status;

	if (!address) {
		lkcd->header_told = false;
		return rewind_records(lkcd, fault);
	}
	lkcd->header_told = true;
	status = make_index(lkcd, fault);
	if (!status)
		status = find_record(lkcd, address, &offset, fault);
	if (!status)
		status = restart_at(lkcd, offset == UINT64_MAX ? lkcd->first_record : offset, fault);
	lkcd->done = !status && offset == UINT64_MAX;
	lkcd->header_told = told;
	return status;
}

uint64_t lkcd_source_end(const struct source *source)
{
	const struct lkcd_source *lkcd = (const struct lkcd_source *)source;

	return lkcd->end;
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

static int lkcd_source_prove(struct source *source, struct sink *sink, unsigned threads, struct fault *fault)
{
	struct lkcd_source *lkcd = (struct lkcd_source *)source;
	struct lkcd_scan scan = {
		.stream = lkcd->stream,
		.records = &lkcd->records,
		.info = &source->info,
		.first = lkcd->first_record,
		.start = lkcd->start,
		.threads = threads,
		.sink = sink,
	};
	struct page page;
	int status;

	if (lkcd->header_fault.code || lkcd->records.version < 11)
		return 0;
	status = lkcd_scan_run(&scan, fault);
	if (status <= 0)
		return status;
	status = restart_at(lkcd, scan.end, fault);
	if (status)
		return status;
	lkcd->sought = false; /* the scan has seen what stands before */
	lkcd->counts = scan.counts;
	return lkcd_source_next(source, &page, fault) == 0;
}

struct source *lkcd_source_open(struct stream *stream, const struct source_options *options, struct fault *fault)
{
	struct lkcd_source *lkcd = calloc(1, sizeof(*lkcd));

	if (!lkcd) {
		fault_memory(fault);
		return NULL;
	}
	lkcd->strict = options->strict;
	lkcd->stream = stream;
	lkcd->source.next = lkcd_source_next;
	lkcd->source.map = stream_seekable(stream) ? lkcd_source_map : NULL;
	lkcd->source.seek = stream_seekable(stream) ? lkcd_source_seek : NULL;
	lkcd->source.prove = stream_seekable(stream) ? lkcd_source_prove : NULL;
	lkcd->source.close = lkcd_source_close;
	lkcd->seen = pagemap_new();
	if (!lkcd->seen)
		fault_memory(fault);
	else if (!(options->header ? take_header(lkcd, options, fault) : read_header(lkcd, fault)) &&
		 !complete_info(lkcd, fault) && !judge_order(lkcd, fault))
		return &lkcd->source;
	lkcd_source_close(&lkcd->source);
	return NULL;
}
