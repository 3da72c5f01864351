/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The note RANGES of version 11, which kdump files have, too: the dump's PT_LOADs. lkcd-dump(5) has its layout. */
#ifndef CONVERT_LKCD_RANGES_H
#define CONVERT_LKCD_RANGES_H

#include "dump/notes.h"
#include "lkcd/info.h"

/* Bytes that the note takes; 0 when there is nothing to write: ranges that were only made from the machine's layout
 * are made again by the reader. */
size_t lkcd_ranges_size(const struct info *info);

/* Write that note; out has lkcd_ranges_size() bytes, zeroed. */
void lkcd_ranges_write(const struct info *info, unsigned char *out);

/*
 * Add what a note holds to info. *refused counts ranges that no machine can have, and bytes at the end that are no
 * range: these are left out. Returns 0 or -FAULT_MEMORY.
 */
int lkcd_ranges_read(const struct note *note, struct info *info, size_t *refused, struct fault *fault);

#endif
