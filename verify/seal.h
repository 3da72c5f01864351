/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sealing: a checksum file FILE.sums beside a dump, for formats without checksums. Its format, little-endian:
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

/* Write the checksum file of stream, which must be able to seek, to path. Returns 0 or a fault. */
int seal_write(struct stream *stream, const char *path, unsigned threads, struct fault *fault);

/*
 * Read a checksum file; seal_free frees the result. NULL with fault->code 0: there is no such file. NULL and *fault: it
 * cannot be read, or is damaged (FAULT_DAMAGED, RULE_SEAL).
 */
struct seal *seal_read(const char *path, struct fault *fault);
void seal_free(struct seal *seal); /* NULL is harmless */

/*
 * Compare the file with its sums: each piece that differs becomes a finding, with its offset and length. Returns 0 or
 * the fault that prevented the comparison.
 */
int seal_check(struct seal *seal, struct stream *stream, unsigned threads, struct findings *findings,
	       struct fault *fault);

/* After seal_check: are any of size bytes at offset in a piece that differs? */
bool seal_is_broken(const struct seal *seal, uint64_t offset, uint64_t size);

#endif
