/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CONVERT_FORMATS_H
#define CONVERT_FORMATS_H

#include "lkcd/format.h"

/* By name; NULL when there is none. */
const struct format *formats_find(const char *name);

/* The list, ended by NULL; the first is what the tools write when the user names none. */
const struct format *const *formats_list(void);

/* The format whose bid is highest; the stream stays. NULL and *fault: -FAULT_FORMAT when it is none of them. */
const struct format *formats_detect(struct stream *stream, const struct source_options *options, struct fault *fault);

/*
 * What a source of the stream will be able to do (enum source_ability), as far as its first bytes tell; the stream
 * stays. 0 when they tell nothing, or cannot be read.
 */
unsigned formats_abilities(struct stream *stream, const struct source_options *options);

/*
 * Find out what a stream holds and open it. needs_map: the sink must have a map, so a pipe is spooled where the format
 * needs that. Returns NULL and fills *fault.
 */
struct source *formats_open_source(struct stream *stream, const struct source_options *options, bool needs_map,
				   struct fault *fault);

#endif
