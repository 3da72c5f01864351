/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Versions 1 to 10, whose records have no checksum: finds the next plausible record after damage. A record is plausible
 * when its flags, size and address are those of a page, and GZIP data start as a zlib stream does.
 */
#ifndef CONVERT_LKCD_RESYNC_H
#define CONVERT_LKCD_RESYNC_H

#include "convert/lkcd/head.h"
#include "lkcd/stream.h"

/*
 * Skip bytes after the stream's position: is there a row of plausible records, or END? Returns 1, 0, or -FAULT_READ.
 */
int lkcd_resync_at(const struct lkcd_records *records, struct stream *stream, size_t skip, struct fault *fault);

/*
 * Search for a row of plausible records in the next most bytes, starting one byte after the stream's position. The
 * stream stays. Returns 1 and *skip, bytes from the position; 0 when there is none; or -FAULT_READ.
 */
int lkcd_resync_near(const struct lkcd_records *records, struct stream *stream, size_t most, size_t *skip,
		     struct fault *fault);

/* The same up to the end of the file, and move the stream to the record. Returns 1, 0 or a fault. */
int lkcd_resync_find(const struct lkcd_records *records, struct stream *stream, struct fault *fault);

#endif
