/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the start of an image, and reads and makes its header block: generic header, architecture header and notes
 * area. lkcd-dump(5) has the layouts.
 */
#ifndef CONVERT_LKCD_HEADER_H
#define CONVERT_LKCD_HEADER_H

#include "convert/lkcd/lkcd.h"
#include "lkcd/fault.h"
#include "lkcd/info.h"

/*
 * The offset of the image in the first size bytes of a file or device. *bid is the number of bits verified; both are 0
 * when there is no image.
 */
size_t lkcd_find(const unsigned char *head, size_t size, unsigned *bid);

/* The version of the image in the first size bytes of a file or device; 0 when there is no image. */
uint32_t lkcd_version(const unsigned char *head, size_t size);

struct lkcd_header {
	uint32_t version;     /* without its upper bits */
	uint32_t header_size; /* offset of the architecture header, as stored */
	bool table;           /* it may start LKCD_TABLE_SIZE bytes later instead */
	uint32_t compress;
	uint64_t buffer_size; /* offset of the first record, as stored; 0: this version has no such field */
	bool strict;          /* set by the caller: in version 9, too, a notes area that looks broken is damage */
};

/* A header block to use instead of the file's own: repaired, made, or of another image. Borrowed while opening. */
struct lkcd_header_block {
	const void *bytes;
	size_t size;
	uint64_t first_record; /* offset in the file */
};

/*
 * Read the generic header into *header and info's fields. head is the first size bytes of the image, starting with its
 * magic number. Returns 0 or -FAULT_FORMAT.
 */
int lkcd_header_read(const unsigned char *head, size_t size, struct lkcd_header *header, struct info *info,
		     struct fault *fault);

/*
 * The bits that were verified of an image that starts at head; 0 when it is none. size bytes are there, of which the
 * first 48 are enough.
 */
unsigned lkcd_header_bid(const unsigned char *head, size_t size);

/* The version, without its upper bits, of a header that lkcd_header_bid accepted. */
uint32_t lkcd_header_version(const unsigned char *head);

/*
 * Make the header block of version 9 or 11: generic header, architecture header, notes area, then zeros. The caller
 * frees *block; *size is also the offset of the first record. compress is an enum lkcd_compress; pages, the number of
 * pages, is 0 when it is not known. Returns 0 or a fault.
 */
int lkcd_header_make(const struct info *info, uint32_t version, uint32_t compress, uint64_t pages,
		     unsigned char **block, size_t *size, struct fault *fault);

/*
 * Read what follows the generic header in the block of size bytes: architecture header and notes area. Sets info's
 * notes, ranges, origin and arch. A notes area whose checksum does not match is ignored as stale bytes where the
 * version does not require one. Returns 0; -FAULT_DAMAGED when a notes area must be there and is damaged; or
 * -FAULT_MEMORY.
 */
int lkcd_header_read_area(const unsigned char *block, size_t size, const struct lkcd_header *header, struct info *info,
			  struct fault *fault);

/* Offsets in a header block, whether or not its checksum matches. */
struct lkcd_header_places {
	size_t arch, area;   /* of the architecture header and the notes area, or of where they should be */
	size_t sum;          /* of the block's checksum; 0: no notes area was found */
	uint32_t difference; /* stored checksum exclusive-or computed checksum */
};

/* Fill *places. header is the result of lkcd_header_read. */
void lkcd_header_locate(const unsigned char *block, size_t size, const struct lkcd_header *header, bool big_endian,
			struct lkcd_header_places *places);

#endif
