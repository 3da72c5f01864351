/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing kdump-compressed files, plain or flattened. */
#ifndef CONVERT_KDUMP_SINK_H
#define CONVERT_KDUMP_SINK_H

#include "lkcd/format.h"

/*
 * Where the sink's bytes go. Every byte is written at most once, and bytes that never are must read as zero. Embedded
 * as first member in each implementation.
 */
struct kdump_writer {
	int (*begin)(struct kdump_writer *writer, struct fault *fault);
	int (*write_at)(struct kdump_writer *writer, uint64_t offset, const void *data, size_t size,
			struct fault *fault);
	int (*finish)(struct kdump_writer *writer, struct fault *fault);
	void (*close)(struct kdump_writer *writer);
};

/* The sink behind both formats; the writer is taken over, and closed when this returns NULL. */
struct sink *kdump_sink_open(struct kdump_writer *writer, const struct sink_options *options, struct fault *fault);

#endif
