/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Version 11: counts the records of an image and compares them with the notes TOTALS and INDEX in END. lkcd-dump(5) has
 * the rules.
 */
#ifndef CONVERT_LKCD_END_H
#define CONVERT_LKCD_END_H

#include "convert/lkcd/index.h"
#include "lkcd/info.h"

/* What END must hold. INDEX is checked by the CRC32C of its expected bytes, so it is not kept. All zero at first. */
struct lkcd_counts {
	uint64_t classes[PAGE_CLASSES], zeros, records; /* as TOTALS counts them */
	struct lkcd_index_rule rule;
	uint64_t entries; /* of INDEX */
	uint32_t crc;     /* of these entries */
};

/* Count a good record, at an offset of the image. Call it for each record, in file order. */
void lkcd_end_count(struct lkcd_counts *counts, const struct lkcd_records *records, const struct lkcd_record *record,
		    uint64_t offset);

/* The END record to check, and how. */
struct lkcd_end {
	const struct lkcd_records *records;
	uint64_t offset, start; /* of END and of the image, in the file */
	bool all;               /* every record before END was counted; otherwise TOTALS and INDEX cannot be checked */
	bool strict;            /* check INDEX as well */
};

/* Check END, and set info->classes from TOTALS. Returns 0 or -FAULT_CUT. */
int lkcd_end_check(const struct lkcd_end *end, const struct lkcd_record *record, const struct lkcd_counts *counts,
		   struct info *info, struct fault *fault);

#endif
