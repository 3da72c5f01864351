/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes LKCD images of version 9 and 11. */
#ifndef CONVERT_LKCD_SINK_H
#define CONVERT_LKCD_SINK_H

#include "lkcd/format.h"

/* A sink into output, which stays the caller's. version is 9 or 11. Returns NULL and fills *fault. */
struct sink *lkcd_sink_open(struct output *output, const struct sink_options *options, uint32_t version,
			    struct fault *fault);

#endif
