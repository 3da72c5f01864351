/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LKCD images: what its source, sink, headers and architecture headers share. The layouts are told in lkcd-dump(5). */
#ifndef CONVERT_LKCD_LKCD_H
#define CONVERT_LKCD_LKCD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/format.h"

#define LKCD_MAGIC UINT64_C(0xa8190173618f23ed)
#define LKCD_MAGIC_LIVE UINT64_C(0xa8190173618f23cd) /* lcrash's image of a running machine; otherwise the same */
#define LKCD_VERSION_MASK 0x3fffffffu /* the bits above are Mission Critical Linux's, see LKCD_PAGE_MCLX */
#define LKCD_VERSION_MAX 11
#define LKCD_HEADER_MAX 742     /* the longest generic header: versions 9 and 11 */
#define LKCD_AT_BUFFER_SIZE 734 /* in versions 9 to 11 */
#define LKCD_DATA_OFFSET 65536u /* of the first record, where the header does not say */
#define LKCD_WINDOW 65536u      /* a version 11 record lies in one aligned window of this size */

enum lkcd_page_flags {
	LKCD_PAGE_RAW = 0x1,
	LKCD_PAGE_COMPRESSED = 0x2,
	LKCD_PAGE_END = 0x4,
	LKCD_PAGE_TRUNCATED = 0x8,
	LKCD_PAGE_ZERO = 0x40,      /* version 11 */
	LKCD_PAGE_CLASS_SHIFT = 8,  /* version 11: 3 bits */
	LKCD_PAGE_COUNT_SHIFT = 16, /* version 11: 16 bits, pages minus one */
};
#define LKCD_VERSION_TABLE                                                                                             \
	0x40000000u /* in the version word: a table may stand between generic and architecture header */
#define LKCD_TABLE_SIZE (4096u * 8)
#define LKCD_PAGE_MCLX 0xc0000000u /* versions 1-10: the address is a page frame number */

#define LKCD_GZIP 2u /* dump_compress */

/* Notes named "LKCD". */
enum lkcd_note {
	LKCD_NOTE_AREA = 1,
	LKCD_NOTE_RANGES = 2,
	LKCD_NOTE_ORIGIN = 3,
	LKCD_NOTE_TOTALS = 4,
	LKCD_NOTE_INDEX = 5
};
#define LKCD_AREA_SIZE 16 /* of AREA's description */
#define LKCD_TOTALS_SIZE 72
#define LKCD_RANGE_SIZE 24
#define LKCD_INDEX_SIZE 16
#define LKCD_INDEX_EVERY (1u << 20) /* bytes of output for each entry */
#define LKCD_TRAILER_SIZE 32
#define LKCD_TRAILER_MAGIC UINT64_C(0x4c4b43442d454e44)

/* dump_compress <-> codec name; "none" for 0, NULL for a number that has no name. */
const char *lkcd_codec_name(uint32_t number);
uint32_t lkcd_codec_number(const char *name);

/* Where an image can start: in a file at 0, on a dump device behind what the swap area keeps for itself. */
#define LKCD_OFFSETS 6
extern const uint32_t lkcd_offsets[LKCD_OFFSETS];

/* The offset of the image in the first size bytes of a file or device, and its bid: 0 when there is none. */
size_t lkcd_find(const unsigned char *head, size_t size, unsigned *bid);

/* The version of the image in the first size bytes of a file or device; 0 when there is none. */
uint32_t lkcd_version(const unsigned char *head, size_t size);

/* --- lkcd-header.c: the generic header --- */

struct lkcd_header {
	uint32_t version;     /* without its upper bits */
	uint32_t header_size; /* where the architecture header starts, as the header says */
	bool table;           /* or LKCD_TABLE_SIZE behind that */
	uint32_t compress;
	uint64_t buffer_size; /* data offset as the header says; 0: this version has none */
	bool strict;          /* set by the caller: what looks like a broken notes area is damage in version 9, too */
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

/* --- lkcd-arch.c: architecture headers --- */

/* The size of the architecture header at bytes (room: up to the end of the block); 0 when there is none. */
size_t lkcd_arch_size(const unsigned char *bytes, size_t room, bool big_endian);

/* Make PRSTATUS notes of info->arch, where it holds registers; says in info->unknown what cannot be had. */
int lkcd_arch_notes(struct info *info, struct fault *fault);

/* An architecture header with the registers of info's PRSTATUS notes; *arch is NULL when the machine has none. */
int lkcd_arch_make(const struct info *info, unsigned char **arch, size_t *size, struct fault *fault);

/* Ranges from the architecture's known layout and the header's PAGE_OFFSET, for an image that has no PT_LOAD list. */
int lkcd_arch_ranges(struct info *info, struct fault *fault);

/* s390x: the addresses of the CPUs' lowcores, at most room of them. Returns how many there are. */
size_t lkcd_arch_lowcores(const struct info *info, uint64_t *addresses, size_t room);

/* s390x: a PRSTATUS note from the save areas of a lowcore (8192 bytes). */
int lkcd_arch_lowcore_note(struct info *info, size_t cpu, const unsigned char *lowcore, struct fault *fault);

/* --- source and sinks --- */

struct source *lkcd_source_open(struct stream *stream, const struct source_options *options, struct fault *fault);

/*
 * Where the image ends, bytes from the start of the stream, once next() came upon its end. 0: it has none that was
 * found. What stands behind it belongs to whoever had the device before.
 */
uint64_t lkcd_source_end(const struct source *source);
struct sink *lkcd_sink_open(struct output *output, const struct sink_options *options, uint32_t version,
			    struct fault *fault);

extern const struct format format_lkcd, format_lkcd9;

#endif
