/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The utsname of the kernel, from its memory. */
#ifndef ANALYZE_UTS_H
#define ANALYZE_UTS_H

#include "dump/memory.h"
#include "lkcd/info.h"

/*
 * Fill info's utsname from the kernel's init_uts_ns, at its address in VMCOREINFO. It is accepted only if its release
 * is that of VMCOREINFO. False: info is unchanged.
 */
bool uts_read(struct memory *memory, struct info *info);

#endif
