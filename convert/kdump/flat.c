/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * makedumpfile's flattened form, for pipes: a header of 4096 bytes, then records, each with the offset of its bytes in
 * the original file, their number, and the bytes; big-endian everywhere. The original is a kdump-compressed file or,
 * from makedumpfile -E -F, an ELF file. To read it, the original is rebuilt as a temporary file. The format is from
 * makedumpfile's makedumpfile.h (struct makedumpfile_header).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/elf/format.h"
#include "convert/kdump/format.h"
#include "convert/kdump/kdump.h"
#include "convert/kdump/sink.h"
#include "lkcd/endian.h"

#define HEADER_SIZE 4096
#define SIGNATURE_SIZE 16
#define RECORD_SIZE 16
#define FILE_MAX (UINT64_C(16) << 40) /* bytes; no dump is larger: an offset beyond it is damage */
#define BUFFER_SIZE (1u << 20)        /* crash sorts the records slowly, so they should be large */

static const char signature[SIGNATURE_SIZE] = "makedumpfile";

/* --- source --- */

struct flat_source {
	struct source source; /* its info was moved from inner */
	struct stream *file;  /* the rebuilt file */
	struct source *inner;
	struct fault cut; /* reported by next() after inner's last page; code 0: none */
	bool cut_reported;
};

static void flat_source_close(struct source *source)
{
	struct flat_source *flat = (struct flat_source *)source;

	info_clear(&source->info);
	if (flat->inner)
		flat->inner->close(flat->inner);
	stream_close(flat->file);
	free(flat);
}

static int flat_source_next(struct source *source, struct page *page, struct fault *fault)
{
	struct flat_source *flat = (struct flat_source *)source;
	int status = flat->inner->next(flat->inner, page, fault);

	if (status || !flat->cut.code || flat->cut_reported)
		return status;
	*fault = flat->cut;
	flat->cut_reported = true;
	return -fault->code;
}

static int flat_source_seek(struct source *source, uint64_t address, struct fault *fault)
{
	struct flat_source *flat = (struct flat_source *)source;

	return flat->inner->seek(flat->inner, address, fault);
}

static int flat_source_rewind(struct source *source, struct fault *fault)
{
	struct flat_source *flat = (struct flat_source *)source;

	flat->cut_reported = false;
	return flat->inner->rewind(flat->inner, fault);
}

/* The file is rebuilt already, so a fork of inner is enough. */
static struct source *flat_source_fork(struct source *source, struct fault *fault)
{
	struct flat_source *flat = (struct flat_source *)source;

	return flat->inner->fork(flat->inner, fault);
}

static int flat_source_map(struct source *source, struct pagemap *map, bool *ascending, struct fault *fault)
{
	struct flat_source *flat = (struct flat_source *)source;

	return flat->inner->map(flat->inner, map, ascending, fault);
}

/*
 * Copy one record into the file. Returns 1; 0 for the end record; -FAULT_CUT where the input ends or the record is
 * impossible; or another fault.
 */
static int read_flat_record(struct stream *stream, int fd, struct fault *fault)
{
	unsigned char bytes[RECORD_SIZE];
	uint64_t at = stream_offset(stream), offset, left;

	if (stream_read(stream, bytes, sizeof(bytes), fault))
		return -fault->code;
	offset = get64(bytes, true);
	left = get64(bytes + 8, true);
	if (offset == UINT64_MAX && left == UINT64_MAX)
		return 0;
	if (offset > FILE_MAX || left > FILE_MAX - offset)
		return fault_set(fault, FAULT_CUT, at, FAULT_NOWHERE,
				 "a record of 0x%" PRIx64 " bytes for offset 0x%" PRIx64 " is not possible", left,
				 offset);
	while (left) {
		size_t have;
		const void *data = stream_peek(stream, 1, &have, fault);

		if (!data)
			return -FAULT_READ;
		if (!have)
			return fault_set(fault, FAULT_CUT, stream_offset(stream), FAULT_NOWHERE,
					 "the input ends inside a record, %" PRIu64 " bytes too early", left);
		have = have < left ? have : (size_t)left;
		if (kdump_write_temporary(fd, offset, data, have, fault) || stream_skip(stream, have, fault))
			return -fault->code;
		offset += have;
		left -= have;
	}
	return 1;
}

/* Rebuild the file. Where the input is truncated, the records before that are good: next() reports the fault. */
static int unflatten(struct flat_source *flat, struct stream *stream, struct fault *fault)
{
	unsigned char head[HEADER_SIZE];
	int fd, status;

	if (stream_read(stream, head, sizeof(head), fault)) {
		fault->code = fault->code == FAULT_CUT ? FAULT_FORMAT : fault->code;
		return fault_prepend(fault, "flattened header");
	}
	if (get64(head + SIGNATURE_SIZE, true) != 1 || get64(head + SIGNATURE_SIZE + 8, true) != 1)
		return fault_set(fault, FAULT_FORMAT, SIGNATURE_SIZE, FAULT_NOWHERE,
				 "a flattened file of type %" PRIu64 ", version %" PRIu64 " is not known here",
				 get64(head + SIGNATURE_SIZE, true), get64(head + SIGNATURE_SIZE + 8, true));
	fd = stream_temporary(fault);
	if (fd < 0)
		return -fault->code;
	while ((status = read_flat_record(stream, fd, fault)) > 0)
		;
	if (status == -FAULT_CUT) {
		flat->cut = *fault;
		status = 0;
	}
	if (status) {
		close(fd);
		return status;
	}
	flat->file = stream_open_fd(fd, stream_name(stream), fault);
	return flat->file ? 0 : -fault->code;
}

/* Open the rebuilt file. Offsets in its faults are offsets in that file, not in the input. */
static int open_inner(struct flat_source *flat, const struct source_options *options, struct fault *fault)
{
	static const struct format *const formats[] = { &format_kdump, &format_elf };
	const struct format *format = NULL;
	size_t have;
	const void *head = stream_peek(flat->file, FORMAT_PEEK, &have, fault);

	if (!head)
		return -FAULT_READ;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats) && !format; i++)
		if (formats[i]->bid(head, have))
			format = formats[i];
	if (format) {
		flat->inner = format->open_source(flat->file, options, fault);
		return flat->inner ? 0 : fault_prepend(fault, "unflattened");
	}
	if (!flat->cut.code)
		return fault_set(fault, FAULT_FORMAT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "the flattened file is neither a kdump nor an ELF file");
	*fault = flat->cut;
	fault->code = FAULT_FORMAT;
	return -FAULT_FORMAT;
}

/* Move inner's info, with all that it owns, to this source. */
static void move_info(struct flat_source *flat)
{
	struct info *info = &flat->source.info, *inner = &flat->inner->info;

	*info = *inner;
	info->format = format_flat.name;
	inner->ranges = NULL;
	inner->range_count = 0;
	inner->notes = inner->arch = NULL;
	inner->notes_size = inner->arch_size = 0;
	inner->origin = inner->unknown = NULL;
}

static struct source *flat_open_source(struct stream *stream, const struct source_options *options, struct fault *fault)
{
	struct flat_source *flat = calloc(1, sizeof(*flat));

	if (!flat) {
		fault_memory(fault);
		return NULL;
	}
	if (unflatten(flat, stream, fault) || open_inner(flat, options, fault)) {
		flat_source_close(&flat->source);
		return NULL;
	}
	flat->source = (struct source){
		.next = flat_source_next,
		.rewind = flat->inner->rewind ? flat_source_rewind : NULL,
		.seek = flat->inner->seek ? flat_source_seek : NULL,
		.fork = flat->inner->fork ? flat_source_fork : NULL,
		.map = flat_source_map,
		.close = flat_source_close,
		.abilities = SOURCE_PACKED,
	};
	move_info(flat);
	return &flat->source;
}

/* --- sink: a writer for kdump's sink --- */

struct flat_writer {
	struct kdump_writer writer;
	struct output *output;
	uint64_t offset; /* of the bytes in buffer, in the original file */
	size_t have;
	unsigned char *buffer; /* BUFFER_SIZE */
};

static int write_record_head(struct flat_writer *flat, uint64_t offset, uint64_t size, struct fault *fault)
{
	unsigned char bytes[RECORD_SIZE];

	put64(bytes, true, offset);
	put64(bytes + 8, true, size);
	return output_write(flat->output, bytes, sizeof(bytes), fault);
}

static int flush_record(struct flat_writer *flat, struct fault *fault)
{
	size_t have = flat->have;

	flat->have = 0;
	if (!have)
		return 0;
	if (write_record_head(flat, flat->offset, have, fault))
		return -fault->code;
	return output_write(flat->output, flat->buffer, have, fault);
}

static int flat_begin(struct kdump_writer *writer, struct fault *fault)
{
	unsigned char head[HEADER_SIZE] = { 0 };

	memcpy(head, signature, sizeof(signature));
	put64(head + SIGNATURE_SIZE, true, 1);     /* type */
	put64(head + SIGNATURE_SIZE + 8, true, 1); /* version */
	return output_write(((struct flat_writer *)writer)->output, head, sizeof(head), fault);
}

static int flat_write_at(struct kdump_writer *writer, uint64_t offset, const void *data, size_t size,
			 struct fault *fault)
{
	struct flat_writer *flat = (struct flat_writer *)writer;

	if ((offset != flat->offset + flat->have || size > BUFFER_SIZE - flat->have) && flush_record(flat, fault))
		return -fault->code;
	if (!flat->have)
		flat->offset = offset;
	if (size > BUFFER_SIZE) {
		if (write_record_head(flat, offset, size, fault))
			return -fault->code;
		flat->offset += size;
		return output_write(flat->output, data, size, fault);
	}
	memcpy(flat->buffer + flat->have, data, size);
	flat->have += size;
	return 0;
}

static int flat_finish(struct kdump_writer *writer, struct fault *fault)
{
	struct flat_writer *flat = (struct flat_writer *)writer;
	int status = flush_record(flat, fault);

	return status ? status : write_record_head(flat, UINT64_MAX, UINT64_MAX, fault);
}

static void flat_close(struct kdump_writer *writer)
{
	struct flat_writer *flat = (struct flat_writer *)writer;

	free(flat->buffer);
	free(flat);
}

static struct sink *flat_open_sink(struct output *output, const struct sink_options *options, struct fault *fault)
{
	struct flat_writer *flat = calloc(1, sizeof(*flat));
	unsigned char *buffer = malloc(BUFFER_SIZE);

	if (!flat || !buffer) {
		free(flat);
		free(buffer);
		fault_memory(fault);
		return NULL;
	}
	flat->writer = (struct kdump_writer){ flat_begin, flat_write_at, flat_finish, flat_close };
	flat->output = output;
	flat->buffer = buffer;
	return kdump_sink_open(&flat->writer, options, fault);
}

static unsigned flat_bid(const unsigned char *head, size_t size)
{
	return size >= SIGNATURE_SIZE && !memcmp(head, signature, SIGNATURE_SIZE) ? 8 * SIGNATURE_SIZE : 0;
}

const struct format format_flat = {
	.name = "flat",
	.summary = "kdump-compressed file in makedumpfile's flattened form, for pipes",
	.codecs = kdump_codecs,
	.bid = flat_bid,
	.open_source = flat_open_source,
	.open_sink = flat_open_sink,
};
