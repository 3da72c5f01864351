/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * That what is written to a file is on its disk: a thread follows the writer and makes the SHA-256 of what was written;
 * when all is, it is synced and read from the disk for its CRC32C, which the caller compares. Reading the disk while it
 * is being written was no faster on a virtual one, and makes a turning one seek.
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
	uint32_t crc; /* CRC32C of what is on the disk */
	char hash[DIGEST_TEXT];
};

/*
 * Sync the file and read it back. The proof is gone then, whatever this returns: 0, or a fault of writing out, or
 * reading. result may be NULL for one that is given up: then nothing more is read.
 */
int proof_end(struct proof *proof, struct proof_result *result, struct fault *fault);

/* All of a file at once; it is synced, too. */
int proof_file(int fd, struct proof_result *result, struct fault *fault);

#endif
