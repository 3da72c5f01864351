/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the kernel had memory mapped, of a dump that has no PT_LOAD list. */
#ifndef DUMP_LAYOUT_H
#define DUMP_LAYOUT_H

#include "lkcd/fault.h"
#include "lkcd/info.h"

struct physical;

/*
 * When info has no ranges: make them from what is certain, in the order of /proc/vmcore (the kernel's image, the direct
 * map, the rest), and set ranges_made. They are rules for all physical addresses, whether there is memory or not. What
 * is not certain is left out, and said in info.unknown. physical may be NULL: then only what needs no memory is known.
 * Returns 0, or a fault that is not about the dump.
 */
int layout_ranges(struct info *info, struct physical *physical, struct fault *fault);

#endif
