/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random access to a dump's memory by physical address, independent of next(): a cache that all readers of one open
 * dump share under a lock.
 */
#ifndef DUMP_PHYSICAL_H
#define DUMP_PHYSICAL_H

#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/source.h"

struct physical;

/*
 * The memory of a source: the same for all that open it, freed with the last physical_close(). Neither may race with a
 * call in another thread. Returns NULL and fills *fault when the source can only be read in order (-FAULT_CANNOT) or
 * memory is short.
 */
struct physical *physical_open(struct source *source, struct fault *fault);
void physical_close(struct physical *physical); /* before the source is closed */

/* The source's info, borrowed. */
const struct info *physical_info(const struct physical *physical);

/*
 * Copy size bytes, which may cross pages. Any number of threads may read at the same time. Returns 0; -FAULT_DAMAGED
 * when not all bytes are in the dump; or another fault.
 */
int physical_read(struct physical *physical, uint64_t address, void *out, size_t size, struct fault *fault);

/* Returns 0, or -FAULT_DAMAGED when size bytes at address exceed PAGE_ADDRESS_LIMIT. */
int physical_check(uint64_t address, size_t size, struct fault *fault);

#endif
