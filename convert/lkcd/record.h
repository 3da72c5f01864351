/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads one page record of an LKCD image, and checks what can be checked without other records. */
#ifndef CONVERT_LKCD_RECORD_H
#define CONVERT_LKCD_RECORD_H

#include "convert/lkcd/head.h"
#include "lkcd/stream.h"

/* Is head (LKCD_RECORD_HEAD bytes) likely to start a record? Judged by its flags, size and address alone. */
bool lkcd_record_is_likely(const struct lkcd_records *records, const unsigned char *head);

/* Version 11: parse a record head into *record, all but data. False: it breaks a rule of lkcd-dump(5). */
bool lkcd_record_parse11(const struct lkcd_records *records, const unsigned char *at, struct lkcd_record *record);

/*
 * Read the record at the stream's position. The stream stays there: the caller skips record->whole bytes. Returns 0;
 * -FAULT_DAMAGED, with the stream at the next record; -FAULT_CUT when the input ends in the record, or no next record
 * is found; -FAULT_READ.
 */
int lkcd_record_read(struct lkcd_records *records, struct stream *stream, struct lkcd_record *record,
		     struct fault *fault);

/*
 * Move the stream to the first plausible record at or after its position. In version 11 its CRC matches; in older
 * versions its head and those of the records after it are possible. Returns 1, 0 when there is none, or a fault.
 */
int lkcd_record_find(struct lkcd_records *records, struct stream *stream, struct fault *fault);

/* Version 11: is the trailer sound, and for an END record of length bytes at offset end of the image? */
bool lkcd_trailer_is_good(const struct lkcd_records *records, const unsigned char *trailer, uint64_t end,
			  uint64_t length);

#endif
