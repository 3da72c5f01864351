/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw memory, as from QEMU's pmemsave or a copy of /dev/mem. Read: the user gives the physical address of the first
 * byte, and the rest follows without a gap. Written: the offset in the file is the physical address, and memory that is
 * not in the dump is zero (in a file, a hole).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "convert/memory/raw.h"
#include "dump/source.h"
#include "dump/sparse.h"
#include "lkcd/format.h"
#include "lkcd/machine.h"

#define RUN_BYTES (256u << 10)        /* a multiple of every machine's page size */
#define PIPE_MAX (UINT64_C(64) << 40) /* bytes; a pipe would take hours for the zeros in a larger hole */

int raw_describe(struct info *info, const struct machine *machine, struct fault *fault)
{
	int status = 0;

	info->page_size = PAGE_SIZE_MIN;
	info->machine = machine;
	if (machine) {
		info->page_size = machine->page_size;
		info->bits = machine->bits;
		info->big_endian = machine->big_endian;
		strcpy(info->uts.machine, machine->name);
	} else {
		status = info_add_unknown(info, fault,
					  "the machine is not known, and pages of %" PRIu32
					  " bytes are assumed: use --machine NAME",
					  info->page_size);
	}
	if (status)
		return status;
	return info_add_unknown(info, fault,
				"registers, virtual addresses, the kernel's release and VMCOREINFO are not known: "
				"raw memory has no notes");
}

struct raw_source {
	struct source source;
	struct stream *stream;
	uint64_t base;       /* physical address of the first byte */
	uint64_t offset;     /* in the file, where next() continues; a multiple of the page size, or the end */
	unsigned char *tail; /* the last page, where the file ends inside it */
};

static void raw_source_close(struct source *source)
{
	struct raw_source *raw = (struct raw_source *)source;

	info_clear(&source->info);
	free(raw->tail);
	free(raw);
}

/* Bytes from offset to the end of the file; on a pipe, to the end of all physical addresses. */
static uint64_t raw_left(const struct raw_source *raw)
{
	uint64_t size = stream_size(raw->stream);

	return (size == STREAM_SIZE_UNKNOWN ? PAGE_ADDRESS_LIMIT - raw->base : size) - raw->offset;
}

/* Fill up the last page, of which the file has a part, with zeros. */
static const void *pad_tail(struct raw_source *raw, const void *data, size_t have)
{
	memcpy(raw->tail, data, have);
	memset(raw->tail + have, 0, raw->source.info.page_size - have);
	return raw->tail;
}

static int raw_source_next(struct source *source, struct page *page, struct fault *fault)
{
	struct raw_source *raw = (struct raw_source *)source;
	uint32_t page_size = source->info.page_size;
	uint64_t left = raw_left(raw);
	size_t want = left < RUN_BYTES ? (size_t)left : RUN_BYTES, have;

	if (!want)
		return 0;
	if (stream_seek(raw->stream, raw->offset, fault))
		return -fault->code;
	*page = (struct page){ .address = raw->base + raw->offset, .offset = raw->offset };
	page->data = stream_peek(raw->stream, want, &have, fault);
	if (!page->data)
		return -FAULT_READ;
	if (!have && stream_size(raw->stream) == STREAM_SIZE_UNKNOWN)
		return 0;
	if (!have)
		return fault_set(fault, FAULT_CUT, raw->offset, page->address,
				 "the file became shorter: %" PRIu64 " bytes from here on are gone", left);
	if (have > want)
		have = want;
	if (have >= page_size)
		have -= have % page_size;
	else
		page->data = pad_tail(raw, page->data, have);
	raw->offset += have;
	page->pages = (uint32_t)((have + page_size - 1) / page_size);
	page->bytes = page->pages * page_size;
	return 1;
}

static int raw_source_seek(struct source *source, uint64_t address, struct fault *fault)
{
	struct raw_source *raw = (struct raw_source *)source;
	uint64_t size = stream_size(raw->stream);

	(void)fault;
	address -= address % source->info.page_size;
	raw->offset = address > raw->base ? address - raw->base : 0;
	if (raw->offset > size)
		raw->offset = size;
	return 0;
}

static int raw_source_rewind(struct source *source, struct fault *fault)
{
	return raw_source_seek(source, 0, fault);
}

static void raw_fork_close(struct source *source)
{
	struct raw_source *fork = (struct raw_source *)source;

	stream_close(fork->stream);
	free(fork->tail);
	free(fork);
}

static struct source *raw_source_fork(struct source *source, struct fault *fault)
{
	struct raw_source *raw = (struct raw_source *)source, *fork = source_copy(source, sizeof(*raw), fault);

	if (!fork)
		return NULL;
	fork->source.close = raw_fork_close;
	fork->offset = 0;
	fork->stream = stream_fork(raw->stream, fault);
	fork->tail = malloc(source->info.page_size);
	if (fork->stream && fork->tail)
		return &fork->source;
	if (fork->stream)
		fault_memory(fault);
	raw_fork_close(&fork->source);
	return NULL;
}

static int raw_source_map(struct source *source, struct pagemap *map, bool *ascending, struct fault *fault)
{
	struct raw_source *raw = (struct raw_source *)source;

	*ascending = true;
	return pagemap_add(map, raw->base / source->info.page_size, source->info.pages) ? fault_memory(fault) : 0;
}

/* Set what follows from a known size: the number of pages, the page map and, in a file, seeking. */
static int set_size(struct raw_source *raw, uint64_t size, struct fault *fault)
{
	struct info *info = &raw->source.info;

	if (size > PAGE_ADDRESS_LIMIT - raw->base)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "%" PRIu64 " bytes from 0x%" PRIx64 " on would end beyond all physical addresses",
				 size, raw->base);
	info->pages = size / info->page_size + (size % info->page_size != 0);
	info->max_frame = raw->base / info->page_size + info->pages;
	raw->source.map = raw_source_map;
	if (stream_seekable(raw->stream)) {
		raw->source.rewind = raw_source_rewind;
		raw->source.seek = raw_source_seek;
		raw->source.fork = raw_source_fork;
	}
	return info_add_range(info, (struct range){ raw->base, RANGE_NOT_MAPPED, size }, fault);
}

static int raw_source_prepare(struct raw_source *raw, const struct machine *machine, struct fault *fault)
{
	struct info *info = &raw->source.info;
	size_t have;
	int status;

	info->format = "raw";
	status = raw_describe(info, machine, fault);
	if (status)
		return status;
	if (raw->base % info->page_size || raw->base >= PAGE_ADDRESS_LIMIT)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "memory cannot start at 0x%" PRIx64 ": that is %s", raw->base,
				 raw->base >= PAGE_ADDRESS_LIMIT ? "no physical address"
								 : "no multiple of the page size");
	if (!stream_peek(raw->stream, 1, &have, fault))
		return -FAULT_READ;
	if (!have)
		return fault_set(fault, FAULT_FORMAT, FAULT_NOWHERE, FAULT_NOWHERE, "is empty");
	raw->tail = malloc(info->page_size);
	if (!raw->tail)
		return fault_memory(fault);
	if (stream_size(raw->stream) == STREAM_SIZE_UNKNOWN)
		return 0;
	return set_size(raw, stream_size(raw->stream), fault);
}

static struct source *raw_source_open(struct stream *stream, const struct source_options *options, struct fault *fault)
{
	struct raw_source *raw = calloc(1, sizeof(*raw));

	if (!raw) {
		fault_memory(fault);
		return NULL;
	}
	raw->stream = stream;
	raw->base = options->base;
	raw->source.next = raw_source_next;
	raw->source.close = raw_source_close;
	if (!raw_source_prepare(raw, options->machine, fault))
		return &raw->source;
	raw_source_close(&raw->source);
	return NULL;
}

struct raw_sink {
	struct sink sink;
	struct output *output;
	uint32_t page_size;
	uint64_t end; /* of the highest page */
};

static void raw_sink_close(struct sink *sink)
{
	free(sink);
}

static int raw_sink_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	struct raw_sink *raw = (struct raw_sink *)sink;

	raw->page_size = plan->info->page_size;
	if (output_seekable(raw->output))
		return 0;
	if (pagemap_end(plan->map) > PIPE_MAX / raw->page_size)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, (pagemap_end(plan->map) - 1) * raw->page_size,
				 "raw output up to this page is too long for a pipe, which has no holes: use -o FILE");
	return plan->ascending ? 0 : output_spool(raw->output, fault);
}

static int raw_sink_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct raw_sink *raw = (struct raw_sink *)sink;
	uint64_t size = (uint64_t)page->pages * raw->page_size;

	if (page->address + size > raw->end)
		raw->end = page->address + size;
	return page->data ? sparse_write(raw->output, page->address, page->data, size, raw->page_size, fault) : 0;
}

/* Extend the file over pages of zeros at its end. */
static int raw_sink_finish(struct sink *sink, bool whole, struct fault *fault)
{
	struct raw_sink *raw = (struct raw_sink *)sink;

	(void)whole;
	return output_write_at(raw->output, raw->end, NULL, 0, fault);
}

static struct sink *raw_sink_open(struct output *output, const struct sink_options *options, struct fault *fault)
{
	struct raw_sink *raw = calloc(1, sizeof(*raw));

	(void)options;
	if (!raw) {
		fault_memory(fault);
		return NULL;
	}
	raw->output = output;
	raw->sink = (struct sink){
		.needs = output_seekable(output) ? SINK_PLAIN : SINK_PLAIN | SINK_MAP,
		.begin = raw_sink_begin,
		.put = raw_sink_put,
		.finish = raw_sink_finish,
		.close = raw_sink_close,
	};
	return &raw->sink;
}

const struct format format_raw = {
	.name = "raw",
	.summary = "raw memory",
	.maps_seeking = true,
	.open_source = raw_source_open,
	.open_sink = raw_sink_open,
};
