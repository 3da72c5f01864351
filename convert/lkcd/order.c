/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convert/lkcd/order.h"
#include "lkcd/endian.h"

#define MOST 16u    /* odd records, one of so many, that an image in order may have */
#define LEAST 16u   /* fewer records show no order */
#define SAMPLE 256u /* records looked at before */

/* The address of the record that stands skip bytes on; false when there is none. */
static bool look(const struct lkcd_records *records, struct stream *stream, size_t skip, uint64_t *address,
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

int lkcd_order_judge(struct lkcd_order *order, const struct lkcd_records *records, struct stream *stream,
		     struct fault *fault)
{
	uint64_t before = 0, last = 0, address, count = 0, odd = 0;
	size_t skip = 0, have;
	uint32_t size;

	if (!stream_peek(stream, 1, &have, fault))
		return -FAULT_READ;
	for (; count < SAMPLE && look(records, stream, skip, &address, &size); count++) {
		odd += count > 1 && before < address && !is_between(last, before, address);
		before = last;
		last = address;
		skip += LKCD_RECORD_HEAD + size;
	}
	order->on = count >= LEAST && odd * MOST <= count;
	return 0;
}

/* The next record's address is compared as it stands: without the corrections of old kernels. */
bool lkcd_order_is_odd(struct lkcd_order *order, const struct lkcd_records *records, struct stream *stream,
		       const struct lkcd_record *record)
{
	uint64_t next;
	uint32_t size;
	bool odd = order->on && order->records && look(records, stream, (size_t)record->whole, &next, &size) &&
		   order->last < next && !is_between(record->address, order->last, next);

	order->records++;
	order->odd += odd;
	if (!odd)
		order->last = record->address;
	return odd && order->odd * MOST <= order->records + MOST;
}
