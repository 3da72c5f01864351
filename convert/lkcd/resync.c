/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds records of versions 1 to 10 after damage. They have no checksum: one head can be chance, so several in a row
 * must be plausible. GZIP data are checked by RFC 1950's two header bytes.
 */
#include "convert/lkcd/resync.h"
#include "lkcd/endian.h"

#define CHAIN 4             /* plausible heads in a row */
#define WINDOW (256u << 10) /* bytes of a search that are peeked at once */
#define KNOWN_FLAGS 0x3fu   /* no more than one of them says what the data are */
#define ZLIB_METHOD 8       /* RFC 1950: deflate, in the low four bits of the first byte */

/* Peeked bytes, from the stream's position on. */
struct view {
	const unsigned char *bytes;
	size_t have;
};

static bool is_zlib(const unsigned char *data, uint32_t size)
{
	return size >= 2 && (data[0] & 15) == ZLIB_METHOD && (data[0] << 8 | data[1]) % 31 == 0;
}

/* The size of the whole record at an offset, judged by its head and the first two bytes of its data; 0: it is none. */
static size_t measure_record(const struct lkcd_records *records, struct view view, size_t at)
{
	const unsigned char *head = view.bytes + at;
	bool big = records->big_endian;
	uint32_t size, flags, kind;
	uint64_t address;

	if (view.have < LKCD_RECORD_HEAD || at > view.have - LKCD_RECORD_HEAD)
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
	if (kind == LKCD_PAGE_COMPRESSED && records->compress == LKCD_GZIP && view.have - at >= LKCD_RECORD_HEAD + 2 &&
	    !is_zlib(head + LKCD_RECORD_HEAD, size))
		return 0;
	return LKCD_RECORD_HEAD + (size_t)size;
}

/* Is it an END record as kernels write it: no data, and no flag but TRUNCATED? */
static bool is_plain_end(const struct lkcd_records *records, struct view view, size_t at)
{
	bool big = records->big_endian;

	if (view.have < LKCD_RECORD_HEAD || at > view.have - LKCD_RECORD_HEAD)
		return false;
	return !get32(view.bytes + at + 8, big) &&
	       (get32(view.bytes + at + 12, big) & ~(uint32_t)LKCD_PAGE_TRUNCATED) == LKCD_PAGE_END;
}

/*
 * Are there plausible records in a row: CHAIN of them, or all up to the end? Sixteen bytes that look like END are
 * common in memory, so END alone counts only as the last bytes of the file.
 */
static bool is_chain(const struct lkcd_records *records, struct view view, size_t at)
{
	for (unsigned i = 0; i < CHAIN; i++) {
		size_t whole = measure_record(records, view, at);

		if (!whole && is_plain_end(records, view, at))
			return i || at + LKCD_RECORD_HEAD == view.have;
		if (!whole)
			return i > 1 && at + LKCD_RECORD_HEAD > view.have; /* truncated after them */
		at += whole;
	}
	return true;
}

static size_t chain_size(const struct lkcd_records *records)
{
	return CHAIN * (LKCD_RECORD_HEAD + (size_t)records->page_size) + LKCD_RECORD_HEAD;
}

/* Peek want bytes and the longest chain after them. */
static int peek_chain(const struct lkcd_records *records, struct stream *stream, size_t want, struct view *view,
		      struct fault *fault)
{
	view->bytes = stream_peek(stream, want + chain_size(records), &view->have, fault);
	return view->bytes ? 0 : -FAULT_READ;
}

int lkcd_resync_at(const struct lkcd_records *records, struct stream *stream, size_t skip, struct fault *fault)
{
	struct view view;

	if (peek_chain(records, stream, skip, &view, fault))
		return -FAULT_READ;
	return is_chain(records, view, skip) || is_plain_end(records, view, skip);
}

int lkcd_resync_near(const struct lkcd_records *records, struct stream *stream, size_t most, size_t *skip,
		     struct fault *fault)
{
	struct view view;

	if (peek_chain(records, stream, most, &view, fault))
		return -FAULT_READ;
	for (size_t at = 1; at < most && at + LKCD_RECORD_HEAD <= view.have; at++)
		if (is_chain(records, view, at)) {
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
		if (stream_skip(stream, WINDOW - 1, fault)) /* lkcd_resync_near() starts one byte after the position */
			return -fault->code;
	}
}
