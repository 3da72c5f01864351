/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes kdump-compressed files, header version 6. The page map gives the sizes of all that precedes the pages, so
 * pages are written one after the other as they come. Their descriptors, which precede them in the order of the frames,
 * are gathered in a buffer. When pages come in another order, all descriptors go to a temporary file first.
 *
 * A page of the page map that never came gets a descriptor without an offset, as makedumpfile leaves it when the file
 * system is full, and the header's status says "incomplete". Its flags say "compressed, no bytes", so that crash,
 * libkdumpfile and makedumpfile report an error for the page; for a raw page, some of them would return what is in
 * their buffers.
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
	uint64_t end;          /* offset of the next page */
	uint64_t zero;         /* offset of the page of zeros that all zero frames share; 0: not written yet */
	unsigned char *buffer; /* for bitmaps, then for descriptors */
	uint64_t rank;         /* of the first descriptor in the buffer */
	size_t count;          /* descriptors in the buffer */
	int spool;             /* temporary file of descriptors; -1: pages come ascending, so there is none */
	bool lost;             /* a page of the page map did not come */
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

/* Do readers that walk info's notes reach their end? Only then will they find a note after them. */
static bool are_notes_whole(const struct info *info)
{
	struct note note;
	size_t at = 0;

	while (notes_next(info->notes, info->notes_size, info->big_endian, &at, &note))
		;
	return at == info->notes_size && at % 4 == 0;
}

/*
 * Make a note of the memory ranges, to be the last one: a kdump file has no other place for them. The caller frees
 * *note; *size is 0 when there is none.
 */
static int make_ranges_note(const struct info *info, unsigned char **note, size_t *size, struct fault *fault)
{
	*note = NULL;
	*size = are_notes_whole(info) ? lkcd_ranges_size(info) : 0;
	if (!*size)
		return 0;
	*note = calloc(1, *size);
	if (!*note)
		return fault_memory(fault);
	lkcd_ranges_write(info, *note);
	return 0;
}

/*
 * phys_base: the physical address of the kernel text's base. From VMCOREINFO, or else from the memory range that maps
 * the kernel's text.
 */
static uint64_t find_phys_base(const struct info *info)
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

/* The place of VMCOREINFO's text in the file. It is one of the notes. */
static struct kdump_area find_vmcoreinfo(const struct info *info, uint64_t notes)
{
	struct note note;
	size_t at = 0;

	while (notes_next(info->notes, info->notes_size, info->big_endian, &at, &note))
		if (note_is(&note, "VMCOREINFO", 0))
			return (struct kdump_area){ notes + (uint64_t)(note.desc - info->notes), note.desc_size };
	return (struct kdump_area){ 0 };
}

/* A header with all fields but offsets and sizes. */
static struct kdump_header make_kdump_header(const struct info *info, const struct codec *codec, uint64_t frames)
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
		.phys_base = find_phys_base(info),
	};
	struct note note;

	if (!header.uts.machine[0] && info->machine)
		strcpy(header.uts.machine, info->machine->name);
	while (notes_prstatus(info, header.cpus, &note))
		header.cpus++;
	if (!header.cpus)
		header.cpus = 1; /* crash warns about 0 */
	return header;
}

/* Write header and sub header without the status field, which is known at the end only. */
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

static int compare_frames(const void *a, const void *b)
{
	const struct frames *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* List the frames that memory ranges touch: ascending and disjoint. The caller frees *list. */
static int list_memory_frames(const struct info *info, uint64_t below, struct frames **list, size_t *count,
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
	qsort(all, n, sizeof(*all), compare_frames);
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

/* Set the bits of frames in a piece of bitmap, which covers frames first to below last. */
static void set_frame_bits(unsigned char *bits, uint64_t first, uint64_t last, struct frames frames)
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
 * Write a bitmap of the page map's frames and those of an ascending list. Pieces without a bit set are skipped: they
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
			set_frame_bits(kdump->buffer, first, last, (struct frames){ at, at + run });
		for (; count && list->first < last; list++, count--) {
			set_frame_bits(kdump->buffer, first, last, *list);
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
	int status = list_memory_frames(info, header->frames, &memory, &count, fault);

	if (status)
		return status;
	status = write_bitmap(kdump, first, memory, count, fault);
	free(memory);
	first += (uint64_t)header->bitmap_blocks / 2 * header->block_size;
	return status ? status : write_bitmap(kdump, first, NULL, 0, fault);
}

/*
 * The number of page frames in the bitmaps. It includes frames at the machine's end that were not dumped, unless the
 * machine's claim is absurd.
 */
static uint64_t count_bitmap_frames(const struct sink_plan *plan)
{
	uint64_t end = pagemap_end(plan->map), machine = plan->info->max_frame;

	return machine > end && machine - end <= UINT32_MAX ? machine : end;
}

static int kdump_sink_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	struct kdump_sink *kdump = (struct kdump_sink *)sink;
	struct kdump_header *header = &kdump->header;
	uint64_t frames = count_bitmap_frames(plan), blocks = 2 * kdump_bitmap_blocks(frames, plan->info->page_size);
	unsigned char *ranges;
	size_t ranges_size;
	int status;

	kdump->map = plan->map;
	pagemap_rank_prepare(plan->map);
	if (!pagemap_total(plan->map))
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE, "there are no pages to write");
	if (frames > KDUMP_FRAMES_MAX || blocks > UINT32_MAX)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, (frames - 1) * plan->info->page_size,
				 "a kdump file's bitmaps cannot hold a page at this address");
	*header = make_kdump_header(plan->info, sink->codec, frames);
	header->bitmap_blocks = (uint32_t)blocks;
	status = kdump->writer->begin(kdump->writer, fault);
	if (!status && !plan->ascending) {
		kdump->spool = stream_temporary(fault);
		status = kdump->spool < 0 ? -fault->code : 0;
	}
	if (status)
		return status;
	status = make_ranges_note(plan->info, &ranges, &ranges_size, fault);
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

/* Write the descriptors in the buffer to the file, or to the temporary file. */
static int flush_descs(struct kdump_sink *kdump, struct fault *fault)
{
	uint64_t at = kdump->rank * KDUMP_DESC_SIZE;
	size_t size = kdump->count * KDUMP_DESC_SIZE;

	kdump->rank += kdump->count;
	kdump->count = 0;
	return kdump->spool < 0 ? write_at(kdump, kdump->descs + at, kdump->buffer, size, fault)
				: kdump_write_temporary(kdump->spool, at, kdump->buffer, size, fault);
}

static int append_desc(struct kdump_sink *kdump, struct kdump_desc desc, struct fault *fault)
{
	kdump_put_desc(kdump->buffer + kdump->count++ * KDUMP_DESC_SIZE, kdump->header.big_endian, desc);
	return kdump->count == DESCS ? flush_descs(kdump, fault) : 0;
}

static const struct kdump_desc lost = { .flags = KDUMP_ZLIB };

/* Move to the descriptor of a rank. When pages come ascending, the skipped ones are of lost pages. */
static int move_to_desc(struct kdump_sink *kdump, uint64_t rank, struct fault *fault)
{
	int status = 0;

	if (kdump->spool >= 0 && rank != kdump->rank + kdump->count) {
		status = flush_descs(kdump, fault);
		kdump->rank = rank;
	}
	while (!status && kdump->rank + kdump->count < rank) {
		status = append_desc(kdump, lost, fault);
		kdump->lost = true;
	}
	return status;
}

/* Write the page of zeros when the first zero frame comes. */
static int write_zero_page(struct kdump_sink *kdump, struct fault *fault)
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
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, page->address,
				 "this page is not in the page map, or out of order");
	if (!page->data) {
		status = write_zero_page(kdump, fault);
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
		status = move_to_desc(kdump, rank, fault);
	for (uint32_t i = 0; i < page->pages && !status; i++) {
		status = append_desc(kdump, desc, fault);
		if (page->data)
			desc.offset += desc.size;
	}
	return status;
}

/* Write the descriptors of the temporary file to their place, in one row. A page without one there is lost. */
static int write_spooled_descs(struct kdump_sink *kdump, uint64_t total, struct fault *fault)
{
	int status = flush_descs(kdump, fault), spool = kdump->spool;
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
			status = append_desc(kdump, desc.offset ? desc : lost, fault);
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
	int status = kdump->spool >= 0 ? write_spooled_descs(kdump, total, fault) : move_to_desc(kdump, total, fault);

	if (!status)
		status = flush_descs(kdump, fault);
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
