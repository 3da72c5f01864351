/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own symbols (CONFIG_KALLSYMS) from a dump's memory. VMCOREINFO contains the addresses of their tables
 * since Linux 6.0; symbols of older kernels cannot be found.
 */
#ifndef ANALYZE_KALLSYMS_H
#define ANALYZE_KALLSYMS_H

#include "analyze/symbols.h"

struct memory;

/*
 * Load all symbols; symbols_free() frees them. NULL and *fault: FAULT_CANNOT when the dump does not contain their
 * location; FAULT_DAMAGED when they cannot be read or do not match VMCOREINFO's address of _stext; other faults.
 */
struct symbols *kallsyms_load(struct memory *memory, struct fault *fault);

#endif
