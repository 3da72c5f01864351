/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Information that a dump's headers and notes lack, but its memory contains. */
#ifndef ANALYZE_COMPLETE_H
#define ANALYZE_COMPLETE_H

#include "lkcd/fault.h"
#include "lkcd/source.h"

/*
 * Complete the info of a source that was just opened: where memory was mapped, utsname, the panic string. What remains
 * unknown is added to info.unknown. Afterwards the source starts from its first page. Returns 0, or a fault that is
 * not the dump's.
 */
int complete_source(struct source *source, struct fault *fault);

#endif
