/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a dump does not say of itself, but what stands in its memory. */
#ifndef ANALYZE_COMPLETE_H
#define ANALYZE_COMPLETE_H

#include "lkcd/fault.h"
#include "lkcd/source.h"

/*
 * Complete the info of a source that was opened and not read from yet: where memory was mapped, utsname, the panic
 * string. What cannot be known is said in info.unknown. The source starts from its first page afterwards. Returns 0, or
 * a fault that is not about what the dump holds.
 */
int complete_source(struct source *source, struct fault *fault);

#endif
