/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page records of LKCD images. Versions 1 to 10 have no checksum, so a record is checked by its head and by what
 * follows it, and resync.c finds the next one after damage. Version 11 has a CRC32C for each record.
 */
#include <inttypes.h>
#include <string.h>

#include "convert/lkcd/record.h"
#include "convert/lkcd/resync.h"
#include "dump/crc32c.h"
#include "lkcd/endian.h"

/* Bytes under a CRC in all searches: in a hostile file, every byte may look like a record. */
#define SEARCH_MAX (UINT64_C(8) << 30)
#define END_MAX (STREAM_PEEK_MAX - 64u) /* bytes of END's data: what can be peeked */

struct head {
	uint64_t address;
	uint32_t size, flags;
};

static struct head parse_head(const struct lkcd_records *records, const unsigned char *at)
{
	return (struct head){ get64(at, records->big_endian), get32(at + 8, records->big_endian),
			      get32(at + 12, records->big_endian) };
}

/* --- versions 1 to 10 --- */

static bool is_end_head(const struct head *head)
{
	/* late kernels leave garbage in the address, so only flags count; fill bytes such as 'mmmm' set END, too */
	if (head->flags & LKCD_PAGE_END)
		return !(head->flags & ~(LKCD_PAGE_MCLX | 0x3f));
	return !head->address && head->size == 4 && !head->flags; /* the END of the s390 zfcp dumper */
}

static bool is_likely_classic(const struct lkcd_records *records, const struct head *head)
{
	uint32_t kind = head->flags & (LKCD_PAGE_RAW | LKCD_PAGE_COMPRESSED);

	if (is_end_head(head))
		return true;
	return (kind == LKCD_PAGE_RAW || kind == LKCD_PAGE_COMPRESSED) && !(head->flags & ~(LKCD_PAGE_MCLX | 0x3f)) &&
	       head->size <= records->page_size;
}

/* Why this is not the head of a page record; NULL when it is one. */
static const char *explain_bad_head(const struct lkcd_records *records, const struct head *head)
{
	bool raw = head->flags & LKCD_PAGE_RAW, packed = head->flags & LKCD_PAGE_COMPRESSED;

	if (head->size > records->page_size)
		return "its size exceeds the page size";
	if (raw == packed)
		return "it is marked as neither raw nor compressed, or as both";
	if (packed && !head->size)
		return "it is marked as compressed, but has no data";
	if (raw && head->size && head->size != records->page_size)
		return "it is marked as raw, but its size is not the page size";
	if (head->flags & LKCD_PAGE_END)
		return "it is marked as a page and as END";
	if (records->strict && head->flags & ~(LKCD_PAGE_MCLX | LKCD_PAGE_RAW | LKCD_PAGE_COMPRESSED))
		return "it has flags that no kernel gave to a page";
	return NULL; /* a raw page of size 0 is all zeros, as in crash */
}

/* END in the flags makes an END record, unless all other fields are those of a page: then the flag is damage. */
static bool is_end_record(const struct lkcd_records *records, const struct head *head)
{
	if (!is_end_head(head))
		return false;
	return !(head->flags & (LKCD_PAGE_RAW | LKCD_PAGE_COMPRESSED)) || !head->size ||
	       head->size > records->page_size || head->address % records->page_size;
}

/*
 * After a wrong head: move to the next record, where the head's size ends, after the size of a raw page, or at any
 * later byte. Returns 1, 0 or a fault.
 */
static int find_next_classic(const struct lkcd_records *records, struct stream *stream,
			     const struct lkcd_record *record, struct fault *fault)
{
	size_t places[] = { (size_t)record->whole, LKCD_RECORD_HEAD + records->page_size };

	for (size_t i = record->size > records->page_size; i < 2 && records->resync; i++) {
		int found = lkcd_resync_at(records, stream, places[i], fault);

		if (found)
			return found < 0 || !stream_skip(stream, places[i], fault) ? found : -fault->code;
	}
	return records->resync ? lkcd_resync_find(records, stream, fault) : 0;
}

/* Report a lost record, and move to the next one. When none is found, its own size is used if that is possible. */
static int skip_damaged(const struct lkcd_records *records, struct stream *stream, const struct lkcd_record *record,
			const char *why, struct fault *fault)
{
	uint64_t offset = stream_offset(stream);
	bool sized = record->size <= records->page_size, seekable = stream_seekable(stream);
	int found = find_next_classic(records, stream, record, fault);

	if (found < 0)
		return found;
	if (found)
		fault_set(fault, FAULT_DAMAGED, offset, record->address,
			  "%s (size %" PRIu32 ", pages have %" PRIu32 "); the next plausible record is %" PRIu64
			  " bytes on",
			  why, record->size, records->page_size, stream_offset(stream) - offset);
	else if (sized && (seekable || !records->resync) && !(seekable && stream_seek(stream, offset, fault)) &&
		 !stream_skip(stream, record->whole, fault))
		fault_set(fault, FAULT_DAMAGED, offset, record->address, "%s", why);
	else
		fault_set(fault, FAULT_CUT, offset, record->address,
			  "%s (size %" PRIu32 ", pages have %" PRIu32 "); no record follows", why, record->size,
			  records->page_size);
	return fault_mark(fault, RULE_SHAPE, 1, stream_offset(stream) - offset);
}

/* Zeros where a record should be: the dump is truncated, or a piece of the file is lost. */
static int skip_zeros(const struct lkcd_records *records, struct stream *stream, struct fault *fault)
{
	uint64_t offset = stream_offset(stream);
	int found = records->resync ? lkcd_resync_find(records, stream, fault) : 0;

	if (found < 0)
		return found;
	if (!found)
		return fault_set(fault, FAULT_CUT, offset, FAULT_NOWHERE,
				 "the dump is truncated here: zeros follow, and there is no END record");
	fault_set(fault, FAULT_DAMAGED, offset, FAULT_NOWHERE,
		  "zeros where a record should be; the next plausible one is %" PRIu64 " bytes on",
		  stream_offset(stream) - offset);
	return fault_mark(fault, RULE_SHAPE, 0, stream_offset(stream) - offset);
}

/*
 * A size that is possible may still be wrong: then no record starts where this one ends, but one starts inside it.
 * Returns 0; -FAULT_DAMAGED, with the stream at that inner record; or another fault.
 */
static int check_record_size(const struct lkcd_records *records, struct stream *stream,
			     const struct lkcd_record *record, struct fault *fault)
{
	static const unsigned char zeros[LKCD_RECORD_HEAD];
	uint64_t offset = stream_offset(stream);
	const unsigned char *at;
	struct head next;
	size_t have, skip;
	int found;

	at = stream_peek(stream, (size_t)record->whole + LKCD_RECORD_HEAD, &have, fault);
	if (!at)
		return -FAULT_READ;
	if (!records->resync || have < record->whole + LKCD_RECORD_HEAD)
		return 0;
	next = parse_head(records, at + record->whole);
	if (is_likely_classic(records, &next) || !memcmp(at + record->whole, zeros, sizeof(zeros)))
		return 0;
	found = lkcd_resync_near(records, stream, (size_t)record->whole, &skip, fault);
	if (found <= 0)
		return found;
	if (stream_skip(stream, skip, fault))
		return -fault->code;
	fault_set(fault, FAULT_DAMAGED, offset, record->address,
		  "no record starts where it ends (size %" PRIu32 "), but one starts %zu bytes on", record->size, skip);
	return fault_mark(fault, RULE_SHAPE, 1, skip);
}

static int read_classic(struct lkcd_records *records, struct stream *stream, struct lkcd_record *record,
			struct fault *fault)
{
	static const unsigned char zeros[LKCD_RECORD_HEAD];
	uint64_t offset = stream_offset(stream);
	const unsigned char *at;
	const char *why;
	struct head head;
	size_t have;
	int status;

	at = stream_peek(stream, LKCD_RECORD_HEAD, &have, fault);
	if (!at)
		return -FAULT_READ;
	head = parse_head(records, at);
	*record = (struct lkcd_record){
		.address = head.address, .pages = 1, .size = head.size, .whole = LKCD_RECORD_HEAD + (uint64_t)head.size
	};
	record->end = is_end_record(records, &head);
	record->truncated = record->end && head.flags & LKCD_PAGE_TRUNCATED;
	record->unusual =
		head.flags & LKCD_PAGE_END && (head.size || head.flags & ~(LKCD_PAGE_END | LKCD_PAGE_TRUNCATED));
	record->packed = head.flags & LKCD_PAGE_COMPRESSED;
	if (record->end)
		return 0;
	if (!memcmp(at, zeros, sizeof(zeros)))
		return skip_zeros(records, stream, fault);
	if (head.flags &
	    LKCD_PAGE_MCLX) /* address is a page frame number; the product must not overflow into a small address */
		record->address = head.address < PAGE_ADDRESS_LIMIT / records->page_size
					  ? head.address * records->page_size
					  : PAGE_ADDRESS_LIMIT;
	why = explain_bad_head(records, &head);
	if (why)
		return skip_damaged(records, stream, record, why, fault);
	if (!stream_peek(stream, (size_t)record->whole, &have, fault))
		return -FAULT_READ;
	if (have < record->whole) {
		fault_set(fault, FAULT_CUT, offset, record->address,
			  "the dump is truncated in this page: %zu of %" PRIu64 " bytes are there", have,
			  record->whole);
		return fault_mark(fault, RULE_CUT, 1, have);
	}
	status = check_record_size(records, stream, record, fault);
	if (status)
		return status;
	at = stream_peek(stream, (size_t)record->whole, &have, fault);
	if (!at)
		return -FAULT_READ;
	record->data = at + LKCD_RECORD_HEAD;
	return 0;
}

/* --- version 11 --- */

bool lkcd_record_parse11(const struct lkcd_records *records, const unsigned char *at, struct lkcd_record *record)
{
	struct head head = parse_head(records, at);
	uint32_t kind = head.flags & (LKCD_PAGE_RAW | LKCD_PAGE_COMPRESSED | LKCD_PAGE_END | LKCD_PAGE_ZERO);
	uint32_t class = head.flags >> LKCD_PAGE_CLASS_SHIFT & 7, rest = head.flags & 0xff & ~kind;
	uint64_t size;

	*record = (struct lkcd_record){
		.address = head.address,
		.pages = (head.flags >> LKCD_PAGE_COUNT_SHIFT) + 1,
		.size = head.size,
		.class = (enum page_class) class,
		.packed = kind == LKCD_PAGE_COMPRESSED,
		.end = kind == LKCD_PAGE_END,
		.truncated = rest == LKCD_PAGE_TRUNCATED,
		.whole = LKCD_RECORD_HEAD + (uint64_t)head.size + LKCD_RECORD_CRC,
	};
	if (record->end)
		return !head.address && !(head.flags >> 8) && !(rest & ~(uint32_t)LKCD_PAGE_TRUNCATED) &&
		       head.size <= END_MAX;
	if (rest || class >= PAGE_CLASSES || head.flags >> 11 & 0x1f)
		return false;
	if (head.address % records->page_size || head.address >= PAGE_ADDRESS_LIMIT)
		return false;
	size = (uint64_t)record->pages * records->page_size;
	if (kind == LKCD_PAGE_ZERO)
		return !head.size;
	if (record->pages > 1 && head.address / LKCD_WINDOW != (head.address + size - 1) / LKCD_WINDOW)
		return false;
	if (kind == LKCD_PAGE_RAW)
		return head.size == size;
	return kind == LKCD_PAGE_COMPRESSED && head.size && head.size < size;
}

enum verdict { GOOD, BAD, SHORT, FAILED };

/* Is there a whole record with a matching CRC skip bytes after the stream's position? */
static enum verdict check_record11(struct lkcd_records *records, struct stream *stream, size_t skip,
				   struct lkcd_record *record, struct fault *fault)
{
	const unsigned char *at;
	size_t have;

	at = stream_peek(stream, skip + LKCD_RECORD_HEAD, &have, fault);
	if (!at)
		return FAILED;
	if (have < skip + LKCD_RECORD_HEAD)
		return SHORT;
	if (!lkcd_record_parse11(records, at + skip, record))
		return BAD;
	at = stream_peek(stream, skip + (size_t)record->whole, &have, fault);
	if (!at)
		return FAILED;
	if (have < skip + record->whole)
		return SHORT;
	at += skip;
	record->data = at + LKCD_RECORD_HEAD;
	return crc32c(0, at, LKCD_RECORD_HEAD + record->size) == get32(record->data + record->size, records->big_endian)
		       ? GOOD
		       : BAD;
}

/*
 * Move the stream byte by byte to the next record whose CRC matches. A SHORT record may be data that look like a head,
 * so the search continues after it.
 */
static bool find_next11(struct lkcd_records *records, struct stream *stream, struct fault *fault)
{
	struct lkcd_record record;

	for (;;) {
		const unsigned char *at;
		size_t have;
		enum verdict verdict;

		if (stream_skip(stream, 1, fault))
			return false;
		at = stream_peek(stream, LKCD_RECORD_HEAD, &have, fault);
		if (!at || have < LKCD_RECORD_HEAD)
			return false;
		if (!lkcd_record_parse11(records, at, &record))
			continue;
		records->searched += record.whole;
		if (records->searched > SEARCH_MAX)
			return false;
		verdict = check_record11(records, stream, 0, &record, fault);
		if (verdict == GOOD)
			return true;
		if (verdict == FAILED)
			return false;
	}
}

/* The whole size of a damaged record, by its own head, if a good record follows there; 0 otherwise. */
static uint64_t find_damaged_end(struct lkcd_records *records, struct stream *stream, const struct lkcd_record *damaged,
				 struct fault *fault)
{
	struct lkcd_record next;

	if (damaged->whole > LKCD_RECORD_HEAD + LKCD_RECORD_CRC + (uint64_t)PAGE_SIZE_MAX)
		return 0;
	return check_record11(records, stream, (size_t)damaged->whole, &next, fault) == GOOD ? damaged->whole : 0;
}

/*
 * After damage, the record's own size is tried first: its data may hold whole records of another dump, from the page
 * cache of a machine that saved one. Only if no good record follows there is every byte tried.
 */
static int read11(struct lkcd_records *records, struct stream *stream, struct lkcd_record *record, struct fault *fault)
{
	uint64_t offset = stream_offset(stream), address = FAULT_NOWHERE, pages = 0, end = 0;
	enum verdict verdict = check_record11(records, stream, 0, record, fault);
	struct lkcd_record damaged;
	const unsigned char *at;
	size_t have;

	if (verdict == GOOD)
		return 0;
	if (verdict == FAILED)
		return -FAULT_READ;
	at = stream_peek(stream, LKCD_RECORD_HEAD, &have, fault);
	if (at && have >= LKCD_RECORD_HEAD && lkcd_record_parse11(records, at, &damaged) && !damaged.end) {
		address = damaged.address;
		pages = damaged.pages;
		end = find_damaged_end(records, stream, &damaged, fault);
	}
	if (end ? !stream_skip(stream, end, fault) : find_next11(records, stream, fault)) {
		fault_set(fault, FAULT_DAMAGED, offset, address,
			  "the record is damaged (its CRC32C does not match); the next good one is %" PRIu64
			  " bytes on",
			  stream_offset(stream) - offset);
		return fault_mark(fault, RULE_RECORD, pages, stream_offset(stream) - offset);
	}
	if (verdict == SHORT) {
		fault_set(fault, FAULT_CUT, offset, address,
			  "the dump is truncated in this record: there is no END record");
		return fault_mark(fault, RULE_CUT, pages, 0);
	}
	fault_set(fault, FAULT_CUT, offset, address,
		  "the record is damaged (its CRC32C does not match), and no good one follows");
	return fault_mark(fault, RULE_RECORD, pages, 0);
}

bool lkcd_trailer_is_good(const struct lkcd_records *records, const unsigned char *trailer, uint64_t end,
			  uint64_t length)
{
	bool big = records->big_endian;
	unsigned char copy[LKCD_TRAILER_SIZE];

	memcpy(copy, trailer, sizeof(copy));
	put32(copy + 16, big, 0);
	return get64(trailer, big) == end && get64(trailer + 8, big) == length &&
	       get64(trailer + 24, big) == LKCD_TRAILER_MAGIC &&
	       get32(trailer + 16, big) == crc32c(0, copy, sizeof(copy));
}

bool lkcd_record_is_likely(const struct lkcd_records *records, const unsigned char *head)
{
	struct lkcd_record record;
	struct head classic = parse_head(records, head);

	return records->version < 11 ? is_likely_classic(records, &classic)
				     : lkcd_record_parse11(records, head, &record);
}

int lkcd_record_read(struct lkcd_records *records, struct stream *stream, struct lkcd_record *record,
		     struct fault *fault)
{
	return records->version < 11 ? read_classic(records, stream, record, fault)
				     : read11(records, stream, record, fault);
}

int lkcd_record_find(struct lkcd_records *records, struct stream *stream, struct fault *fault)
{
	struct lkcd_record record;
	enum verdict verdict;
	int found;

	if (records->version < 11) {
		found = lkcd_resync_at(records, stream, 0, fault);
		return found ? found : lkcd_resync_find(records, stream, fault);
	}
	fault->code = 0;
	verdict = check_record11(records, stream, 0, &record, fault);
	if (verdict == FAILED)
		return -FAULT_READ;
	return verdict == GOOD || find_next11(records, stream, fault) ? 1 : 0;
}
