/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads kdump-compressed files. */
#ifndef CONVERT_KDUMP_SOURCE_H
#define CONVERT_KDUMP_SOURCE_H

#include "lkcd/format.h"

/* A source over the stream and options->parts, which stay the caller's. Returns NULL and fills *fault. */
struct source *kdump_source_open(struct stream *stream, const struct source_options *options, struct fault *fault);

#endif
