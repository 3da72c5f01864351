/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a dump's memory by the kernel's virtual addresses. */
#ifndef DUMP_MEMORY_H
#define DUMP_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "dump/physical.h"

struct memory;

/*
 * Open the memory of a source. The source stays the caller's, and others may read it, and call its next(), meanwhile.
 * Each call translates by the source's info as it is then. Returns NULL and fills *fault as physical_open does.
 */
struct memory *memory_open(struct source *source, struct fault *fault);

/* Call it before the source is closed. NULL is harmless. */
void memory_close(struct memory *memory);

const struct info *memory_info(const struct memory *memory);

/* The same memory by physical address; borrowed until memory_close(). */
struct physical *memory_physical(const struct memory *memory);

/*
 * Copy size bytes, which may cross pages. An address is translated by the dump's own ranges, else by the kernel's page
 * tables, else by the ranges of dump/layout.h. Returns 0; -FAULT_DAMAGED when not all bytes are in the dump, or an
 * address was not mapped or cannot be translated; or another fault.
 */
int memory_read(struct memory *memory, uint64_t address, void *out, size_t size, struct fault *fault);

/* Read a machine word of the dump's size and byte order; *value is set only on success. Returns as memory_read. */
int memory_read_word(struct memory *memory, uint64_t address, uint64_t *value, struct fault *fault);

/*
 * Borrow bytes without copying them, for large data that one thread reads once: *at points to *there bytes from the
 * virtual address on, at least 1 and at most most. They stay valid until the next call with this memory.
 */
int memory_borrow(struct memory *memory, uint64_t address, size_t most, const unsigned char **at, size_t *there,
		  struct fault *fault);

#endif
