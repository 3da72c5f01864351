/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds wrong addresses in images of versions 1 to 10 by the order of their records. Relies on peeking: the stream
 * never moves here.
 */
#include "convert/lkcd/order.h"
#include "lkcd/endian.h"

#define MOST 16u    /* an image in order may have one outlier in so many records */
#define LEAST 16u   /* fewer records prove no order */
#define SAMPLE 256u /* records that lkcd_order_detect() examines */

/* Address and data size of the record skip bytes after the stream's position. False: there is no record. */
static bool peek_record(const struct lkcd_records *records, struct stream *stream, size_t skip, uint64_t *address,
			uint32_t *size)
{
	struct fault fault;
	size_t want = skip + LKCD_RECORD_HEAD, have;
	const unsigned char *head = stream_peek(stream, want, &have, &fault);

	if (!head || have < want || !lkcd_record_is_likely(records, head + skip) ||
	    get32(head + skip + 12, records->big_endian) & LKCD_PAGE_END)
		return false;
	*address = get64(head + skip, records->big_endian);
	*size = get32(head + skip + 8, records->big_endian);
	return true;
}

static bool is_between(uint64_t address, uint64_t low, uint64_t high)
{
	return low < address && address < high;
}

int lkcd_order_detect(struct lkcd_order *order, const struct lkcd_records *records, struct stream *stream,
		      struct fault *fault)
{
	uint64_t before = 0, last = 0, address, count = 0, outliers = 0;
	size_t skip = 0, have;
	uint32_t size;

	if (!stream_peek(stream, 1, &have, fault))
		return -FAULT_READ;
	for (; count < SAMPLE && peek_record(records, stream, skip, &address, &size); count++) {
		outliers += count > 1 && before < address && !is_between(last, before, address);
		before = last;
		last = address;
		skip += LKCD_RECORD_HEAD + size;
	}
	order->on = count >= LEAST && outliers * MOST <= count;
	return 0;
}

/* The next record's address is compared as stored, without the corrections for old kernels. */
bool lkcd_order_is_outlier(struct lkcd_order *order, const struct lkcd_records *records, struct stream *stream,
			   const struct lkcd_record *record)
{
	uint64_t next;
	uint32_t size;
	bool outlier = order->on && order->records &&
		       peek_record(records, stream, (size_t)record->whole, &next, &size) && order->last < next &&
		       !is_between(record->address, order->last, next);

	order->records++;
	order->outliers += outlier;
	if (!outlier)
		order->last = record->address;
	return outlier && order->outliers * MOST <= order->records + MOST;
}
