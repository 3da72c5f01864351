/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The note RANGES: the memory ranges of a dump. Version 11 images and our kdump files have it. Layout: lkcd-dump(5). */
#ifndef CONVERT_LKCD_RANGES_H
#define CONVERT_LKCD_RANGES_H

#include "dump/notes.h"
#include "lkcd/info.h"

/* The size of the note in bytes; 0 when there is none to write. Ranges made from the machine's layout are not written:
 * the reader makes them again. */
size_t lkcd_ranges_size(const struct info *info);

/* Write the note into out, which has lkcd_ranges_size() bytes, all zero. */
void lkcd_ranges_write(const struct info *info, unsigned char *out);

/*
 * Add the ranges of a note to info. *refused is the number of impossible ranges, plus one for bytes at the end that are
 * no range; they are left out. Returns 0 or -FAULT_MEMORY.
 */
int lkcd_ranges_read(const struct note *note, struct info *info, size_t *refused, struct fault *fault);

#endif
