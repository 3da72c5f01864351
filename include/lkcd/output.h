/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing: a file under a temporary name until it is whole, a device, or a pipe.
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

/* Without commit: leaves nothing under the final name. NULL is harmless. */
void output_close(struct output *output);

bool output_seekable(const struct output *output);
uint64_t output_offset(const struct output *output); /* where output_write goes on, bytes from the start */

/* Append at the current offset. */
int output_write(struct output *output, const void *data, size_t size, struct fault *fault);

/* Move to offset and write. Back only when seekable (-FAULT_CANNOT); forward leaves zeros in between. */
int output_write_at(struct output *output, uint64_t offset, const void *data, size_t size, struct fault *fault);

/* Move on by size bytes of zeros. */
int output_zeros(struct output *output, uint64_t size, struct fault *fault);

/* Make a pipe seekable: what is written goes to an unlinked file in TMPDIR and to the pipe in commit. Before the first
 * write. */
int output_spool(struct output *output, struct fault *fault);

/* Everything is written: flush, fsync, give the file its name, fsync its folder. Only after 0 is the output safe. */
int output_commit(struct output *output, struct fault *fault);

#endif
