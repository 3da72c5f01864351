/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of formats, and the detection of a dump's format. */
#ifndef CONVERT_FORMATS_H
#define CONVERT_FORMATS_H

#include "lkcd/format.h"

/* The format of a name; NULL when there is none. */
const struct format *formats_find(const char *name);

/* All formats, ended by NULL; the first is the tools' default output. */
const struct format *const *formats_list(void);

/* The format with the highest bid. The stream stays. NULL and *fault; FAULT_FORMAT when no format bids. */
const struct format *formats_detect(struct stream *stream, const struct source_options *options, struct fault *fault);

/*
 * The abilities (enum source_ability, or-ed) that a source of the stream will have, as far as its first bytes show. The
 * stream stays. 0 when they are not known, or the stream cannot be read.
 */
unsigned formats_abilities(struct stream *stream, const struct source_options *options);

/*
 * Detect the format of a stream and open a source. needs_map: the sink needs a page map, so a pipe is spooled where the
 * format has none without seeking. Returns NULL and fills *fault.
 */
struct source *formats_open_source(struct stream *stream, const struct source_options *options, bool needs_map,
				   struct fault *fault);

#endif
