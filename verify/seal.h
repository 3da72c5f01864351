/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sums of a file beside it, for formats that have none of their own. FILE.sums, numbers little-endian:
 * - 8 bytes "LKCDSUMS"; version 1 and bytes in a piece, 32 bits each; length of the file and number of pieces, 64 bits
 *   each; 32 bits of zero; CRC32C of these 36 bytes
 * - CRC32C of each piece of the file, 32 bits each; the last piece may be short
 * - CRC32C of all of these, 32 bits
 */
#ifndef VERIFY_SEAL_H
#define VERIFY_SEAL_H

#include <stdbool.h>

#include "lkcd/findings.h"
#include "lkcd/stream.h"

#define SEAL_SUFFIX ".sums"

struct seal;

/* Write the sums of a file that can seek to path. Returns 0 or a fault. */
int seal_write(struct stream *stream, const char *path, unsigned threads, struct fault *fault);

/*
 * Read path. Returns NULL with fault->code 0 when there is no such file; NULL and *fault when it cannot be read, or is
 * damaged (-FAULT_DAMAGED).
 */
struct seal *seal_read(const char *path, struct fault *fault);
void seal_free(struct seal *seal); /* NULL is harmless */

/*
 * Compare the file with its sums: each piece that differs goes to findings, with its offset and length. Returns 0 or a
 * fault that prevented it.
 */
int seal_check(struct seal *seal, struct stream *stream, unsigned threads, struct findings *findings,
	       struct fault *fault);

/* After seal_check: does any of size bytes at offset stand in a piece that differs? */
bool seal_is_broken(const struct seal *seal, uint64_t offset, uint64_t size);

#endif
