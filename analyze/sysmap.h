/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System.map: the kernel's symbols as its build lists them, "ADDRESS TYPE NAME" a line, where it was linked to. */
#ifndef ANALYZE_SYSMAP_H
#define ANALYZE_SYSMAP_H

#include <stdbool.h>

#include "analyze/symbols.h"
#include "lkcd/info.h"

struct memory;

/*
 * The symbols of a file, moved to where the kernel of a dump was (KERNELOFFSET). NULL and *fault: -FAULT_READ when it
 * cannot be read, -FAULT_FORMAT when it is no System.map, any other.
 */
struct symbols *sysmap_load(const char *path, const struct info *info, struct fault *fault);

/*
 * Is this the map of the dump's kernel? Every address in the kernel's image that VMCOREINFO names must be the same,
 * three at least, and at linux_banner must stand what the dump says of its kernel.
 */
bool sysmap_fits(const struct symbols *symbols, struct memory *memory);

/*
 * The map of the dump's kernel, if it is in one of the places below root ("" for /) where a kernel's map is kept; its
 * name goes to path. NULL: it is not, or those that are there do not fit. -FAULT_MEMORY is put into *fault, whose code
 * is 0 otherwise.
 */
struct symbols *sysmap_find(const char *root, struct memory *memory, char *path, size_t room, struct fault *fault);

/* How far the kernel was moved from where it was linked to; 0 where the dump does not say. */
uint64_t sysmap_offset(const struct info *info);

#endif
