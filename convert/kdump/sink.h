/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes kdump-compressed files, flattened or not. */
#ifndef CONVERT_KDUMP_SINK_H
#define CONVERT_KDUMP_SINK_H

#include "lkcd/format.h"

/*
 * Writes the sink's bytes to the output. The sink writes each byte at most once; bytes it never writes must read as
 * zero. Embedded as first member in each implementation. Functions return 0 or a fault.
 */
struct kdump_writer {
	int (*begin)(struct kdump_writer *writer, struct fault *fault);
	int (*write_at)(struct kdump_writer *writer, uint64_t offset, const void *data, size_t size,
			struct fault *fault);
	int (*finish)(struct kdump_writer *writer, struct fault *fault);
	void (*close)(struct kdump_writer *writer);
};

/* The sink of both formats. It owns the writer, and closes it even when this returns NULL, with *fault filled. */
struct sink *kdump_sink_open(struct kdump_writer *writer, const struct sink_options *options, struct fault *fault);

#endif
