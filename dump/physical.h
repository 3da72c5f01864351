/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A dump's memory by physical address. */
#ifndef DUMP_PHYSICAL_H
#define DUMP_PHYSICAL_H

#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/source.h"

struct physical;

/*
 * Over a source that can seek, and that the caller leaves alone until physical_close. NULL and *fault when it cannot
 * seek (-FAULT_CANNOT) or memory is short.
 */
struct physical *physical_open(struct source *source, struct fault *fault);

/* The source then starts from its first page again. Returns 0 or a fault. NULL is harmless. */
int physical_close(struct physical *physical, struct fault *fault);

const struct info *physical_info(const struct physical *physical);

/* Copy size bytes, which need not lie in one page. -FAULT_DAMAGED when not all of them are in the dump. */
int physical_read(struct physical *physical, uint64_t address, void *out, size_t size, struct fault *fault);

/*
 * For much that is read once: where the bytes from address on stand, without copying them. *there of them, at least 1
 * and at most most, in one piece that is borrowed until the next call with this struct physical.
 */
int physical_look(struct physical *physical, uint64_t address, size_t most, const unsigned char **at, size_t *there,
		  struct fault *fault);

#endif
