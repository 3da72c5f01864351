/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the records of an image have in common, and one of them. */
#ifndef CONVERT_LKCD_HEAD_H
#define CONVERT_LKCD_HEAD_H

#include "convert/lkcd/lkcd.h"
#include "lkcd/page.h"

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

#endif
