/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump-compressed files as a format, and the writer for its sink, which needs a seekable output. flat.c has the
 * flattened form.
 */
#include <stdlib.h>

#include "convert/kdump/format.h"
#include "convert/kdump/kdump.h"
#include "convert/kdump/sink.h"
#include "convert/kdump/source.h"

/* Writes a kdump file that is not flattened. */
struct file_writer {
	struct kdump_writer writer;
	struct output *output;
};

static int file_begin(struct kdump_writer *writer, struct fault *fault)
{
	struct file_writer *file = (struct file_writer *)writer;

	if (output_seekable(file->output))
		return 0;
	return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
			 "kdump output must be seekable: use -o FILE, or -f flat");
}

static int file_write_at(struct kdump_writer *writer, uint64_t offset, const void *data, size_t size,
			 struct fault *fault)
{
	return output_write_at(((struct file_writer *)writer)->output, offset, data, size, fault);
}

static int file_finish(struct kdump_writer *writer, struct fault *fault)
{
	(void)writer;
	(void)fault;
	return 0;
}

static void file_close(struct kdump_writer *writer)
{
	free(writer);
}

static struct sink *kdump_open_sink(struct output *output, const struct sink_options *options, struct fault *fault)
{
	struct file_writer *file = calloc(1, sizeof(*file));

	if (!file) {
		fault_memory(fault);
		return NULL;
	}
	file->writer = (struct kdump_writer){ file_begin, file_write_at, file_finish, file_close };
	file->output = output;
	return kdump_sink_open(&file->writer, options, fault);
}

const struct format format_kdump = {
	.name = "kdump",
	.summary = "kdump-compressed file, as makedumpfile writes it",
	.has_parts = true,
	.codecs = kdump_codecs,
	.bid = kdump_bid,
	.open_source = kdump_source_open,
	.open_sink = kdump_open_sink,
};
