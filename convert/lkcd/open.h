/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens an LKCD image: reads all that comes before its records. */
#ifndef CONVERT_LKCD_OPEN_H
#define CONVERT_LKCD_OPEN_H

#include "convert/lkcd/cursor.h"
#include "lkcd/format.h"

/*
 * Read header block and notes area into lkcd and its info: from block or, when that is NULL, from the file. Leaves the
 * stream at the first record. Returns 0; -FAULT_FORMAT when this is no image that can be read; or another fault.
 */
int lkcd_open(struct lkcd_source *lkcd, const struct lkcd_header_block *block, struct fault *fault);

#endif
