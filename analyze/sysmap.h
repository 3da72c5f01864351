/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System.map, a symbol map: the kernel's symbols at their link addresses, one "ADDRESS TYPE NAME" a line. */
#ifndef ANALYZE_SYSMAP_H
#define ANALYZE_SYSMAP_H

#include <stdbool.h>

#include "analyze/symbols.h"
#include "lkcd/info.h"

struct memory;

/*
 * Load the symbols of a file, moved by the dump's KERNELOFFSET. NULL and *fault: FAULT_READ when it cannot be read,
 * FAULT_FORMAT when it is not a System.map, any other.
 */
struct symbols *sysmap_load(const char *path, const struct info *info, struct fault *fault);

/*
 * Is this the symbol map of the dump's kernel? All addresses of VMCOREINFO inside the kernel's image must match, at
 * least three of them, and the text at linux_banner must match the dump's utsname.
 */
bool sysmap_fits(const struct symbols *symbols, struct memory *memory);

/*
 * Find the symbol map of the dump's kernel in the usual places below root ("" for /); its path is written to path.
 * NULL: there is none that fits. fault->code is then FAULT_MEMORY or 0.
 */
struct symbols *sysmap_find(const char *root, struct memory *memory, char *path, size_t room, struct fault *fault);

/* The distance of the kernel from its link address (KERNELOFFSET); 0 when VMCOREINFO lacks it. */
uint64_t sysmap_offset(const struct info *info);

#endif
