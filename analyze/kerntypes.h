/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The types of a dump's kernel, wherever they are to be had. */
#ifndef ANALYZE_KERNTYPES_H
#define ANALYZE_KERNTYPES_H

#include "analyze/btf.h"
#include "lkcd/info.h"

/*
 * From the dump's memory; where that has not all of it, from the running kernel (below root, "" for /) if that is the
 * same build. NULL and *fault: why not from the dump.
 */
struct btf *kerntypes_load(struct memory *memory, const struct symbols *symbols, const char *root, struct fault *fault);

/* Is the kernel that runs here the same build as the dump's? By its build ID; by its version where the dump has none.
 */
bool kerntypes_same_build(const struct info *info, const char *root);

#endif
