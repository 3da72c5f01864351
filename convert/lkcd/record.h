/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One page record of an LKCD image, taken apart and checked by itself. */
#ifndef CONVERT_LKCD_RECORD_H
#define CONVERT_LKCD_RECORD_H

#include "convert/lkcd/lkcd.h"

#define LKCD_RECORD_HEAD 16
#define LKCD_RECORD_CRC 4 /* version 11: behind the data */

/* What all records of an image have in common. */
struct lkcd_records {
	uint32_t version;
	bool big_endian;
	uint32_t page_size;
	uint32_t compress; /* as the header names it */
	bool resync; /* versions 1 to 10: what follows a damaged record may be searched for; not on a device, where
		      * an older dump may stand behind this one */
	bool strict; /* versions 1 to 10: flags that no kernel wrote are damage */
	uint64_t searched; /* bytes whose CRC was taken in looking for the next good record, to bound that */
};

struct lkcd_record {
	uint64_t address;
	uint32_t pages, size; /* page frames; bytes at data: 0 for zero pages */
	enum page_class class;
	bool packed, end, truncated;
	bool odd;                  /* END, but with a size or flags that no kernel gave it; versions 1 to 10 */
	const unsigned char *data; /* borrowed from the stream until it is moved */
	uint64_t whole;            /* bytes that the record takes in the file */
};

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
