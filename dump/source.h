/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Helpers for the implementations of sources; readers of a source need only lkcd/source.h. */
#ifndef DUMP_SOURCE_H
#define DUMP_SOURCE_H

#include <stddef.h>

#include "lkcd/source.h"

/*
 * For a source's own fork(): a copy of the whole struct, size bytes, that embeds source. It can be read like the
 * source, but not forked, mapped or proven. Everything the struct points at, info included, is shared; the caller
 * replaces what the fork needs for itself. The fork's own close() frees it. NULL and *fault when out of memory.
 */
void *source_copy(const struct source *source, size_t size, struct fault *fault);

#endif
