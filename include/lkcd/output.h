/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Outputs: a file that gets its name when it is complete, a part of a device, a pipe, or a function of the caller's.
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
 * none (or, on file systems without O_TMPFILE, ".NAME.XXXXXX"). Mode 0600: memory holds secrets.
 */
struct output *output_open(const char *path, struct fault *fault);

#define OUTPUT_HEADER_MAX (64u << 10)

/* Where and how to write. All zero: as output_open does. */
struct output_options {
	/*
	 * Write into a block device, or into a file as if it were one: it must exist and it keeps its size. A device
	 * that is mounted or used as swap is refused. Without commit, written bytes stay.
	 */
	bool in_place;
	uint64_t start; /* offset 0 of the output in the device or file, bytes; nothing before it is changed */
	uint64_t limit; /* bytes of output at most; 0: up to the device's end, or the largest file size */
	/*
	 * Bytes from offset 0, at most OUTPUT_HEADER_MAX, that commit writes last, after everything else is on disk.
	 * Before anything else is written, they are zeroed and synced: a header on disk, old or new, always has its
	 * dump with it. Only a header of one sector (512 bytes) reaches the disk whole or not at all.
	 */
	uint32_t header_size;
	bool direct; /* bypass the page cache where the file system supports it; writes need no alignment */
};

/*
 * The same with options (borrowed during the call). A pipe has neither start nor header_size, and ignores direct.
 * -FAULT_CANNOT when path does not support an option.
 */
struct output *output_open_options(const char *path, const struct output_options *options, struct fault *fault);

/*
 * Write through a function of the caller's, as into a pipe. write must accept all size bytes, in order, and return 0 or
 * a negative fault code with *fault filled. It is called when the buffer is full, and by commit; commit syncs nothing.
 * name is used in faults.
 */
struct output *output_open_calls(int (*write)(void *argument, const void *data, size_t size, struct fault *fault),
				 void *argument, const char *name, struct fault *fault);

/* Without commit: leaves nothing under the final name. NULL is harmless. */
void output_close(struct output *output);

bool output_seekable(const struct output *output);
uint64_t output_offset(const struct output *output); /* of the next output_write, bytes from the start */
uint64_t output_room(
	const struct output *output); /* bytes from there to the limit; INT64_MAX less the offset without one */

/*
 * Append at the current offset. A write beyond the limit fails with -FAULT_WRITE, here and below: nothing is written
 * and the offset stays, so that a smaller write can follow.
 */
int output_write(struct output *output, const void *data, size_t size, struct fault *fault);

/* Move to offset and write. Moving back needs a seekable output (else -FAULT_CANNOT); moving forward leaves zeros. */
int output_write_at(struct output *output, uint64_t offset, const void *data, size_t size, struct fault *fault);

/* Move on by size bytes of zeros. */
int output_zeros(struct output *output, uint64_t size, struct fault *fault);

/* Make a pipe seekable: writes go to an unlinked file in TMPDIR, and commit copies it to the pipe. Call it before the
 * first write. */
int output_spool(struct output *output, struct fault *fault);

/*
 * Complete the output: flush, fsync, write the header and fsync again, name the file, fsync its directory. The output
 * is safe only after this returned 0.
 */
int output_commit(struct output *output, struct fault *fault);

#endif
