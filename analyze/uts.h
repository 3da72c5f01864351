/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANALYZE_UTS_H
#define ANALYZE_UTS_H

#include "dump/memory.h"
#include "lkcd/info.h"

/*
 * Fill info's utsname from the kernel's init_uts_ns, where VMCOREINFO says where that stands. Believed only if its
 * release is the one that VMCOREINFO names. info is left as it is otherwise: false.
 */
bool uts_read(struct memory *memory, struct info *info);

#endif
