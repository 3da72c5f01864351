/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CONVERT_LKCD_OPEN_H
#define CONVERT_LKCD_OPEN_H

#include "convert/lkcd/cursor.h"
#include "lkcd/format.h"

/*
 * Read header block and notes area, from block or, where that is NULL, from the file, into lkcd and its info. The
 * stream then is at the first record. Returns 0; -FAULT_FORMAT when no image can be read there; or another fault.
 */
int lkcd_open(struct lkcd_source *lkcd, const struct lkcd_header_block *block, struct fault *fault);

#endif
