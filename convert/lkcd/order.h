/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Versions 1 to 10: dumps were written in ascending order, with a few steps back, so a record that is out of order
 * between two that are in order has a wrong address. Dumps in no order exist as well: whether it is so is counted.
 */
#ifndef CONVERT_LKCD_ORDER_H
#define CONVERT_LKCD_ORDER_H

#include "convert/lkcd/record.h"

struct lkcd_order {
	bool on;       /* it is in order: set by lkcd_order_judge */
	uint64_t last; /* address of the record before */
	uint64_t records, odd;
};

/* Look ahead from the first record, where the stream stands and stays. Returns 0 or -FAULT_READ. */
int lkcd_order_judge(struct lkcd_order *order, const struct lkcd_records *records, struct stream *stream,
		     struct fault *fault);

/* Ask of each record in turn, the stream standing at it: must its address be wrong? */
bool lkcd_order_is_odd(struct lkcd_order *order, const struct lkcd_records *records, struct stream *stream,
		       const struct lkcd_record *record);

#endif
