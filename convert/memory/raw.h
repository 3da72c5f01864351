/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plain memory: no headers, page after page. */
#ifndef CONVERT_MEMORY_RAW_H
#define CONVERT_MEMORY_RAW_H

#include "lkcd/info.h"

/*
 * Fill info for memory that comes without headers from the machine that the user named (NULL: none), and say what stays
 * unknown. Returns 0 or -FAULT_MEMORY.
 */
int raw_describe(struct info *info, const struct machine *machine, struct fault *fault);

#endif
