/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where an image starts, and its header block: generic header, architecture header and notes area. */
#ifndef CONVERT_LKCD_HEADER_H
#define CONVERT_LKCD_HEADER_H

#include "convert/lkcd/lkcd.h"
#include "lkcd/fault.h"
#include "lkcd/info.h"

/* The offset of the image in the first size bytes of a file or device, and its bid: 0 when there is none. */
size_t lkcd_find(const unsigned char *head, size_t size, unsigned *bid);

/* The version of the image in the first size bytes of a file or device; 0 when there is none. */
uint32_t lkcd_version(const unsigned char *head, size_t size);

struct lkcd_header {
	uint32_t version;     /* without its upper bits */
	uint32_t header_size; /* where the architecture header starts, as the header says */
	bool table;           /* or LKCD_TABLE_SIZE behind that */
	uint32_t compress;
	uint64_t buffer_size; /* data offset as the header says; 0: this version has none */
	bool strict;          /* set by the caller: what looks like a broken notes area is damage in version 9, too */
};

/* A header block that stands in for the file's own: mended, made, or another image's. Borrowed while opening. */
struct lkcd_header_block {
	const void *bytes;
	size_t size;
	uint64_t first_record; /* offset in the file */
};

/*
 * Read the generic header from head, which holds size bytes of an image from its magic on, into *header and info's
 * fields. Returns 0 or -FAULT_FORMAT.
 */
int lkcd_header_read(const unsigned char *head, size_t size, struct lkcd_header *header, struct info *info,
		     struct fault *fault);

/*
 * Bits that speak for an image whose magic stands at head: 0 when it is none. size bytes are there; it is enough to
 * have the first 48.
 */
unsigned lkcd_header_bid(const unsigned char *head, size_t size);

/* The version, without its upper bits, of a header that lkcd_header_bid took for one. */
uint32_t lkcd_header_version(const unsigned char *head);

/*
 * The whole header block of version 9 or 11: generic and architecture header and notes area, zeros behind. *block is
 * the caller's to free, *size is the offset of the first record.
 */
int lkcd_header_make(const struct info *info, uint32_t version, uint32_t compress, uint64_t pages,
		     unsigned char **block, size_t *size, struct fault *fault);

/*
 * What stands behind the generic header: architecture header and notes area of the block of size bytes. Sets info's
 * notes, ranges, origin and arch. Stale bytes are not believed.
 */
int lkcd_header_read_area(const unsigned char *block, size_t size, const struct lkcd_header *header, struct info *info,
			  struct fault *fault);

/* Where things stand in a header block, its checksum holding or not. */
struct lkcd_header_places {
	size_t arch, area;   /* offsets: of the architecture header and of the notes area, or of where they should be */
	size_t sum;          /* offset of the block's checksum; 0: there is no area to be seen */
	uint32_t difference; /* of that and of what it should be: exclusive or */
};

/* header is as lkcd_header_read left it. */
void lkcd_header_look(const unsigned char *block, size_t size, const struct lkcd_header *header, bool big_endian,
		      struct lkcd_header_places *places);

#endif
