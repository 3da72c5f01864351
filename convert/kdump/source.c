/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads kdump-compressed files, whole or split into parts. The second bitmap is walked from first to last bit; the n-th
 * bit set has the n-th descriptor, so pages come ascending. Memory holds only a few windows into the files and, for
 * seeking, bit counts at some frames.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compress/codecs.h"
#include "convert/kdump/part.h"
#include "convert/kdump/source.h"
#include "convert/lkcd/lkcd.h"
#include "convert/lkcd/ranges.h"
#include "dump/iszero.h"
#include "dump/notes.h"
#include "dump/source.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"

#define NOTES_MAX (64u << 20)

struct kdump_source {
	struct source source;
	struct kdump_header header; /* of the first file given */
	struct kdump_windows *windows;
	struct kdump_part *parts; /* ascending */
	size_t part_count;

	size_t at;            /* the part that next() reads */
	uint64_t position;    /* the page frame where next() continues */
	uint64_t rank;        /* bits of this part set before position */
	uint64_t reported;    /* frames below this were delivered, or reported as missing */
	struct fault refused; /* reported by the first next(): notes that were left out; code 0: none */
	bool refused_reported;
	bool end_reported; /* next() has reported that the dump is incomplete */
};

/* The state of a page, by its descriptor. Up to PAGE_ZERO its data are in the file. */
enum desc_state { PAGE_PACKED, PAGE_PLAIN, PAGE_ZERO, PAGE_UNWRITTEN, PAGE_BEYOND, DESC_BEYOND, DESC_WRONG };

struct found_page {
	uint64_t frame;
	struct kdump_desc desc;
	enum desc_state state;
};

static void kdump_source_close(struct source *source)
{
	struct kdump_source *kdump = (struct kdump_source *)source;

	info_clear(&source->info);
	kdump_windows_free(kdump->windows);
	free(kdump->parts);
	free(kdump);
}

static enum desc_state classify_desc(const struct kdump_source *kdump, const struct kdump_part *part,
				     struct kdump_desc desc)
{
	uint32_t block_size = kdump->header.block_size;
	bool plain = !desc.flags;

	if (!desc.offset)
		return PAGE_UNWRITTEN;
	if (!kdump_codec_name(desc.flags) || !desc.size || (plain ? desc.size != block_size : desc.size >= block_size))
		return DESC_WRONG;
	if (!kdump_part_has(part, desc.offset, desc.size))
		return PAGE_BEYOND;
	return !plain ? PAGE_PACKED : desc.offset == part->zero ? PAGE_ZERO : PAGE_PLAIN;
}

/* Find the next dumped frame of this part, and its descriptor. Does not move. Returns 1, 0 at the part's end, or a
 * fault. */
static int find_desc(struct kdump_source *kdump, struct found_page *found, struct fault *fault)
{
	const struct kdump_part *part = &kdump->parts[kdump->at];
	uint64_t offset = part->descs + kdump->rank * KDUMP_DESC_SIZE;
	const unsigned char *bytes;

	if (kdump_part_find(part, kdump->position, part->end, true, &found->frame, fault))
		return -fault->code;
	if (found->frame == part->end)
		return 0;
	found->desc = (struct kdump_desc){ 0 };
	found->state = DESC_BEYOND;
	if (!kdump_part_has(part, offset, KDUMP_DESC_SIZE))
		return 1;
	bytes = kdump_part_view(part, offset, KDUMP_DESC_SIZE, fault);
	if (!bytes)
		return -fault->code;
	found->desc = kdump_get_desc(bytes, kdump->header.big_endian);
	found->state = classify_desc(kdump, part, found->desc);
	return 1;
}

static void move_past(struct kdump_source *kdump, const struct found_page *found)
{
	kdump->position = found->frame + 1;
	kdump->rank++;
}

/* Move past the frames of the same state that follow *first in memory and, for raw pages, in the file. */
static int join_run(struct kdump_source *kdump, const struct found_page *first, uint32_t most, uint32_t *pages,
		    struct fault *fault)
{
	uint64_t offset = first->desc.offset;
	struct found_page next;
	int status = 0;

	for (*pages = 1; *pages < most; ++*pages) {
		status = find_desc(kdump, &next, fault);
		if (status <= 0 || next.state != first->state || next.frame != first->frame + *pages)
			break;
		offset += next.desc.size;
		if (next.state == PAGE_PLAIN && next.desc.offset != offset)
			break;
		move_past(kdump, &next);
	}
	return status < 0 ? status : 0;
}

/* In a split dump, put the file's name before the fault. */
static int name_part(const struct kdump_source *kdump, const struct kdump_part *part, struct fault *fault)
{
	return kdump->part_count > 1 ? fault_prepend(fault, "%s", stream_name(part->stream)) : -fault->code;
}

/* Report a lost page. Pages lost in the same way, one after the other, are reported once. */
static int report_lost(struct kdump_source *kdump, const struct found_page *first, struct fault *fault)
{
	const struct kdump_part *part = &kdump->parts[kdump->at];
	uint64_t address = first->frame * kdump->header.block_size, count = 1;
	uint64_t offset = part->descs + (kdump->rank - 1) * KDUMP_DESC_SIZE;
	struct found_page next;
	int status = 0;

	if (first->state == DESC_WRONG) {
		fault_set(fault, FAULT_DAMAGED, offset, address,
			  "its descriptor has size %" PRIu32 " and flags 0x%" PRIx32
			  ", which cannot be with pages of %" PRIu32 " bytes",
			  first->desc.size, first->desc.flags, kdump->header.block_size);
		fault_mark(fault, RULE_SHAPE, 1, KDUMP_DESC_SIZE);
		return name_part(kdump, part, fault);
	}
	while ((status = find_desc(kdump, &next, fault)) > 0 && next.state == first->state) {
		move_past(kdump, &next);
		count++;
	}
	if (status < 0)
		return status;
	if (first->state == PAGE_UNWRITTEN)
		fault_set(fault, FAULT_DAMAGED, offset, address,
			  "the first of %" PRIu64 " pages that were never written to the dump", count);
	else if (first->state == PAGE_BEYOND)
		fault_set(fault, FAULT_DAMAGED, first->desc.offset, address,
			  "the first of %" PRIu64 " pages that are beyond the end of the file", count);
	else
		fault_set(fault, FAULT_DAMAGED, offset, address,
			  "the first of %" PRIu64 " pages whose descriptors are beyond the end of the file", count);
	fault_mark(fault, first->state == PAGE_UNWRITTEN ? RULE_UNWRITTEN : RULE_CUT, count, 0);
	return name_part(kdump, part, fault);
}

/* Deliver a page, joined with those after it where possible. */
static int fill_kdump_page(struct kdump_source *kdump, const struct found_page *first, struct page *page,
			   struct fault *fault)
{
	struct kdump_part *part = &kdump->parts[kdump->at];
	uint32_t block_size = kdump->header.block_size;
	uint32_t most = block_size < KDUMP_WINDOW_SIZE ? KDUMP_WINDOW_SIZE / block_size : 1;
	const char *codec = kdump_codec_name(first->desc.flags);

	*page = (struct page){ .address = first->frame * block_size, .pages = 1, .offset = first->desc.offset };
	if (first->state == PAGE_ZERO)
		return join_run(kdump, first, PAGE_RUN_MAX, &page->pages, fault) ? -fault->code : 1;
	if (first->state == PAGE_PACKED) {
		page->bytes = first->desc.size;
		page->codec = codecs_find(codec);
		if (!page->codec)
			return fault_set(fault, FAULT_CANNOT, page->offset, page->address,
					 "this page is compressed with %s, which this build cannot decompress", codec);
	} else {
		if (join_run(kdump, first, most, &page->pages, fault))
			return -fault->code;
		page->bytes = page->pages * block_size;
	}
	page->data = kdump_part_view(part, page->offset, page->bytes, fault);
	if (!page->data)
		return -fault->code;
	if (!page->codec && iszero(page->data, block_size))
		part->zero = page->offset; /* makedumpfile and QEMU store one page of zeros for all */
	return 1;
}

/*
 * Report page frames from kdump->reported to below end, which are in none of the given files of a split dump. The
 * bitmap of each part covers the whole dump, so any part shows them.
 */
static int report_gap(struct kdump_source *kdump, const struct kdump_part *part, uint64_t end, struct fault *fault)
{
	uint64_t from = kdump->reported, first, count;

	if (from >= end)
		return 0;
	kdump->reported = end;
	if (kdump_part_count(part, from, end, &count, fault) || kdump_part_find(part, from, end, true, &first, fault))
		return -fault->code;
	if (!count)
		return 0;
	fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, first * kdump->header.block_size,
		  "the first of %" PRIu64 " pages that are in a file of the split dump that was not given", count);
	return fault_mark(fault, RULE_PART, count, 0);
}

static void start_part(struct kdump_source *kdump, size_t at)
{
	kdump->at = at;
	kdump->position = at < kdump->part_count ? kdump->parts[at].start : 0;
	kdump->rank = 0;
}

/* All parts are read: report missing frames at the end, and a dump marked as incomplete. */
static int report_dump_end(struct kdump_source *kdump, struct fault *fault)
{
	int status = report_gap(kdump, &kdump->parts[kdump->part_count - 1], kdump->header.frames, fault);

	if (status || !(kdump->header.status & KDUMP_INCOMPLETE) || kdump->end_reported)
		return status;
	kdump->end_reported = true;
	fault_set(fault, FAULT_CUT, kdump_status_offset(&kdump->header), FAULT_NOWHERE,
		  "the tool that wrote this dump marked it as incomplete: it ran out of space, or lost pages");
	return fault_mark(fault, RULE_INCOMPLETE, 0, 0);
}

static int kdump_source_next(struct source *source, struct page *page, struct fault *fault)
{
	struct kdump_source *kdump = (struct kdump_source *)source;

	if (kdump->refused.code && !kdump->refused_reported) {
		*fault = kdump->refused;
		kdump->refused_reported = true;
		return -fault->code;
	}
	while (kdump->at < kdump->part_count) {
		const struct kdump_part *part = &kdump->parts[kdump->at];
		struct found_page found;
		int status = report_gap(kdump, part, part->start, fault);

		if (!status)
			status = find_desc(kdump, &found, fault);
		if (status < 0)
			return status;
		if (status) {
			bool there = found.state <= PAGE_ZERO;

			move_past(kdump, &found);
			return there ? fill_kdump_page(kdump, &found, page, fault) : report_lost(kdump, &found, fault);
		}
		kdump->reported = part->end;
		start_part(kdump, kdump->at + 1);
	}
	return report_dump_end(kdump, fault);
}

static int kdump_source_seek(struct source *source, uint64_t address, struct fault *fault)
{
	struct kdump_source *kdump = (struct kdump_source *)source;
	uint64_t frame = address / kdump->header.block_size;
	size_t at = 0;

	while (at < kdump->part_count && kdump->parts[at].end <= frame)
		at++;
	start_part(kdump, at);
	if (at == kdump->part_count) {
		kdump->reported = kdump->header.frames;
		return 0;
	}
	kdump->reported = frame;
	if (frame > kdump->position)
		kdump->position = frame;
	return kdump_part_rank(&kdump->parts[at], kdump->position, &kdump->rank, fault);
}

static int kdump_source_rewind(struct source *source, struct fault *fault)
{
	struct kdump_source *kdump = (struct kdump_source *)source;

	(void)fault;
	kdump->refused_reported = kdump->end_reported = false;
	for (size_t i = 0; i < kdump->part_count; i++)
		kdump->parts[i].zero = 0;
	kdump->reported = 0;
	start_part(kdump, 0);
	return 0;
}

static void kdump_fork_close(struct source *source)
{
	struct kdump_source *fork = (struct kdump_source *)source;

	kdump_windows_free(fork->windows);
	free(fork->parts);
	free(fork);
}

/* Windows read at an offset and do not move the stream, so forks share the streams. */
static struct source *kdump_source_fork(struct source *source, struct fault *fault)
{
	struct kdump_source *kdump = (struct kdump_source *)source, *fork = source_copy(source, sizeof(*kdump), fault);

	if (!fork)
		return NULL;
	fork->source.close = kdump_fork_close;
	fork->windows = kdump_windows_new();
	fork->parts = calloc(kdump->part_count, sizeof(*fork->parts));
	if (!fork->windows || !fork->parts) {
		fault_memory(fault);
		kdump_fork_close(&fork->source);
		return NULL;
	}
	memcpy(fork->parts, kdump->parts, kdump->part_count * sizeof(*fork->parts));
	for (size_t i = 0; i < fork->part_count; i++)
		fork->parts[i].windows = fork->windows;
	kdump_source_rewind(&fork->source, fault);
	return &fork->source;
}

/* Is the end of the part missing? Then only descriptors show which pages are there. */
static int check_truncated(struct kdump_source *kdump, size_t at, bool *cut, struct fault *fault)
{
	const struct kdump_part *part = &kdump->parts[at];
	struct found_page last;

	*cut = kdump->header.status & KDUMP_INCOMPLETE;
	if (*cut || !part->pages)
		return 0;
	start_part(kdump, at);
	kdump->rank = part->pages - 1; /* of the last frame: its number does not matter, only its descriptor */
	if (find_desc(kdump, &last, fault) < 0)
		return -fault->code;
	*cut = last.state > PAGE_ZERO;
	return 0;
}

static int map_by_bitmap(const struct kdump_part *part, struct pagemap *map, struct fault *fault)
{
	uint64_t first, end = part->start;

	while (end < part->end) {
		if (kdump_part_find(part, end, part->end, true, &first, fault) ||
		    kdump_part_find(part, first, part->end, false, &end, fault))
			return -fault->code;
		if (pagemap_add(map, first, end - first))
			return fault_memory(fault);
	}
	return 0;
}

static int map_by_descs(struct kdump_source *kdump, size_t at, struct pagemap *map, struct fault *fault)
{
	struct found_page found;
	int status;

	start_part(kdump, at);
	while ((status = find_desc(kdump, &found, fault)) > 0) {
		if (found.state <= PAGE_ZERO && pagemap_add(map, found.frame, 1))
			return fault_memory(fault);
		move_past(kdump, &found);
	}
	return status;
}

static int kdump_source_map(struct source *source, struct pagemap *map, bool *ascending, struct fault *fault)
{
	struct kdump_source *kdump = (struct kdump_source *)source;
	bool any_cut = false;
	int status = 0;

	*ascending = true;
	for (size_t i = 0; i < kdump->part_count && !status; i++) {
		bool cut;

		status = check_truncated(kdump, i, &cut, fault);
		if (!status)
			status = cut ? map_by_descs(kdump, i, map, fault) : map_by_bitmap(&kdump->parts[i], map, fault);
		any_cut |= cut;
	}
	start_part(kdump, 0);
	if (status || !any_cut)
		return status;
	return fault_set(fault, FAULT_CUT, FAULT_NOWHERE, FAULT_NOWHERE, "the dump is truncated");
}

static bool is_same_split(const struct kdump_header *a, const struct kdump_header *b)
{
	return a->bits == b->bits && a->big_endian == b->big_endian && a->version == b->version &&
	       a->frames == b->frames && a->block_size == b->block_size && a->bitmap_blocks == b->bitmap_blocks &&
	       a->seconds == b->seconds && a->microseconds == b->microseconds &&
	       !memcmp(&a->uts, &b->uts, sizeof(a->uts));
}

static int compare_parts(const void *a, const void *b)
{
	const struct kdump_part *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Open a file of the dump. A part without pages is checked, but not kept. */
static int add_part(struct kdump_source *kdump, struct stream *stream, struct fault *fault)
{
	struct kdump_header *first = &kdump->header, header;
	struct kdump_part *part = &kdump->parts[kdump->part_count];
	int status = kdump_part_open(part, stream, kdump->windows, &header, fault);

	if (status)
		return status;
	if (!first->bits)
		*first = header;
	if (header.split != first->split || !is_same_split(first, &header))
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "is not a part of the split dump that the first file belongs to");
	first->status |= header.status;
	if (!header.split || part->start < part->end)
		kdump->part_count++;
	return 0;
}

/* Open all files. kdump->parts has room for them. */
static int add_parts(struct kdump_source *kdump, struct stream *stream, const struct source_options *options,
		     struct fault *fault)
{
	struct kdump_part *parts = kdump->parts;

	if (add_part(kdump, stream, fault))
		return -fault->code;
	if (options->part_count && !kdump->header.split)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "is a whole dump, not a part of a split one: give no further files");
	for (size_t i = 0; i < options->part_count; i++)
		if (add_part(kdump, options->parts[i], fault))
			return fault_prepend(fault, "%s", stream_name(options->parts[i]));
	qsort(parts, kdump->part_count, sizeof(*parts), compare_parts);
	for (size_t i = 1; i < kdump->part_count; i++)
		if (parts[i].start < parts[i - 1].end)
			return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, parts[i].start * kdump->header.block_size,
					 "%s and %s are the same part of a split dump, or overlap",
					 stream_name(parts[i - 1].stream), stream_name(parts[i].stream));
	if (!kdump->part_count)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "is a part without pages of a split dump: give the other files, too");
	return 0;
}

/*
 * Read a piece of the first file into *bytes, which the caller frees. *bytes is NULL for an impossible piece: it is
 * left out, and next() reports it.
 */
static int read_piece(struct kdump_source *kdump, struct stream *stream, struct kdump_area area, const char *what,
		      unsigned char **bytes, struct fault *fault)
{
	const struct kdump_part file = { .stream = stream };

	*bytes = NULL;
	if (!area.offset || !area.size)
		return 0;
	if (area.size > NOTES_MAX || !kdump_part_has(&file, area.offset, area.size)) {
		fault_set(&kdump->refused, FAULT_DAMAGED, area.offset, FAULT_NOWHERE,
			  "%s of 0x%" PRIx64 " bytes are not in the file, and are left out", what, area.size);
		fault_mark(&kdump->refused, RULE_NOTES, 0, 0);
		return 0;
	}
	*bytes = malloc(area.size);
	if (!*bytes)
		return fault_memory(fault);
	return stream_read_at(stream, area.offset, *bytes, area.size, fault);
}

/* Add the dump's notes, and the memory ranges if they are the last note. */
static int add_notes(struct kdump_source *kdump, const unsigned char *notes, size_t size, struct fault *fault)
{
	struct info *info = &kdump->source.info;
	struct note note;
	size_t at = 0, own = size, refused = 0;
	int status = 0;

	while (notes_next(notes, size, info->big_endian, &at, &note))
		if (note.end == size && note_is(&note, "LKCD", LKCD_NOTE_RANGES))
			own = note.start;
	if (own < size)
		status = lkcd_ranges_read(&note, info, &refused, fault);
	if (refused) {
		info->range_count = 0;
		fault_set(&kdump->refused, FAULT_DAMAGED, kdump->header.notes.offset + own, FAULT_NOWHERE,
			  "the note of memory ranges is damaged, and is left out");
		fault_mark(&kdump->refused, RULE_NOTES, 0, size - own);
	}
	return status ? status : info_add_notes(info, notes, own, fault);
}

static bool has_vmcoreinfo(const struct info *info)
{
	struct note note;
	size_t at = 0;

	while (notes_next(info->notes, info->notes_size, info->big_endian, &at, &note))
		if (note_is(&note, "VMCOREINFO", 0))
			return true;
	return false;
}

/* Read the notes. Files of header version 3 have none, only VMCOREINFO's text. */
static int read_kdump_notes(struct kdump_source *kdump, struct stream *stream, struct fault *fault)
{
	const struct kdump_header *header = &kdump->header;
	struct info *info = &kdump->source.info;
	unsigned char *bytes;
	int status = read_piece(kdump, stream, header->notes, "notes", &bytes, fault);

	if (!status && bytes)
		status = add_notes(kdump, bytes, header->notes.size, fault);
	free(bytes);
	if (status || has_vmcoreinfo(info))
		return status;
	status = read_piece(kdump, stream, header->vmcoreinfo, "VMCOREINFO", &bytes, fault);
	if (!status && bytes)
		status = notes_add(info, "VMCOREINFO", 0, bytes, header->vmcoreinfo.size, fault);
	free(bytes);
	return status;
}

static int fill_kdump_info(struct kdump_source *kdump, struct stream *stream, struct fault *fault)
{
	const struct kdump_header *header = &kdump->header;
	struct info *info = &kdump->source.info;
	const char *codec = kdump_codec_name(header->status & ~(uint32_t)(KDUMP_INCOMPLETE | KDUMP_NO_VMEMMAP));
	int status;

	info->format = "kdump";
	info->version = header->version;
	info->bits = header->bits;
	info->big_endian = header->big_endian;
	status = read_kdump_notes(kdump, stream, fault);
	if (!status && header->diskdump)
		status = info_add_unknown(info, fault, "registers: those of old diskdump files are not read");
	if (status)
		return status;
	info->machine = machine_by_name(header->uts.machine);
	notes_describe(info);
	info->page_size = header->block_size;
	if (header->uts.release[0]) /* QEMU fills the machine only */
		info->uts = header->uts;
	if (header->seconds) {
		info->seconds = header->seconds;
		info->microseconds = header->microseconds;
	}
	info->codec = codec ? codecs_find(codec) : NULL;
	info->max_frame = header->frames;
	for (size_t i = 0; i < kdump->part_count; i++)
		info->pages += kdump->parts[i].pages;
	return 0;
}

static int kdump_source_read_headers(struct kdump_source *kdump, struct stream *stream,
				     const struct source_options *options, struct fault *fault)
{
	int status;

	kdump->windows = kdump_windows_new();
	kdump->parts = calloc(1 + options->part_count, sizeof(*kdump->parts));
	if (!kdump->windows || !kdump->parts)
		return fault_memory(fault);
	status = add_parts(kdump, stream, options, fault);
	for (size_t i = 0; i < kdump->part_count && !status; i++)
		status = kdump_part_index(&kdump->parts[i], fault);
	if (status)
		return status;
	start_part(kdump, 0);
	return fill_kdump_info(kdump, stream, fault);
}

struct source *kdump_source_open(struct stream *stream, const struct source_options *options, struct fault *fault)
{
	struct kdump_source *kdump = calloc(1, sizeof(*kdump));

	if (!kdump) {
		fault_memory(fault);
		return NULL;
	}
	kdump->source.next = kdump_source_next;
	kdump->source.rewind = kdump_source_rewind;
	kdump->source.seek = kdump_source_seek;
	kdump->source.fork = kdump_source_fork;
	kdump->source.map = kdump_source_map;
	kdump->source.close = kdump_source_close;
	kdump->source.abilities = SOURCE_PACKED;
	if (!kdump_source_read_headers(kdump, stream, options, fault))
		return &kdump->source;
	kdump_source_close(&kdump->source);
	return NULL;
}
