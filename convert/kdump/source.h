/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading kdump-compressed files. */
#ifndef CONVERT_KDUMP_SOURCE_H
#define CONVERT_KDUMP_SOURCE_H

#include "lkcd/format.h"

struct source *kdump_source_open(struct stream *stream, const struct source_options *options, struct fault *fault);

#endif
