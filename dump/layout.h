/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory ranges of a dump that has no PT_LOAD list: where the kernel had its memory mapped. */
#ifndef DUMP_LAYOUT_H
#define DUMP_LAYOUT_H

#include "lkcd/fault.h"
#include "lkcd/info.h"

struct physical;

/*
 * When info has no ranges: make them from what is certain, in the order of /proc/vmcore (the kernel's image, the direct
 * map, the rest), and set ranges_made. They cover all physical addresses, with or without memory. What is not certain
 * is left out and reported in info.unknown. physical may be NULL: then page tables are not read. Returns 0, or a fault
 * that does not concern the dump.
 */
int layout_ranges(struct info *info, struct physical *physical, struct fault *fault);

#endif
