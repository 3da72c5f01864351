/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A dump's memory by address, for whoever wants to know something that stands in it before (or instead of) copying it.
 */
#ifndef DUMP_MEMORY_H
#define DUMP_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/source.h"

struct memory;

/*
 * Over a source that can seek, and that the caller leaves alone until memory_close. NULL and *fault when it cannot seek
 * (-FAULT_CANNOT) or memory is short. Virtual addresses are found by the source's info as it is at each call.
 */
struct memory *memory_open(struct source *source, struct fault *fault);

/* The source then starts from its first page again. Returns 0 or a fault. NULL is harmless. */
int memory_close(struct memory *memory, struct fault *fault);

const struct info *memory_info(const struct memory *memory);

/* Copy size bytes, which need not lie in one page. -FAULT_DAMAGED when not all of them are in the dump. */
int memory_read_physical(struct memory *memory, uint64_t address, void *out, size_t size, struct fault *fault);

/*
 * The same by the kernel's virtual addresses: by the dump's own ranges, by the kernel's page tables, or by ranges that
 * were made, whichever of them there is first. -FAULT_DAMAGED too when an address was not mapped, or nobody knows
 * where.
 */
int memory_read_virtual(struct memory *memory, uint64_t address, void *out, size_t size, struct fault *fault);

/*
 * For much that is gone through once: where the bytes from a virtual address on stand, without copying them. *there of
 * them, at least 1 and at most most, in one piece that is borrowed until the next call with this memory.
 */
int memory_look(struct memory *memory, uint64_t address, size_t most, const unsigned char **at, size_t *there,
		struct fault *fault);

#endif
