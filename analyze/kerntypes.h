/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The types of a dump's kernel, from the dump or from the running kernel. */
#ifndef ANALYZE_KERNTYPES_H
#define ANALYZE_KERNTYPES_H

#include "analyze/btf.h"
#include "lkcd/info.h"

/*
 * Load the types from the dump's memory or, where that fails, from the running kernel (below root, "" for /) if it is
 * the same build. NULL and *fault: why the dump's memory does not give them.
 */
struct btf *kerntypes_load(struct memory *memory, const struct symbols *symbols, const char *root, struct fault *fault);

/* Is the running kernel the same build as the dump's? Compares build IDs, or versions where the dump has no ID. */
bool kerntypes_same_build(const struct info *info, const char *root);

#endif
