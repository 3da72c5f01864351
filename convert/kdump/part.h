/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One file of a kdump-compressed dump: the offsets of its parts, and its second bitmap. It is read through windows,
 * buffers that all files of a split dump share. Functions that return int return 0 or a fault.
 */
#ifndef CONVERT_KDUMP_PART_H
#define CONVERT_KDUMP_PART_H

#include "convert/kdump/kdump.h"
#include "lkcd/stream.h"

#define KDUMP_WINDOW_SIZE (64u << 10) /* bytes, or a block where that is larger: the most that a view has */
#define KDUMP_PART_COUNTS 256

struct kdump_windows;

struct kdump_part {
	struct stream *stream;
	struct kdump_windows *windows;
	uint64_t start, end; /* page frames with descriptors in this file: start to below end */
	uint64_t bitmap;     /* offset of the second bitmap; it covers the whole dump */
	uint64_t descs;      /* offset of the descriptors */
	uint64_t zero;       /* offset of a raw page known to be all zeros; 0: none is. Set by the source */
	uint64_t pages;      /* bits set from start to below end */
	uint64_t stride;     /* page frames for each entry of counts */
	uint64_t counts[KDUMP_PART_COUNTS]; /* bits set from start to below start + i * stride */
};

/*
 * Windows for all files of a dump: they bound the memory for reading. NULL: out of memory. kdump_windows_free(NULL)
 * does nothing.
 */
struct kdump_windows *kdump_windows_new(void);
void kdump_windows_free(struct kdump_windows *windows);

/*
 * Read and check header and sub header of a file. The stream stays the caller's; it is spooled if it is not seekable.
 * Returns 0; -FAULT_FORMAT when the headers cannot be used; or another fault.
 */
int kdump_part_open(struct kdump_part *part, struct stream *stream, struct kdump_windows *windows,
		    struct kdump_header *header, struct fault *fault);

/* Are size bytes at offset all in the file? */
bool kdump_part_has(const struct kdump_part *part, uint64_t offset, uint64_t size);

/*
 * size bytes at offset, at most a window, which must be in the file. Borrowed until the next call with these windows.
 * NULL and *fault.
 */
const unsigned char *kdump_part_view(const struct kdump_part *part, uint64_t offset, size_t size, struct fault *fault);

/* Set *found to the first frame from from to below end whose bit is set (or clear, if !set); end when there is none. */
int kdump_part_find(const struct kdump_part *part, uint64_t from, uint64_t end, bool set, uint64_t *found,
		    struct fault *fault);

/* Count the bits set from from to below end. */
int kdump_part_count(const struct kdump_part *part, uint64_t from, uint64_t end, uint64_t *count, struct fault *fault);

/* Fill pages, stride and counts. */
int kdump_part_index(struct kdump_part *part, struct fault *fault);

/* After kdump_part_index: count the bits set from part->start to below frame, which must be in the part. */
int kdump_part_rank(const struct kdump_part *part, uint64_t frame, uint64_t *rank, struct fault *fault);

#endif
