/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing kdump-compressed files, header version 6. Everything before the pages is known when the map is, so pages
 * are written as they come, behind each other; their descriptors, which stand before them in the order of the frames,
 * are gathered in a buffer. When pages come in another order, all descriptors go to a temporary file first.
 *
 * A page that the map announced and that never came has a descriptor without an offset, as makedumpfile leaves it
 * when the file system is full, and the status says "incomplete". Its flags say that it is packed, in no bytes, so
 * that crash, libkdumpfile and makedumpfile report an error when asked for the page: for a plain one, some of them
 * would give what their buffers hold.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/kdump/kdump.h"
#include "convert/kdump/sink.h"
#include "convert/lkcd/ranges.h"
#include "dump/notes.h"
#include "lkcd/codec.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"
#include "lkcd/stream.h"

#define BUFFER_SIZE (64u << 10)
#define DESCS (BUFFER_SIZE / KDUMP_DESC_SIZE)

/* Page frames first to below end. */
struct frames {
	uint64_t first, end;
};

struct kdump_sink {
	struct sink sink;
	struct kdump_writer *writer;
	struct pagemap *map;
	struct kdump_header header;
	uint64_t descs;        /* offset of the descriptors */
	uint64_t end;          /* offset where the next page goes */
	uint64_t zero;         /* offset of the zero page that all zero frames share; 0: there is none yet */
	unsigned char *buffer; /* of descriptors, and for bitmaps before */
	uint64_t rank;         /* of the first descriptor in the buffer */
	size_t count;          /* descriptors in the buffer */
	int spool;             /* descriptors in their order; -1: pages come ascending, so there is none */
	bool lost;
};

static void kdump_sink_close(struct sink *sink)
{
	struct kdump_sink *kdump = (struct kdump_sink *)sink;

	if (kdump->spool >= 0)
		close(kdump->spool);
	kdump->writer->close(kdump->writer);
	free(kdump->buffer);
	free(kdump);
}

static int write_at(struct kdump_sink *kdump, uint64_t offset, const void *data, size_t size, struct fault *fault)
{
	return size ? kdump->writer->write_at(kdump->writer, offset, data, size, fault) : 0;
}

/* --- headers --- */

/* Does a walk over info's notes reach their end? Then it will also find a note behind them. */
static bool notes_are_whole(const struct info *info)
{
	struct note note;
	size_t at = 0;

	while (notes_next(info->notes, info->notes_size, info->big_endian, &at, &note))
		;
	return at == info->notes_size && at % 4 == 0;
}

/*
 * The ranges as the last note, for a kdump file has no other place for them. The caller frees *note; size 0: there is
 * none.
 */
static int make_ranges(const struct info *info, unsigned char **note, size_t *size, struct fault *fault)
{
	*note = NULL;
	*size = notes_are_whole(info) ? lkcd_ranges_size(info) : 0;
	if (!*size)
		return 0;
	*note = calloc(1, *size);
	if (!*note)
		return fault_memory(fault);
	lkcd_ranges_write(info, *note);
	return 0;
}

/*
 * What must be added to the kernel text's addresses less their base to get physical ones. VMCOREINFO tells it; where
 * it does not, the range does that maps the kernel's text.
 */
static uint64_t phys_base(const struct info *info)
{
	uint64_t value, text = info->machine ? info->machine->text_base : 0;

	if (notes_vmcoreinfo_number(info, "NUMBER(phys_base)", 10, &value))
		return value;
	if (!text)
		return 0;
	for (size_t i = 0; i < info->range_count; i++)
		if (info->ranges[i].virtual >= text && info->ranges[i].virtual != RANGE_NOT_MAPPED)
			return info->ranges[i].physical - (info->ranges[i].virtual - text);
	return 0;
}

/* Where VMCOREINFO's text stands in the file: among the notes. */
static struct kdump_area find_vmcoreinfo(const struct info *info, uint64_t notes)
{
	struct note note;
	size_t at = 0;

	while (notes_next(info->notes, info->notes_size, info->big_endian, &at, &note))
		if (note_is(&note, "VMCOREINFO", 0))
			return (struct kdump_area){ notes + (uint64_t)(note.desc - info->notes), note.desc_size };
	return (struct kdump_area){ 0 };
}

/* What can be said before it is known where things stand. */
static struct kdump_header describe(const struct info *info, const struct codec *codec, uint64_t frames)
{
	struct kdump_header header = {
		.bits = info->bits == 32 ? 32 : 64,
		.big_endian = info->big_endian,
		.padded = !info->machine || !info->machine->u64_align_4,
		.version = KDUMP_VERSION,
		.uts = info->uts,
		.seconds = info->seconds,
		.microseconds = info->microseconds,
		.status = codec ? kdump_codec_flag(codec->name) : 0,
		.block_size = info->page_size,
		.frames = frames,
		.phys_base = phys_base(info),
	};
	struct note note;

	if (!header.uts.machine[0] && info->machine)
		strcpy(header.uts.machine, info->machine->name);
	while (notes_prstatus(info, header.cpus, &note))
		header.cpus++;
	if (!header.cpus)
		header.cpus = 1; /* crash warns of 0 */
	return header;
}

/* Header and sub header, but for the status: that is known in the end. */
static int write_headers(struct kdump_sink *kdump, const struct info *info, const unsigned char *ranges,
			 size_t ranges_size, struct fault *fault)
{
	struct kdump_header *header = &kdump->header;
	unsigned char bytes[KDUMP_HEADER_SIZE] = { 0 }, sub[KDUMP_SUB_HEADER_MAX] = { 0 };
	uint64_t at = kdump_status_offset(header), notes = header->block_size + kdump_put_sub_header(header, sub);
	uint64_t size = info->notes_size + ranges_size;
	int status;

	header->sub_blocks = (uint32_t)((notes + size - 1) / header->block_size);
	header->notes = (struct kdump_area){ size ? notes : 0, size };
	header->vmcoreinfo = find_vmcoreinfo(info, notes);
	kdump_put_header(header, bytes);
	kdump_put_sub_header(header, sub);
	status = write_at(kdump, 0, bytes, (size_t)at, fault);
	if (!status)
		status = write_at(kdump, at + 4, bytes + at + 4, sizeof(bytes) - (size_t)at - 4, fault);
	if (!status)
		status = write_at(kdump, header->block_size, sub, (size_t)(notes - header->block_size), fault);
	if (!status)
		status = write_at(kdump, notes, info->notes, info->notes_size, fault);
	return status ? status : write_at(kdump, notes + info->notes_size, ranges, ranges_size, fault);
}

/* --- bitmaps --- */

static int frames_compare(const void *a, const void *b)
{
	const struct frames *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* The frames that ranges touch, ascending and apart from each other. The caller frees *list. */
static int memory_frames(const struct info *info, uint64_t below, struct frames **list, size_t *count,
			 struct fault *fault)
{
	size_t n = 0, kept = 0;
	struct frames *all = calloc(info->range_count + 1, sizeof(*all));

	if (!all)
		return fault_memory(fault);
	for (size_t i = 0; i < info->range_count && !info->ranges_made; i++) {
		const struct range *range = &info->ranges[i];
		uint64_t first = range->physical / info->page_size;
		uint64_t end = range->size ? (range->physical + range->size - 1) / info->page_size + 1 : first;

		end = end < below ? end : below;
		if (first < end)
			all[n++] = (struct frames){ first, end };
	}
	qsort(all, n, sizeof(*all), frames_compare);
	for (size_t i = 0; i < n; i++) {
		if (kept && all[i].first <= all[kept - 1].end)
			all[kept - 1].end = all[i].end > all[kept - 1].end ? all[i].end : all[kept - 1].end;
		else
			all[kept++] = all[i];
	}
	*list = all;
	*count = kept;
	return 0;
}

/* Set bits in the piece of a bitmap that is for frames first to below last. */
static void set_bits(unsigned char *bits, uint64_t first, uint64_t last, struct frames frames)
{
	uint64_t from = frames.first > first ? frames.first - first : 0;
	uint64_t end = (frames.end < last ? frames.end : last) - first;

	for (; from < end && from % 8; from++)
		bits[from / 8] |= (unsigned char)(1u << from % 8);
	if (from < end) {
		memset(bits + from / 8, 0xff, (size_t)(end / 8 - from / 8));
		from = end - end % 8;
	}
	for (; from < end; from++)
		bits[from / 8] |= (unsigned char)(1u << from % 8);
}

/*
 * Write a bitmap of the map's frames and those of a list, which ascends. Pieces without any are passed over: they
 * read as zero.
 */
static int write_bitmap(struct kdump_sink *kdump, uint64_t offset, const struct frames *list, size_t count,
			struct fault *fault)
{
	uint64_t step = BUFFER_SIZE * 8, first = 0, last, frames = kdump->header.frames, at, run;
	int status = 0;

	for (; !status; first = last) {
		bool more = pagemap_run(kdump->map, first, &at, &run);

		if (count && (!more || list->first < at))
			at = list->first > first ? list->first : first;
		if (!more && !count)
			break;
		first = at - at % step;
		last = first + step < frames ? first + step : frames;
		memset(kdump->buffer, 0, BUFFER_SIZE);
		for (uint64_t from = first; pagemap_run(kdump->map, from, &at, &run) && at < last; from = at + run)
			set_bits(kdump->buffer, first, last, (struct frames){ at, at + run });
		for (; count && list->first < last; list++, count--) {
			set_bits(kdump->buffer, first, last, *list);
			if (list->end > last)
				break;
		}
		status = write_at(kdump, offset + first / 8, kdump->buffer, (size_t)(last - first + 7) / 8, fault);
	}
	return status;
}

static int write_bitmaps(struct kdump_sink *kdump, const struct info *info, struct fault *fault)
{
	const struct kdump_header *header = &kdump->header;
	uint64_t first = (1 + (uint64_t)header->sub_blocks) * header->block_size;
	struct frames *memory = NULL;
	size_t count = 0;
	int status = memory_frames(info, header->frames, &memory, &count, fault);

	if (status)
		return status;
	status = write_bitmap(kdump, first, memory, count, fault);
	free(memory);
	first += (uint64_t)header->bitmap_blocks / 2 * header->block_size;
	return status ? status : write_bitmap(kdump, first, NULL, 0, fault);
}

/*
 * The number of page frames that the bitmaps are for. The machine's last ones need not have been dumped, but they are
 * not believed in any number.
 */
static uint64_t frame_count(const struct sink_plan *plan)
{
	uint64_t end = pagemap_end(plan->map), machine = plan->info->max_frame;

	return machine > end && machine - end <= UINT32_MAX ? machine : end;
}

static int kdump_sink_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	struct kdump_sink *kdump = (struct kdump_sink *)sink;
	struct kdump_header *header = &kdump->header;
	uint64_t frames = frame_count(plan), blocks = 2 * kdump_bitmap_blocks(frames, plan->info->page_size);
	unsigned char *ranges;
	size_t ranges_size;
	int status;

	kdump->map = plan->map;
	pagemap_rank_prepare(plan->map);
	if (!pagemap_total(plan->map))
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE, "there are no pages to write");
	if (frames > KDUMP_FRAMES_MAX || blocks > UINT32_MAX)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, (frames - 1) * plan->info->page_size,
				 "a page at this address is out of reach for the bitmaps of a kdump file");
	*header = describe(plan->info, sink->codec, frames);
	header->bitmap_blocks = (uint32_t)blocks;
	status = kdump->writer->begin(kdump->writer, fault);
	if (!status && !plan->ascending) {
		kdump->spool = stream_temporary(fault);
		status = kdump->spool < 0 ? -fault->code : 0;
	}
	if (status)
		return status;
	status = make_ranges(plan->info, &ranges, &ranges_size, fault);
	if (!status)
		status = write_headers(kdump, plan->info, ranges, ranges_size, fault);
	free(ranges);
	if (!status)
		status = write_bitmaps(kdump, plan->info, fault);
	kdump->descs = (1 + (uint64_t)header->sub_blocks + blocks) * header->block_size;
	kdump->end = kdump->descs + pagemap_total(plan->map) * KDUMP_DESC_SIZE;
	return status;
}

/* --- pages --- */

/* The descriptors in the buffer go to their place. */
static int flush(struct kdump_sink *kdump, struct fault *fault)
{
	uint64_t at = kdump->rank * KDUMP_DESC_SIZE;
	size_t size = kdump->count * KDUMP_DESC_SIZE;

	kdump->rank += kdump->count;
	kdump->count = 0;
	return kdump->spool < 0 ? write_at(kdump, kdump->descs + at, kdump->buffer, size, fault)
				: kdump_write_temporary(kdump->spool, at, kdump->buffer, size, fault);
}

static int append(struct kdump_sink *kdump, struct kdump_desc desc, struct fault *fault)
{
	kdump_put_desc(kdump->buffer + kdump->count++ * KDUMP_DESC_SIZE, kdump->header.big_endian, desc);
	return kdump->count == DESCS ? flush(kdump, fault) : 0;
}

static const struct kdump_desc lost = { .flags = KDUMP_ZLIB };

/* Go on with the descriptor of a rank: those that were passed over are lost, when pages come ascending. */
static int move_to(struct kdump_sink *kdump, uint64_t rank, struct fault *fault)
{
	int status = 0;

	if (kdump->spool >= 0 && rank != kdump->rank + kdump->count) {
		status = flush(kdump, fault);
		kdump->rank = rank;
	}
	while (!status && kdump->rank + kdump->count < rank) {
		status = append(kdump, lost, fault);
		kdump->lost = true;
	}
	return status;
}

/* The zero page, when the first zero frame comes. */
static int need_zero(struct kdump_sink *kdump, struct fault *fault)
{
	size_t size = kdump->header.block_size;
	void *page = kdump->zero ? NULL : calloc(1, size);
	int status;

	if (kdump->zero)
		return 0;
	if (!page)
		return fault_memory(fault);
	kdump->zero = kdump->end;
	kdump->end += size;
	status = write_at(kdump, kdump->zero, page, size, fault);
	free(page);
	return status;
}

static int kdump_sink_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct kdump_sink *kdump = (struct kdump_sink *)sink;
	struct kdump_desc desc = { kdump->end, kdump->header.block_size, 0 };
	uint64_t frame = page->address / kdump->header.block_size, rank = pagemap_rank(kdump->map, frame);
	int status = 0;

	if (pagemap_count(kdump->map, frame, page->pages) != page->pages ||
	    (kdump->spool < 0 && rank < kdump->rank + kdump->count))
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, page->address, "this page came unannounced");
	if (!page->data) {
		status = need_zero(kdump, fault);
		desc.offset = kdump->zero;
	} else {
		status = write_at(kdump, kdump->end, page->data, page->bytes, fault);
		kdump->end += page->bytes;
	}
	if (page->codec) {
		desc.size = page->bytes;
		desc.flags = kdump_codec_flag(page->codec->name);
	}
	if (!status)
		status = move_to(kdump, rank, fault);
	for (uint32_t i = 0; i < page->pages && !status; i++) {
		status = append(kdump, desc, fault);
		if (page->data)
			desc.offset += desc.size;
	}
	return status;
}

/* From the temporary file to their place, all in one row. What was never written there is lost. */
static int unspool(struct kdump_sink *kdump, uint64_t total, struct fault *fault)
{
	int status = flush(kdump, fault), spool = kdump->spool;
	unsigned char bytes[KDUMP_DESC_SIZE * 64];

	kdump->spool = -1;
	kdump->rank = 0;
	for (uint64_t done = 0; done < total && !status; done += 64) {
		uint64_t left = total - done < 64 ? total - done : 64;

		memset(bytes, 0, sizeof(bytes)); /* the temporary file may end before the last descriptors */
		if (pread(spool, bytes, (size_t)left * KDUMP_DESC_SIZE, (off_t)(done * KDUMP_DESC_SIZE)) < 0)
			status = fault_set_errno(fault, FAULT_READ, FAULT_NOWHERE, "cannot read the temporary file");
		for (uint64_t i = 0; i < left && !status; i++) {
			struct kdump_desc desc = kdump_get_desc(bytes + i * KDUMP_DESC_SIZE, kdump->header.big_endian);

			kdump->lost |= !desc.offset;
			status = append(kdump, desc.offset ? desc : lost, fault);
		}
	}
	close(spool);
	return status;
}

static int kdump_sink_finish(struct sink *sink, bool whole, struct fault *fault)
{
	struct kdump_sink *kdump = (struct kdump_sink *)sink;
	uint64_t total = pagemap_total(kdump->map);
	unsigned char bytes[4];
	int status = kdump->spool >= 0 ? unspool(kdump, total, fault) : move_to(kdump, total, fault);

	if (!status)
		status = flush(kdump, fault);
	if (kdump->lost || !whole)
		kdump->header.status |= KDUMP_INCOMPLETE;
	put32(bytes, kdump->header.big_endian, kdump->header.status);
	if (!status)
		status = write_at(kdump, kdump_status_offset(&kdump->header), bytes, sizeof(bytes), fault);
	return status ? status : kdump->writer->finish(kdump->writer, fault);
}

struct sink *kdump_sink_open(struct kdump_writer *writer, const struct sink_options *options, struct fault *fault)
{
	struct kdump_sink *kdump = calloc(1, sizeof(*kdump));
	unsigned char *buffer = malloc(BUFFER_SIZE);

	if (!kdump || !buffer) {
		free(kdump);
		free(buffer);
		writer->close(writer);
		fault_memory(fault);
		return NULL;
	}
	kdump->writer = writer;
	kdump->buffer = buffer;
	kdump->spool = -1;
	kdump->sink = (struct sink){
		.needs = SINK_MAP,
		.window = 1, /* the page size, which is not known yet */
		.codec = options->codec,
		.begin = kdump_sink_begin,
		.put = kdump_sink_put,
		.finish = kdump_sink_finish,
		.close = kdump_sink_close,
	};
	return &kdump->sink;
}
