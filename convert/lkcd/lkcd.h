/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The constants of LKCD images: magic numbers, flags, sizes. lkcd-dump(5) describes the layouts; versions 1 to 10 are
 * from dump.h of the LKCD kernel patches.
 */
#ifndef CONVERT_LKCD_LKCD_H
#define CONVERT_LKCD_LKCD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/page.h"

#define LKCD_MAGIC UINT64_C(0xa8190173618f23ed)
#define LKCD_MAGIC_LIVE UINT64_C(0xa8190173618f23cd) /* lcrash's image of a running machine; the same layout */
#define LKCD_VERSION_MASK 0x3fffffffu /* the bits above are Mission Critical Linux's, see LKCD_PAGE_MCLX */
#define LKCD_VERSION_MAX 11
#define LKCD_HEADER_MAX 742     /* the longest generic header: versions 9 and 11 */
#define LKCD_AT_BUFFER_SIZE 734 /* in versions 9 to 11 */
#define LKCD_DATA_OFFSET 65536u /* of the first record, where the header has no such field */
#define LKCD_WINDOW 65536u      /* bytes; a version 11 record holds pages of one aligned window of this size */

enum lkcd_page_flags {
	LKCD_PAGE_RAW = 0x1,
	LKCD_PAGE_COMPRESSED = 0x2,
	LKCD_PAGE_END = 0x4,
	LKCD_PAGE_TRUNCATED = 0x8,
	LKCD_PAGE_ZERO = 0x40,      /* version 11 */
	LKCD_PAGE_CLASS_SHIFT = 8,  /* version 11: 3 bits */
	LKCD_PAGE_COUNT_SHIFT = 16, /* version 11: 16 bits, pages minus one */
};
#define LKCD_VERSION_TABLE 0x40000000u /* in the version word: a table may precede the architecture header */
#define LKCD_TABLE_SIZE (4096u * 8)
#define LKCD_PAGE_MCLX 0xc0000000u /* versions 1-10: the address is a page frame number */

/* dump_compress of the header (lkcd-dump(5)); lkcd.c has the codec of each */
enum lkcd_compress { LKCD_NONE = 0, LKCD_RLE = 1, LKCD_GZIP = 2, LKCD_ZSTD = 3 };

/* Notes named "LKCD". */
enum lkcd_note {
	LKCD_NOTE_AREA = 1,
	LKCD_NOTE_RANGES = 2,
	LKCD_NOTE_ORIGIN = 3,
	LKCD_NOTE_TOTALS = 4,
	LKCD_NOTE_INDEX = 5,
	LKCD_NOTE_PASSES = 6
};
#define LKCD_AREA_SIZE 16 /* bytes of a note's description */
#define LKCD_TOTALS_SIZE 72
#define LKCD_PASSES_SIZE 32
#define LKCD_RANGE_SIZE 24
_Static_assert(PAGE_CLASSES == 4,
	       "TOTALS counts four classes: a fifth one needs a TOTALS of its own, and lkcd-dump(5)");
#define LKCD_INDEX_SIZE 16
#define LKCD_INDEX_EVERY (1u << 20) /* bytes of image for each entry */
#define LKCD_TRAILER_SIZE 32
#define LKCD_TRAILER_MAGIC UINT64_C(0x4c4b43442d454e44)

/* The codec name of a dump_compress; "none" for 0, NULL for an unknown number. */
const char *lkcd_codec_name(uint32_t number);

/* The dump_compress of a codec name; LKCD_NONE for a codec that LKCD images do not have. */
uint32_t lkcd_codec_number(const char *name);

/* Offsets at which an image can start: 0 in a file; on a dump device after the header page of the swap area. */
#define LKCD_OFFSETS 6
extern const uint32_t lkcd_offsets[LKCD_OFFSETS];

#endif
