/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One file of a kdump-compressed dump, read through windows: where things are in it, and its second bitmap. */
#ifndef CONVERT_KDUMP_PART_H
#define CONVERT_KDUMP_PART_H

#include "convert/kdump/kdump.h"
#include "lkcd/stream.h"

#define KDUMP_WINDOW_SIZE (64u << 10) /* or a block, where that is larger: what can be looked at in one piece */
#define KDUMP_PART_COUNTS 256

struct kdump_windows;

struct kdump_part {
	struct stream *stream;
	struct kdump_windows *windows;
	uint64_t start, end; /* page frames that have descriptors here: start to below end */
	uint64_t bitmap;     /* offset of the second bitmap, which is of the whole dump */
	uint64_t descs;      /* offset of the descriptors */
	uint64_t zero;       /* offset of a plain page that is known to be zero; 0: none is. Kept by the user */
	uint64_t pages;      /* bits that are set from start to below end */
	uint64_t stride;     /* page frames for each of counts */
	uint64_t counts[KDUMP_PART_COUNTS]; /* bits that are set from start to below start + i * stride */
};

/*
 * Windows that parts share, which bound the memory that reading takes. NULL: out of memory. Freeing NULL is
 * harmless.
 */
struct kdump_windows *kdump_windows_new(void);
void kdump_windows_free(struct kdump_windows *windows);

/*
 * Read header and sub header of a file and check that what they say can be. The stream is spooled if it cannot seek,
 * and stays the caller's.
 */
int kdump_part_open(struct kdump_part *part, struct stream *stream, struct kdump_windows *windows,
		    struct kdump_header *header, struct fault *fault);

/* Is it all in the file? */
bool kdump_part_has(const struct kdump_part *part, uint64_t offset, uint64_t size);

/* Bytes that the file has, at most a window; borrowed until other pieces are looked at. NULL and *fault. */
const unsigned char *kdump_part_look(const struct kdump_part *part, uint64_t offset, size_t size, struct fault *fault);

/* The first frame of from to below end whose bit is set, or is clear; end when there is none. */
int kdump_part_find(const struct kdump_part *part, uint64_t from, uint64_t end, bool set, uint64_t *found,
		    struct fault *fault);

/* How many bits are set from from to below end. */
int kdump_part_count(const struct kdump_part *part, uint64_t from, uint64_t end, uint64_t *count, struct fault *fault);

/* Fill pages, stride and counts. */
int kdump_part_index(struct kdump_part *part, struct fault *fault);

/* After kdump_part_index: how many bits are set from the part's start to below frame, which is one of its own. */
int kdump_part_rank(const struct kdump_part *part, uint64_t frame, uint64_t *rank, struct fault *fault);

#endif
