/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump's memory by physical address, at random and beside next(): a cache of what was read lately, which all readers
 * of one open dump share under a lock.
 */
#ifndef DUMP_PHYSICAL_H
#define DUMP_PHYSICAL_H

#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/source.h"

struct physical;

/*
 * The source's, made by the first call, which no other thread may make at the same time. It lives until the source is
 * closed. NULL and *fault when the source can only be read from start to end (-FAULT_CANNOT) or memory is short.
 */
struct physical *physical_of(struct source *source, struct fault *fault);

/* For the source alone, when it is closed or when what its cursors may read has changed. NULL is harmless. */
void physical_free(struct physical *physical);

/* What the dump says of itself; the source's own. */
const struct info *physical_info(const struct physical *physical);

/*
 * Copy size bytes, which need not lie in one page. Any number of threads may read at the same time. -FAULT_DAMAGED when
 * not all of the bytes are in the dump.
 */
int physical_read(struct physical *physical, uint64_t address, void *out, size_t size, struct fault *fault);

/* Returns 0, or -FAULT_DAMAGED when no machine has size bytes of memory there. */
int physical_check(uint64_t address, size_t size, struct fault *fault);

#endif
