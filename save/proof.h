/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading back what is written to a file, from its disk, while more is being written: a thread follows the writer piece
 * by piece. Each piece is written out, dropped from the page cache and read again; CRC32C and SHA-256 are those of the
 * bytes that were read.
 */
#ifndef SAVE_PROOF_H
#define SAVE_PROOF_H

#include <stdint.h>

#include "lkcd/fault.h"
#include "save/digest.h"

struct proof;

/* Of a file that is open for reading, and stays so. NULL and *fault. */
struct proof *proof_start(int fd, struct fault *fault);

/* The file's first bytes up to end are written and stay as they are. */
void proof_reached(struct proof *proof, uint64_t end);

struct proof_result {
	uint64_t bytes;
	uint32_t crc;
	char hash[DIGEST_TEXT];
};

/*
 * Wait until all that was reached is read back. The proof is gone then, whatever this returns: 0, or a fault of writing
 * out or reading. result may be NULL for one that is given up: then nothing more is read.
 */
int proof_end(struct proof *proof, struct proof_result *result, struct fault *fault);

/* All of a file at once. */
int proof_file(int fd, struct proof_result *result, struct fault *fault);

#endif
