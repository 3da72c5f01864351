/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convert/lkcd/resync.h"
#include "lkcd/endian.h"

#define CHAIN 4             /* believable heads in a row */
#define WINDOW (256u << 10) /* of a search, looked at in one go */
#define KNOWN_FLAGS 0x3fu   /* of which no more than one bit tells what the data are */
#define ZLIB_METHOD 8       /* RFC 1950: deflate, in the low four bits of the first byte */

/* What stands in memory: bytes from the stream's position on. */
struct sight {
	const unsigned char *bytes;
	size_t have;
};

static bool is_zlib(const unsigned char *data, uint32_t size)
{
	return size >= 2 && (data[0] & 15) == ZLIB_METHOD && (data[0] << 8 | data[1]) % 31 == 0;
}

/* The whole record at an offset, by its head and the first two bytes of its data; 0 when it cannot be one. */
static size_t believe(const struct lkcd_records *records, struct sight sight, size_t at)
{
	const unsigned char *head = sight.bytes + at;
	bool big = records->big_endian;
	uint32_t size, flags, kind;
	uint64_t address;

	if (sight.have < LKCD_RECORD_HEAD || at > sight.have - LKCD_RECORD_HEAD)
		return 0;
	flags = get32(head + 12, big);
	kind = flags & (LKCD_PAGE_RAW | LKCD_PAGE_COMPRESSED | LKCD_PAGE_END);
	size = get32(head + 8, big);
	address = get64(head, big);
	if ((kind != LKCD_PAGE_RAW && kind != LKCD_PAGE_COMPRESSED) || flags & ~(LKCD_PAGE_MCLX | KNOWN_FLAGS))
		return 0;
	if (!size || size > records->page_size || (kind == LKCD_PAGE_RAW && size != records->page_size))
		return 0;
	if (!(flags & LKCD_PAGE_MCLX) && (address % records->page_size || address >= PAGE_ADDRESS_LIMIT))
		return 0;
	if (kind == LKCD_PAGE_COMPRESSED && records->compress == LKCD_GZIP && sight.have - at >= LKCD_RECORD_HEAD + 2 &&
	    !is_zlib(head + LKCD_RECORD_HEAD, size))
		return 0;
	return LKCD_RECORD_HEAD + (size_t)size;
}

/* An END record as writers make it. */
static bool is_end(const struct lkcd_records *records, struct sight sight, size_t at)
{
	bool big = records->big_endian;

	if (sight.have < LKCD_RECORD_HEAD || at > sight.have - LKCD_RECORD_HEAD)
		return false;
	return !get32(sight.bytes + at + 8, big) &&
	       (get32(sight.bytes + at + 12, big) & ~(uint32_t)LKCD_PAGE_TRUNCATED) == LKCD_PAGE_END;
}

/*
 * Believable records one behind the other: enough of them, or up to the end. Sixteen bytes that could be END are common
 * in memory, so by itself it is believed as the last of the file only.
 */
static bool is_chain(const struct lkcd_records *records, struct sight sight, size_t at)
{
	for (unsigned i = 0; i < CHAIN; i++) {
		size_t whole = believe(records, sight, at);

		if (!whole && is_end(records, sight, at))
			return i || at + LKCD_RECORD_HEAD == sight.have;
		if (!whole)
			return i > 1 && at + LKCD_RECORD_HEAD > sight.have; /* cut off behind them */
		at += whole;
	}
	return true;
}

static size_t reach(const struct lkcd_records *records)
{
	return CHAIN * (LKCD_RECORD_HEAD + (size_t)records->page_size) + LKCD_RECORD_HEAD;
}

/* Look ahead want bytes and what a chain takes behind them. */
static int look(const struct lkcd_records *records, struct stream *stream, size_t want, struct sight *sight,
		struct fault *fault)
{
	sight->bytes = stream_peek(stream, want + reach(records), &sight->have, fault);
	return sight->bytes ? 0 : -FAULT_READ;
}

int lkcd_resync_at(const struct lkcd_records *records, struct stream *stream, size_t skip, struct fault *fault)
{
	struct sight sight;

	if (look(records, stream, skip, &sight, fault))
		return -FAULT_READ;
	return is_chain(records, sight, skip) || is_end(records, sight, skip);
}

int lkcd_resync_near(const struct lkcd_records *records, struct stream *stream, size_t most, size_t *skip,
		     struct fault *fault)
{
	struct sight sight;

	if (look(records, stream, most, &sight, fault))
		return -FAULT_READ;
	for (size_t at = 1; at < most && at + LKCD_RECORD_HEAD <= sight.have; at++)
		if (is_chain(records, sight, at)) {
			*skip = at;
			return 1;
		}
	return 0;
}

int lkcd_resync_find(const struct lkcd_records *records, struct stream *stream, struct fault *fault)
{
	for (;;) {
		size_t skip, have;
		int found = lkcd_resync_near(records, stream, WINDOW, &skip, fault);

		if (found)
			return found < 0 || !stream_skip(stream, skip, fault) ? found : -fault->code;
		if (!stream_peek(stream, WINDOW + LKCD_RECORD_HEAD, &have, fault))
			return -FAULT_READ;
		if (have <= WINDOW)
			return 0;
		if (stream_skip(stream, WINDOW - 1, fault)) /* near() starts one byte behind the position */
			return -fault->code;
	}
}
