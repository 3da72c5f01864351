/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads and writes LiME, the format of the module of that name and of AVML: for each memory range a header of 32 bytes
 * and the range's bytes. The header, in the machine's byte order, by LiME's lime.h:
 * - magic 0x4c694d45 and version 1, 32 bits each
 * - physical addresses of the first and of the last byte, 64 bits each
 * - 8 bytes of zero
 *
 * The format has no number of ranges and no end mark; a file that ends inside a range is truncated. Ranges may be in
 * any order and overlap, so a pipe is spooled to find the first page.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "convert/memory/raw.h"
#include "convert/memory/spans.h"
#include "dump/source.h"
#include "dump/sparse.h"
#include "lkcd/endian.h"
#include "lkcd/format.h"

#define LIME_MAGIC 0x4c694d45u
#define LIME_VERSION 1
#define HEADER 32
#define AT_VERSION 4
#define AT_FIRST 8
#define AT_LAST 16

struct lime_source {
	struct source source;
	struct stream *stream;
	struct spans spans; /* a fork's cursor reads those of the first source */
	struct span_cursor cursor;
	struct fault cut; /* why the file is truncated, reported by next() after the last page; code 0: it is not */
};

static void lime_source_close(struct source *source)
{
	struct lime_source *lime = (struct lime_source *)source;

	info_clear(&source->info);
	span_cursor_close(&lime->cursor);
	spans_clear(&lime->spans);
	free(lime);
}

static int lime_source_next(struct source *source, struct page *page, struct fault *fault)
{
	struct lime_source *lime = (struct lime_source *)source;
	int status = span_cursor_next(&lime->cursor, page, fault);

	if (status || !lime->cut.code)
		return status;
	*fault = lime->cut;
	return -fault->code;
}

static int lime_source_seek(struct source *source, uint64_t address, struct fault *fault)
{
	(void)fault;
	span_cursor_seek(&((struct lime_source *)source)->cursor, address);
	return 0;
}

static int lime_source_rewind(struct source *source, struct fault *fault)
{
	return lime_source_seek(source, 0, fault);
}

static void lime_fork_close(struct source *source)
{
	struct lime_source *fork = (struct lime_source *)source;

	span_cursor_close(&fork->cursor);
	stream_close(fork->stream);
	free(fork);
}

static struct source *lime_source_fork(struct source *source, struct fault *fault)
{
	struct lime_source *lime = (struct lime_source *)source, *fork = source_copy(source, sizeof(*lime), fault);

	if (!fork)
		return NULL;
	fork->source.close = lime_fork_close;
	fork->cursor = (struct span_cursor){ 0 };
	fork->stream = stream_fork(lime->stream, fault);
	if (fork->stream && !span_cursor_open(&fork->cursor, &lime->spans, fork->stream, source->info.page_size, fault))
		return &fork->source;
	lime_fork_close(&fork->source);
	return NULL;
}

static int lime_source_map(struct source *source, struct pagemap *map, bool *ascending, struct fault *fault)
{
	struct lime_source *lime = (struct lime_source *)source;
	int status = spans_map(&lime->spans, lime->stream, source->info.page_size, map, fault);

	*ascending = true;
	if (status || !lime->cut.code)
		return status;
	*fault = lime->cut;
	return -fault->code;
}

/* Read and check the header at an offset: a range from *start to below *end. */
static int read_range(struct lime_source *lime, uint64_t offset, uint64_t *start, uint64_t *end, struct fault *fault)
{
	bool big_endian = lime->source.info.big_endian;
	unsigned char header[HEADER];
	uint32_t version;
	uint64_t last;
	int status = stream_read_at(lime->stream, offset, header, sizeof(header), fault);

	if (status)
		return fault_prepend(fault, "header of a range");
	if (get32(header, big_endian) != LIME_MAGIC)
		return fault_set(fault, FAULT_CUT, offset, FAULT_NOWHERE,
				 "there is no LiME header after the previous range");
	version = get32(header + AT_VERSION, big_endian);
	if (version != LIME_VERSION)
		return fault_set(fault, FAULT_CUT, offset, FAULT_NOWHERE,
				 "a LiME header of version %" PRIu32 ", not 1%s", version,
				 version == 2 ? ": AVML compressed it, and avml-convert decompresses it" : "");
	*start = get64(header + AT_FIRST, big_endian);
	last = get64(header + AT_LAST, big_endian);
	if (last < *start || last >= PAGE_ADDRESS_LIMIT)
		return fault_set(fault, FAULT_CUT, offset, FAULT_NOWHERE,
				 "a range from 0x%" PRIx64 " to 0x%" PRIx64 " cannot be", *start, last);
	*end = last + 1;
	return 0;
}

/* The file ends inside a range: keep the pages that are there. */
static int add_cut_range(struct lime_source *lime, uint64_t offset, uint64_t start, uint64_t end, struct fault *fault)
{
	uint64_t size = stream_size(lime->stream), there = start + (size - offset);

	there -= there % lime->source.info.page_size;
	if (there > start && spans_add(&lime->spans, (struct span){ start, there, offset }, fault))
		return -FAULT_MEMORY;
	return fault_set(fault, FAULT_CUT, size, FAULT_NOWHERE,
			 "the input ends here, %" PRIu64 " bytes before the end of the range from 0x%" PRIx64
			 " to 0x%" PRIx64,
			 end - start - (size - offset), start, end - 1);
}

/* Add the range whose header is at *offset. Moves *offset after the range. */
static int add_range(struct lime_source *lime, uint64_t *offset, struct fault *fault)
{
	uint64_t start = 0, end = 0;
	int status = read_range(lime, *offset, &start, &end, fault);

	if (!status)
		status = info_add_range(&lime->source.info, (struct range){ start, RANGE_NOT_MAPPED, end - start },
					fault);
	if (status)
		return status;
	*offset += HEADER;
	if (stream_size(lime->stream) - *offset < end - start)
		return add_cut_range(lime, *offset, start, end, fault);
	status = spans_add(&lime->spans, (struct span){ start, end, *offset }, fault);
	*offset += end - start;
	return status;
}

static int read_ranges(struct lime_source *lime, struct fault *fault)
{
	uint64_t offset = 0;
	int status;

	do
		status = add_range(lime, &offset, fault);
	while (!status && offset < stream_size(lime->stream));
	if (status == -FAULT_CUT && !lime->source.info.range_count)
		return -(fault->code = FAULT_FORMAT);
	if (status == -FAULT_CUT)
		lime->cut = *fault;
	else if (status)
		return status;
	return 0;
}

static bool is_big_endian(const unsigned char *head)
{
	return get32(head, true) == LIME_MAGIC;
}

static int lime_source_read_headers(struct lime_source *lime, const struct machine *machine, struct fault *fault)
{
	struct info *info = &lime->source.info;
	const unsigned char *head;
	size_t have;
	int status = stream_spool(lime->stream, fault);

	info->format = "lime";
	info->version = LIME_VERSION;
	if (!status)
		status = raw_describe(info, machine, fault);
	if (status)
		return status;
	head = stream_peek(lime->stream, 4, &have, fault);
	if (!head)
		return -FAULT_READ;
	info->big_endian = have >= 4 && is_big_endian(head);
	status = read_ranges(lime, fault);
	if (status)
		return status;
	spans_make_disjoint(&lime->spans);
	info->pages = spans_frames(&lime->spans, info->page_size, &info->max_frame);
	return span_cursor_open(&lime->cursor, &lime->spans, lime->stream, info->page_size, fault);
}

static struct source *lime_source_open(struct stream *stream, const struct source_options *options, struct fault *fault)
{
	struct lime_source *lime = calloc(1, sizeof(*lime));

	if (!lime) {
		fault_memory(fault);
		return NULL;
	}
	lime->stream = stream;
	lime->source.next = lime_source_next;
	lime->source.rewind = lime_source_rewind;
	lime->source.seek = lime_source_seek;
	lime->source.fork = lime_source_fork;
	lime->source.map = lime_source_map;
	lime->source.close = lime_source_close;
	if (!lime_source_read_headers(lime, options->machine, fault))
		return &lime->source;
	lime_source_close(&lime->source);
	return NULL;
}

struct lime_sink {
	struct sink sink;
	struct output *output;
	uint32_t page_size;
	bool big_endian;
	struct pagemap *map;    /* the plan's */
	struct pagemap *starts; /* the first frame of each run of the page map: each run is a range */
	uint64_t first, end;    /* page frames of the run that put() used last */
	uint64_t announced;     /* the headers of all runs that start below this frame are written */
	uint64_t reached;       /* offset after the last page that was put */
};

static void lime_sink_close(struct sink *sink)
{
	struct lime_sink *lime = (struct lime_sink *)sink;

	pagemap_free(lime->starts);
	free(lime);
}

static int lime_sink_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	struct lime_sink *lime = (struct lime_sink *)sink;
	uint64_t first, count;

	lime->page_size = plan->info->page_size;
	lime->big_endian = plan->info->big_endian;
	lime->map = plan->map;
	lime->starts = pagemap_new();
	if (!lime->starts)
		return fault_memory(fault);
	for (uint64_t from = 0; pagemap_run(lime->map, from, &first, &count); from = first + count)
		if (pagemap_add(lime->starts, first, 1))
			return fault_memory(fault);
	pagemap_rank_prepare(lime->map);
	pagemap_rank_prepare(lime->starts);
	return plan->ascending ? 0 : output_spool(lime->output, fault);
}

/* The offset of a frame in the file: after the headers of all runs up to its own, and all frames below it. */
static uint64_t frame_offset(struct lime_sink *lime, uint64_t frame)
{
	return pagemap_rank(lime->starts, frame + 1) * HEADER + pagemap_rank(lime->map, frame) * lime->page_size;
}

/* Write the headers of the runs that start at or below a frame, unless they are written already. */
static int put_headers(struct lime_sink *lime, uint64_t frame, struct fault *fault)
{
	uint64_t first, count;
	int status = 0;

	while (!status && lime->announced <= frame && pagemap_run(lime->map, lime->announced, &first, &count) &&
	       first <= frame) {
		unsigned char header[HEADER] = { 0 };

		put32(header, lime->big_endian, LIME_MAGIC);
		put32(header + AT_VERSION, lime->big_endian, LIME_VERSION);
		put64(header + AT_FIRST, lime->big_endian, first * lime->page_size);
		put64(header + AT_LAST, lime->big_endian, (first + count) * lime->page_size - 1);
		status = output_write_at(lime->output, frame_offset(lime, first) - HEADER, header, HEADER, fault);
		lime->announced = first + count;
	}
	return status;
}

static int lime_sink_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct lime_sink *lime = (struct lime_sink *)sink;
	uint64_t frame = page->address / lime->page_size, left = page->pages, share, count, offset;
	const unsigned char *data = page->data;
	int status = 0;

	for (; left && !status; frame += share, left -= share) {
		if (frame < lime->first || frame >= lime->end) {
			if (!pagemap_run(lime->map, frame, &lime->first, &count) || lime->first != frame)
				return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, frame * lime->page_size,
						 "this page is not in the page map");
			lime->end = lime->first + count;
		}
		share = lime->end - frame < left ? lime->end - frame : left;
		offset = frame_offset(lime, frame);
		lime->reached = offset + share * lime->page_size;
		status = put_headers(lime, frame, fault);
		if (!status && data) {
			status = sparse_write(lime->output, offset, data, share * lime->page_size, lime->page_size,
					      fault);
			data += share * lime->page_size;
		}
	}
	return status;
}

/*
 * Extend the file over zero or lost pages at its end, which become a hole. A pipe of an incomplete dump ends after the
 * last page: the rest may be terabytes.
 */
static int lime_sink_finish(struct sink *sink, bool whole, struct fault *fault)
{
	struct lime_sink *lime = (struct lime_sink *)sink;
	uint64_t end = pagemap_total(lime->starts) * HEADER + pagemap_total(lime->map) * lime->page_size;
	int status;

	if (!whole && !output_seekable(lime->output))
		return output_write_at(lime->output, lime->reached, NULL, 0, fault);
	status = put_headers(lime, UINT64_MAX, fault);
	return status ? status : output_write_at(lime->output, end, NULL, 0, fault);
}

static struct sink *lime_sink_open(struct output *output, const struct sink_options *options, struct fault *fault)
{
	struct lime_sink *lime = calloc(1, sizeof(*lime));

	(void)options;
	if (!lime) {
		fault_memory(fault);
		return NULL;
	}
	lime->output = output;
	lime->sink = (struct sink){
		.needs = SINK_MAP | SINK_PLAIN,
		.begin = lime_sink_begin,
		.put = lime_sink_put,
		.finish = lime_sink_finish,
		.close = lime_sink_close,
	};
	return &lime->sink;
}

/* A LiME file of a version that cannot be read gets a bid, too, so that opening it reports the version. */
static unsigned lime_bid(const unsigned char *head, size_t size)
{
	if (size < AT_FIRST || (get32(head, false) != LIME_MAGIC && !is_big_endian(head)))
		return 0;
	return get32(head + AT_VERSION, is_big_endian(head)) == LIME_VERSION ? 64 : 32;
}

const struct format format_lime = {
	.name = "lime",
	.summary = "memory of the LiME module",
	.bid = lime_bid,
	.open_source = lime_source_open,
	.open_sink = lime_sink_open,
};
