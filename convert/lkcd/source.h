/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads LKCD images of every version. */
#ifndef CONVERT_LKCD_SOURCE_H
#define CONVERT_LKCD_SOURCE_H

#include "convert/lkcd/header.h"
#include "lkcd/format.h"

/* A source over the stream, which stays the caller's. Returns NULL and fills *fault. */
struct source *lkcd_source_open(struct stream *stream, const struct source_options *options, struct fault *fault);

/* The same, with block used instead of the file's header block; NULL: the file's. block is borrowed for the call. */
struct source *lkcd_source_open_with(struct stream *stream, const struct source_options *options,
				     const struct lkcd_header_block *block, struct fault *fault);

/* The abilities of a source of an image with this header: enum source_ability, or-ed. */
unsigned lkcd_source_abilities(const struct lkcd_header *header, const struct info *info);

/*
 * The end of the image, in bytes from the start of the stream, after next() has reached it; 0: no end was found. Bytes
 * after it are from an earlier use of the device.
 */
uint64_t lkcd_source_end(const struct source *source);

#endif
