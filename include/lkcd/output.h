/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing: a file under a temporary name until it is whole, a part of a device, a pipe, or a function of the caller's.
 * Holes cost nothing in new files: bytes never written read as zero.
 */
#ifndef LKCD_OUTPUT_H
#define LKCD_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"

struct output;

/*
 * Open a path, or "-" for standard output. A new or regular file gets its name only in output_commit: until then it has
 * none (or, where the file system cannot do that, ".NAME.XXXXXX" beside it). Mode 0600: memory holds secrets.
 */
struct output *output_open(const char *path, struct fault *fault);

#define OUTPUT_HEADER_MAX (64u << 10)

/* Where and how to write. All zero: as output_open does. */
struct output_options {
	/*
	 * Write into a block device, or a file that stands for one: it must exist and it keeps its size. A device that
	 * is mounted or swapped to is refused. Without commit, what was written stays.
	 */
	bool in_place;
	uint64_t start; /* where offset 0 of the output is in the device or file, bytes; what is before it stays */
	uint64_t limit; /* bytes of output at most; 0: as many as the device has from start on, or a file can have */
	/*
	 * Bytes from offset 0, at most OUTPUT_HEADER_MAX, that commit writes last, after all else is on disk. Before
	 * anything else is written, this place is filled with zeros and synced. So a header on disk, old or new, always
	 * has its dump with it. Only a header of one sector (512 bytes) reaches the disk whole or not at all.
	 */
	uint32_t header_size;
	bool direct; /* past the page cache, where the file system can; any size at any offset can still be written */
};

/*
 * The same with options (borrowed during the call). A pipe has neither start nor header_size, and ignores direct.
 * -FAULT_CANNOT for what path cannot do.
 */
struct output *output_open_options(const char *path, const struct output_options *options, struct fault *fault);

/*
 * Write through a function of the caller's, as into a pipe. write takes all of size bytes, in order, and returns 0 or a
 * negative fault code with *fault filled. It is called once there is a buffer full, by commit at the latest; commit
 * syncs nothing. name stands in faults.
 */
struct output *output_open_calls(int (*write)(void *argument, const void *data, size_t size, struct fault *fault),
				 void *argument, const char *name, struct fault *fault);

/* Without commit: leaves nothing under the final name. NULL is harmless. */
void output_close(struct output *output);

bool output_seekable(const struct output *output);
uint64_t output_offset(const struct output *output); /* where output_write goes on, bytes from the start */
uint64_t output_room(const struct output *output);   /* bytes from there to the limit; very many without one */

/*
 * Append at the current offset. A write beyond the limit is refused whole with -FAULT_WRITE, here and below: nothing is
 * written and the offset stays, so that a smaller one can follow.
 */
int output_write(struct output *output, const void *data, size_t size, struct fault *fault);

/* Move to offset and write. Back only when seekable (-FAULT_CANNOT); forward leaves zeros in between. */
int output_write_at(struct output *output, uint64_t offset, const void *data, size_t size, struct fault *fault);

/* Move on by size bytes of zeros. */
int output_zeros(struct output *output, uint64_t size, struct fault *fault);

/* Make a pipe seekable: what is written goes to an unlinked file in TMPDIR and to the pipe in commit. Before the first
 * write. */
int output_spool(struct output *output, struct fault *fault);

/*
 * Everything is written: flush, fsync, write the header and fsync again, give the file its name, fsync its folder. Only
 * after 0 is the output safe.
 */
int output_commit(struct output *output, struct fault *fault);

#endif
