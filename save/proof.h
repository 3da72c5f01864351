/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves that a file is on its disk as it was written. A thread computes its SHA-256 while it is written. At the end
 * the file is synced and read from the disk for its CRC32C, which the caller compares.
 */
#ifndef SAVE_PROOF_H
#define SAVE_PROOF_H

#include <stdint.h>

#include "lkcd/fault.h"
#include "save/digest.h"

struct proof;

/* Start with an empty file that is open for reading and writing as fd, and stays so. Returns NULL and *fault when
 * memory is short; proof_end has to follow otherwise. */
struct proof *proof_start(int fd, struct fault *fault);

/* The first end bytes of the file are written, and will not change; end never gets less. */
void proof_reached(struct proof *proof, uint64_t end);

struct proof_result {
	uint64_t bytes;
	uint32_t crc;           /* CRC32C of the bytes, as the disk holds them */
	char hash[DIGEST_TEXT]; /* SHA-256 of the bytes, as text */
};

/*
 * Sync the file and read it back into *result; result NULL stops without reading any more. Returns 0,
 * -FAULT_WRITE when it cannot be synced, or -FAULT_READ. proof is freed in any case.
 */
int proof_end(struct proof *proof, struct proof_result *result, struct fault *fault);

/* The same for a whole file that is open as fd: sync it and read it back. */
int proof_file(int fd, struct proof_result *result, struct fault *fault);

#endif
