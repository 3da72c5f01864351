/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading LKCD images of every version. */
#ifndef CONVERT_LKCD_SOURCE_H
#define CONVERT_LKCD_SOURCE_H

#include "convert/lkcd/header.h"
#include "lkcd/format.h"

struct source *lkcd_source_open(struct stream *stream, const struct source_options *options, struct fault *fault);

/* The same with a header block in place of the file's own; NULL: the file's. */
struct source *lkcd_source_open_with(struct stream *stream, const struct source_options *options,
				     const struct lkcd_header_block *block, struct fault *fault);

/* The abilities of a source of such an image: enum source_ability, or-ed. */
unsigned lkcd_source_abilities(const struct lkcd_header *header, const struct info *info);

/*
 * Where the image ends, bytes from the start of the stream, once next() came upon its end. 0: no end was found. What
 * follows it belongs to an earlier user of the device.
 */
uint64_t lkcd_source_end(const struct source *source);

#endif
