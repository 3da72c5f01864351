/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Version 11: what END says of the records before it (TOTALS, INDEX), and whether it is so. lkcd-dump(5) has the rules.
 */
#ifndef CONVERT_LKCD_END_H
#define CONVERT_LKCD_END_H

#include "convert/lkcd/index.h"
#include "lkcd/info.h"

/* What END must say. INDEX can be known while records pass by: its bytes are summed up, not kept. All zero at first. */
struct lkcd_counts {
	uint64_t classes[PAGE_CLASSES], zeros, records; /* as TOTALS counts */
	struct lkcd_index_rule rule;
	uint64_t entries; /* of INDEX */
	uint32_t crc;     /* of these entries */
};

/* Add a record that is read whole, at that offset of the image. */
void lkcd_end_count(struct lkcd_counts *counts, const struct lkcd_records *records, const struct lkcd_record *record,
		    uint64_t offset);

/* How to check an END record. */
struct lkcd_end {
	const struct lkcd_records *records;
	uint64_t offset, start; /* of END and of the image, in the file */
	bool all;               /* every record before it was counted: only then can be told what END should say */
	bool strict;            /* check INDEX, too */
};

/* Check it, and set info->classes. Returns 0, -FAULT_CUT. */
int lkcd_end_check(const struct lkcd_end *end, const struct lkcd_record *record, const struct lkcd_counts *counts,
		   struct info *info, struct fault *fault);

#endif
