/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One page record of an LKCD image, taken apart and checked by itself. */
#ifndef CONVERT_LKCD_RECORD_H
#define CONVERT_LKCD_RECORD_H

#include "convert/lkcd/head.h"
#include "lkcd/stream.h"

/* Could head (LKCD_RECORD_HEAD bytes) start a record? By its flags, size and address alone. */
bool lkcd_record_is_likely(const struct lkcd_records *records, const unsigned char *head);

/* Version 11: take a head apart, all but data; false when it breaks a rule of lkcd-dump(5). */
bool lkcd_record_parse11(const struct lkcd_records *records, const unsigned char *at, struct lkcd_record *record);

/*
 * The record at the stream's position, at which the stream stays: move on by record->whole. Returns 0; -FAULT_DAMAGED,
 * the stream then stands at the next record; -FAULT_CUT when the input ends in the record, or when no next one can be
 * found.
 */
int lkcd_record_read(struct lkcd_records *records, struct stream *stream, struct lkcd_record *record,
		     struct fault *fault);

/*
 * Move the stream to the first record at its position or behind it that can be believed: by its CRC in version 11, by
 * its looks and those of its followers before. Returns 1, 0 when there is none, or a fault.
 */
int lkcd_record_find(struct lkcd_records *records, struct stream *stream, struct fault *fault);

/* Version 11: does the trailer name the END record at that offset of the image, of that length? */
bool lkcd_trailer_is_good(const struct lkcd_records *records, const unsigned char *trailer, uint64_t end,
			  uint64_t length);

#endif
