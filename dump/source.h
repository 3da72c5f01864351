/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DUMP_SOURCE_H
#define DUMP_SOURCE_H

#include <stddef.h>

#include "lkcd/source.h"

/* For a source's own close(): free its info and what dump/physical.h made for it, which may read through it until now.
 */
void source_clear(struct source *source);

/*
 * For a source's own fork(): a copy of the whole struct, size bytes, that embeds source. It can be read like the
 * source, and neither forked, mapped nor proven. What the struct points at is shared, its info too; the caller replaces
 * what the fork needs for itself. NULL and *fault when out of memory; to be freed by the fork's own close().
 */
void *source_copy(const struct source *source, size_t size, struct fault *fault);

#endif
