/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A page record of an LKCD image, and what all records of an image have in common. lkcd-dump(5) has the layout. */
#ifndef CONVERT_LKCD_HEAD_H
#define CONVERT_LKCD_HEAD_H

#include "convert/lkcd/lkcd.h"
#include "lkcd/page.h"

#define LKCD_RECORD_HEAD 16
#define LKCD_RECORD_CRC 4 /* bytes; version 11, after the data */

/* What all records of an image have in common. */
struct lkcd_records {
	uint32_t version;
	bool big_endian;
	uint32_t page_size;
	uint32_t compress; /* enum lkcd_compress, from the header */
	bool resync; /* versions 1 to 10: search for the next record after damage; not on a device, where an older dump
		      * may follow this one */
	bool strict; /* versions 1 to 10: flags that no kernel wrote are damage */
	uint64_t searched; /* bytes whose CRC was computed in searches for the next good record: bounds them */
};

struct lkcd_record {
	uint64_t address;
	uint32_t pages, size; /* page frames; bytes at data, 0 for zero pages */
	enum page_class class;
	bool packed, end, truncated;
	bool unusual;              /* versions 1 to 10: END has a size or flags that no kernel wrote */
	const unsigned char *data; /* borrowed from the stream until it is moved */
	uint64_t whole;            /* bytes of the record in the file */
};

#endif
