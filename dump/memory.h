/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A dump's memory by the kernel's virtual addresses. */
#ifndef DUMP_MEMORY_H
#define DUMP_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "dump/physical.h"

struct memory;

/*
 * Over a source that stays the caller's and may be read by others, and by its next(), meanwhile. NULL and *fault as
 * physical_of. Virtual addresses are found by the source's info as it is at each call.
 */
struct memory *memory_open(struct source *source, struct fault *fault);

/* Before the source is closed. NULL is harmless. */
void memory_close(struct memory *memory);

const struct info *memory_info(const struct memory *memory);

/* The same memory by physical address; borrowed until the source is closed. */
struct physical *memory_physical(const struct memory *memory);

/*
 * Copy size bytes, which need not lie in one page. An address is found by the dump's own ranges, by the kernel's page
 * tables, or by ranges that were made, whichever of them there is first. -FAULT_DAMAGED when not all bytes are in the
 * dump, an address was not mapped, or nobody knows where.
 */
int memory_read(struct memory *memory, uint64_t address, void *out, size_t size, struct fault *fault);

/*
 * For much that is read once, by one thread: where the bytes from a virtual address on stand, without copying them.
 * *there of them, at least 1 and at most most, in one piece that is borrowed until the next call with this memory.
 */
int memory_look(struct memory *memory, uint64_t address, size_t most, const unsigned char **at, size_t *there,
		struct fault *fault);

#endif
