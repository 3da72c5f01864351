/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing images of version 9 and 11. */
#ifndef CONVERT_LKCD_SINK_H
#define CONVERT_LKCD_SINK_H

#include "lkcd/format.h"

struct sink *lkcd_sink_open(struct output *output, const struct sink_options *options, uint32_t version,
			    struct fault *fault);

#endif
