/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Versions 1 to 10 have no checksum, but most dumps were written in ascending order with a few steps back. In such a
 * dump, a record that is out of order between two records that are in order has a wrong address. Dumps in no order
 * exist too, so the first records are counted before this is relied on.
 */
#ifndef CONVERT_LKCD_ORDER_H
#define CONVERT_LKCD_ORDER_H

#include "convert/lkcd/record.h"

struct lkcd_order {
	bool on;       /* the image is in order: set by lkcd_order_detect */
	uint64_t last; /* address of the record before */
	uint64_t records, outliers;
};

/* Set order->on by the first records. The stream is at the first record, and stays there. Returns 0 or -FAULT_READ. */
int lkcd_order_detect(struct lkcd_order *order, const struct lkcd_records *records, struct stream *stream,
		      struct fault *fault);

/* Is the record's address certainly wrong? Call it for each record, in file order, with the stream at the record. */
bool lkcd_order_is_outlier(struct lkcd_order *order, const struct lkcd_records *records, struct stream *stream,
			   const struct lkcd_record *record);

#endif
