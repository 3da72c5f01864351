/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versions 1 to 10, whose records have no checksum: where do believable records go on after damage? */
#ifndef CONVERT_LKCD_RESYNC_H
#define CONVERT_LKCD_RESYNC_H

#include "convert/lkcd/head.h"
#include "lkcd/stream.h"

/*
 * Does a believable record stand skip bytes behind the stream's position, and behind it others, or does the dump end
 * there? A record is believed when its flags, size and address can be those of a page; GZIP data have to start as zlib
 * streams do. Returns 1, 0, or -FAULT_READ.
 */
int lkcd_resync_at(const struct lkcd_records *records, struct stream *stream, size_t skip, struct fault *fault);

/*
 * Where they go on within the next most bytes, from the stream's position plus one on. The stream stays. Returns 1 and
 * *skip, bytes from the position; 0 when there are none; -FAULT_READ.
 */
int lkcd_resync_near(const struct lkcd_records *records, struct stream *stream, size_t most, size_t *skip,
		     struct fault *fault);

/* The same up to the end of the file; the stream moves there. Returns 1, 0 or a fault. */
int lkcd_resync_find(const struct lkcd_records *records, struct stream *stream, struct fault *fault);

#endif
