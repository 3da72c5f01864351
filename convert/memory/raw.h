/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Raw memory: no headers, page after page. LiME files share what is unknown of it. */
#ifndef CONVERT_MEMORY_RAW_H
#define CONVERT_MEMORY_RAW_H

#include "lkcd/info.h"

/*
 * Fill info for memory without headers, from the machine that the user named (NULL: none). Adds to info->unknown what
 * is not known. Returns 0 or -FAULT_MEMORY.
 */
int raw_describe(struct info *info, const struct machine *machine, struct fault *fault);

#endif
