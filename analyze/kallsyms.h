/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own symbols (CONFIG_KALLSYMS) out of a dump's memory. VMCOREINFO says since Linux 6.0 where their tables
 * are; without, nobody knows.
 */
#ifndef ANALYZE_KALLSYMS_H
#define ANALYZE_KALLSYMS_H

#include "analyze/symbols.h"

struct memory;

/*
 * All of them. NULL and *fault: -FAULT_CANNOT when the dump does not say where they are; -FAULT_DAMAGED when they
 * cannot be read or do not fit what VMCOREINFO says of _stext; or a fault that is not about what the dump holds.
 */
struct symbols *kallsyms_load(struct memory *memory, struct fault *fault);

#endif
