/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading kdump-compressed files, alone or as the parts of a split set. The second bitmap is walked from its first
 * bit to its last, and the n-th bit that is set has the n-th descriptor, so pages come ascending. Nothing is held in
 * memory but a few windows into the files, and counts of the bits before some places of the bitmap, for seeking.
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

	size_t at;            /* the part that next() is in */
	uint64_t position;    /* the page frame that it goes on with */
	uint64_t rank;        /* bits of this part that are set before position */
	uint64_t told;        /* frames below this were served, or told to be missing */
	struct fault refused; /* told by the first next(): notes that were left out */
	bool refused_told;
	bool ended; /* it was told that the dump is incomplete */
};

/* What a descriptor says of its page. */
enum finding { PAGE_PACKED, PAGE_PLAIN, PAGE_ZERO, PAGE_UNWRITTEN, PAGE_BEYOND, DESC_BEYOND, DESC_WRONG };

struct found {
	uint64_t frame;
	struct kdump_desc desc;
	enum finding finding;
};

static void kdump_source_close(struct source *source)
{
	struct kdump_source *kdump = (struct kdump_source *)source;

	source_clear(source);
	kdump_windows_free(kdump->windows);
	free(kdump->parts);
	free(kdump);
}

static enum finding judge(const struct kdump_source *kdump, const struct kdump_part *part, struct kdump_desc desc)
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

/* The next frame of this part and its descriptor, without moving. Returns 1, 0 at the end of the part, or a fault. */
static int find(struct kdump_source *kdump, struct found *found, struct fault *fault)
{
	const struct kdump_part *part = &kdump->parts[kdump->at];
	uint64_t offset = part->descs + kdump->rank * KDUMP_DESC_SIZE;
	const unsigned char *bytes;

	if (kdump_part_find(part, kdump->position, part->end, true, &found->frame, fault))
		return -fault->code;
	if (found->frame == part->end)
		return 0;
	found->desc = (struct kdump_desc){ 0 };
	found->finding = DESC_BEYOND;
	if (!kdump_part_has(part, offset, KDUMP_DESC_SIZE))
		return 1;
	bytes = kdump_part_look(part, offset, KDUMP_DESC_SIZE, fault);
	if (!bytes)
		return -fault->code;
	found->desc = kdump_get_desc(bytes, kdump->header.big_endian);
	found->finding = judge(kdump, part, found->desc);
	return 1;
}

static void pass(struct kdump_source *kdump, const struct found *found)
{
	kdump->position = found->frame + 1;
	kdump->rank++;
}

/* Pass the frames of the same finding that follow *first in memory and, for plain pages, in the file. */
static int join(struct kdump_source *kdump, const struct found *first, uint32_t most, uint32_t *pages,
		struct fault *fault)
{
	uint64_t offset = first->desc.offset;
	struct found next;
	int status = 0;

	for (*pages = 1; *pages < most; ++*pages) {
		status = find(kdump, &next, fault);
		if (status <= 0 || next.finding != first->finding || next.frame != first->frame + *pages)
			break;
		offset += next.desc.size;
		if (next.finding == PAGE_PLAIN && next.desc.offset != offset)
			break;
		pass(kdump, &next);
	}
	return status < 0 ? status : 0;
}

/* A fault of a split set names the file. */
static int told_of(const struct kdump_source *kdump, const struct kdump_part *part, struct fault *fault)
{
	return kdump->part_count > 1 ? fault_prepend(fault, "%s", stream_name(part->stream)) : -fault->code;
}

/* A page that is lost. What befalls many pages is told once for all that follow each other in the file. */
static int lose(struct kdump_source *kdump, const struct found *first, struct fault *fault)
{
	const struct kdump_part *part = &kdump->parts[kdump->at];
	uint64_t address = first->frame * kdump->header.block_size, count = 1;
	uint64_t offset = part->descs + (kdump->rank - 1) * KDUMP_DESC_SIZE;
	struct found next;
	int status = 0;

	if (first->finding == DESC_WRONG) {
		fault_set(fault, FAULT_DAMAGED, offset, address,
			  "its descriptor has size %" PRIu32 " and flags 0x%" PRIx32
			  ", which cannot be with pages of %" PRIu32 " bytes",
			  first->desc.size, first->desc.flags, kdump->header.block_size);
		fault_mark(fault, RULE_SHAPE, 1, KDUMP_DESC_SIZE);
		return told_of(kdump, part, fault);
	}
	while ((status = find(kdump, &next, fault)) > 0 && next.finding == first->finding) {
		pass(kdump, &next);
		count++;
	}
	if (status < 0)
		return status;
	if (first->finding == PAGE_UNWRITTEN)
		fault_set(fault, FAULT_DAMAGED, offset, address,
			  "the first of %" PRIu64 " pages that were never written to the dump", count);
	else if (first->finding == PAGE_BEYOND)
		fault_set(fault, FAULT_DAMAGED, first->desc.offset, address,
			  "the first of %" PRIu64 " pages that stand behind the end of the file", count);
	else
		fault_set(fault, FAULT_DAMAGED, offset, address,
			  "the first of %" PRIu64 " pages whose descriptors stand behind the end of the file", count);
	fault_mark(fault, first->finding == PAGE_UNWRITTEN ? RULE_UNWRITTEN : RULE_CUT, count, 0);
	return told_of(kdump, part, fault);
}

/* A page that is there, and those that can be joined to it. */
static int serve(struct kdump_source *kdump, const struct found *first, struct page *page, struct fault *fault)
{
	struct kdump_part *part = &kdump->parts[kdump->at];
	uint32_t block_size = kdump->header.block_size;
	uint32_t most = block_size < KDUMP_WINDOW_SIZE ? KDUMP_WINDOW_SIZE / block_size : 1;
	const char *codec = kdump_codec_name(first->desc.flags);

	*page = (struct page){ .address = first->frame * block_size, .pages = 1, .offset = first->desc.offset };
	if (first->finding == PAGE_ZERO)
		return join(kdump, first, PAGE_RUN_MAX, &page->pages, fault) ? -fault->code : 1;
	if (first->finding == PAGE_PACKED) {
		page->bytes = first->desc.size;
		page->codec = codecs_find(codec);
		if (!page->codec)
			return fault_set(fault, FAULT_CANNOT, page->offset, page->address,
					 "this page is packed with %s, which this build cannot unpack", codec);
	} else {
		if (join(kdump, first, most, &page->pages, fault))
			return -fault->code;
		page->bytes = page->pages * block_size;
	}
	page->data = kdump_part_look(part, page->offset, page->bytes, fault);
	if (!page->data)
		return -fault->code;
	if (!page->codec && iszero(page->data, block_size))
		part->zero = page->offset; /* makedumpfile and QEMU let all zero pages point at one */
	return 1;
}

/*
 * Page frames from told to below end are in no file of a split set. The bitmap of a part tells of them: it is that of
 * the whole dump.
 */
static int tell_gap(struct kdump_source *kdump, const struct kdump_part *part, uint64_t end, struct fault *fault)
{
	uint64_t from = kdump->told, first, count;

	if (from >= end)
		return 0;
	kdump->told = end;
	if (kdump_part_count(part, from, end, &count, fault) || kdump_part_find(part, from, end, true, &first, fault))
		return -fault->code;
	if (!count)
		return 0;
	fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, first * kdump->header.block_size,
		  "the first of %" PRIu64 " pages that are in a file of the split dump that was not given", count);
	return fault_mark(fault, RULE_PART, count, 0);
}

static void enter(struct kdump_source *kdump, size_t at)
{
	kdump->at = at;
	kdump->position = at < kdump->part_count ? kdump->parts[at].start : 0;
	kdump->rank = 0;
}

/* All parts are read. */
static int next_end(struct kdump_source *kdump, struct fault *fault)
{
	int status = tell_gap(kdump, &kdump->parts[kdump->part_count - 1], kdump->header.frames, fault);

	if (status || !(kdump->header.status & KDUMP_INCOMPLETE) || kdump->ended)
		return status;
	kdump->ended = true;
	fault_set(fault, FAULT_CUT, kdump_status_offset(&kdump->header), FAULT_NOWHERE,
		  "the tool that wrote this dump marked it as incomplete: it ran out of space, or lost pages");
	return fault_mark(fault, RULE_INCOMPLETE, 0, 0);
}

static int kdump_source_next(struct source *source, struct page *page, struct fault *fault)
{
	struct kdump_source *kdump = (struct kdump_source *)source;

	if (kdump->refused.code && !kdump->refused_told) {
		*fault = kdump->refused;
		kdump->refused_told = true;
		return -fault->code;
	}
	while (kdump->at < kdump->part_count) {
		const struct kdump_part *part = &kdump->parts[kdump->at];
		struct found found;
		int status = tell_gap(kdump, part, part->start, fault);

		if (!status)
			status = find(kdump, &found, fault);
		if (status < 0)
			return status;
		if (status) {
			bool there = found.finding <= PAGE_ZERO;

			pass(kdump, &found);
			return there ? serve(kdump, &found, page, fault) : lose(kdump, &found, fault);
		}
		kdump->told = part->end;
		enter(kdump, kdump->at + 1);
	}
	return next_end(kdump, fault);
}

static int kdump_source_seek(struct source *source, uint64_t address, struct fault *fault)
{
	struct kdump_source *kdump = (struct kdump_source *)source;
	uint64_t frame = address / kdump->header.block_size;
	size_t at = 0;

	while (at < kdump->part_count && kdump->parts[at].end <= frame)
		at++;
	enter(kdump, at);
	if (at == kdump->part_count) {
		kdump->told = kdump->header.frames;
		return 0;
	}
	kdump->told = frame;
	if (frame > kdump->position)
		kdump->position = frame;
	return kdump_part_rank(&kdump->parts[at], kdump->position, &kdump->rank, fault);
}

static int kdump_source_rewind(struct source *source, struct fault *fault)
{
	struct kdump_source *kdump = (struct kdump_source *)source;

	(void)fault;
	kdump->refused_told = kdump->ended = false;
	for (size_t i = 0; i < kdump->part_count; i++)
		kdump->parts[i].zero = 0;
	kdump->told = 0;
	enter(kdump, 0);
	return 0;
}

static void kdump_fork_close(struct source *source)
{
	struct kdump_source *fork = (struct kdump_source *)source;

	kdump_windows_free(fork->windows);
	free(fork->parts);
	free(fork);
}

/* Windows read at an offset and leave the position of a stream alone, so the streams can be shared. */
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

/* Is something missing at the end of the part? Then only its descriptors tell which pages there are. */
static int is_cut(struct kdump_source *kdump, size_t at, bool *cut, struct fault *fault)
{
	const struct kdump_part *part = &kdump->parts[at];
	struct found last;

	*cut = kdump->header.status & KDUMP_INCOMPLETE;
	if (*cut || !part->pages)
		return 0;
	enter(kdump, at);
	kdump->rank = part->pages - 1; /* of the last frame, whichever it is: only the descriptor matters */
	if (find(kdump, &last, fault) < 0)
		return -fault->code;
	*cut = last.finding > PAGE_ZERO;
	return 0;
}

static int map_whole(const struct kdump_part *part, struct pagemap *map, struct fault *fault)
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

static int map_cut(struct kdump_source *kdump, size_t at, struct pagemap *map, struct fault *fault)
{
	struct found found;
	int status;

	enter(kdump, at);
	while ((status = find(kdump, &found, fault)) > 0) {
		if (found.finding <= PAGE_ZERO && pagemap_add(map, found.frame, 1))
			return fault_memory(fault);
		pass(kdump, &found);
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

		status = is_cut(kdump, i, &cut, fault);
		if (!status)
			status = cut ? map_cut(kdump, i, map, fault) : map_whole(&kdump->parts[i], map, fault);
		any_cut |= cut;
	}
	enter(kdump, 0);
	if (status || !any_cut)
		return status;
	return fault_set(fault, FAULT_CUT, FAULT_NOWHERE, FAULT_NOWHERE, "the dump is cut short");
}

static bool is_same_dump(const struct kdump_header *a, const struct kdump_header *b)
{
	return a->bits == b->bits && a->big_endian == b->big_endian && a->version == b->version &&
	       a->frames == b->frames && a->block_size == b->block_size && a->bitmap_blocks == b->bitmap_blocks &&
	       a->seconds == b->seconds && a->microseconds == b->microseconds &&
	       !memcmp(&a->uts, &b->uts, sizeof(a->uts));
}

static int part_compare(const void *a, const void *b)
{
	const struct kdump_part *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Add a file. One without pages is checked, and left out. */
static int add_part(struct kdump_source *kdump, struct stream *stream, struct fault *fault)
{
	struct kdump_header *first = &kdump->header, header;
	struct kdump_part *part = &kdump->parts[kdump->part_count];
	int status = kdump_part_open(part, stream, kdump->windows, &header, fault);

	if (status)
		return status;
	if (!first->bits)
		*first = header;
	if (header.split != first->split || !is_same_dump(first, &header))
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "is not a part of the split dump that the first file belongs to");
	first->status |= header.status;
	if (!header.split || part->start < part->end)
		kdump->part_count++;
	return 0;
}

/* parts has room for all files. */
static int add_parts(struct kdump_source *kdump, struct stream *stream, const struct source_options *options,
		     struct fault *fault)
{
	struct kdump_part *parts = kdump->parts;

	if (add_part(kdump, stream, fault))
		return -fault->code;
	if (options->part_count && !kdump->header.split)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "is a whole dump, not a part of a split one: it takes no further files");
	for (size_t i = 0; i < options->part_count; i++)
		if (add_part(kdump, options->parts[i], fault))
			return fault_prepend(fault, "%s", stream_name(options->parts[i]));
	qsort(parts, kdump->part_count, sizeof(*parts), part_compare);
	for (size_t i = 1; i < kdump->part_count; i++)
		if (parts[i].start < parts[i - 1].end)
			return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, parts[i].start * kdump->header.block_size,
					 "%s and %s are the same part of a split dump, or overlap",
					 stream_name(parts[i - 1].stream), stream_name(parts[i].stream));
	if (!kdump->part_count)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "is a part without pages of a split dump: name the other files, too");
	return 0;
}

/*
 * Bytes of the first file into *bytes, which is the caller's to free. A piece that cannot be is told by next(), and
 * left out.
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

/* The dump's own notes, and the ranges if they stand behind them. */
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

/* Notes; files of header version 3, which have none, hold VMCOREINFO's text by itself. */
static int read_notes(struct kdump_source *kdump, struct stream *stream, struct fault *fault)
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

static int learn(struct kdump_source *kdump, struct stream *stream, struct fault *fault)
{
	const struct kdump_header *header = &kdump->header;
	struct info *info = &kdump->source.info;
	const char *codec = kdump_codec_name(header->status & ~(uint32_t)(KDUMP_INCOMPLETE | KDUMP_NO_VMEMMAP));
	int status;

	info->format = "kdump";
	info->version = header->version;
	info->bits = header->bits;
	info->big_endian = header->big_endian;
	status = read_notes(kdump, stream, fault);
	if (!status && header->diskdump)
		status = info_add_unknown(info, fault, "registers: those of old diskdump files are not read");
	if (status)
		return status;
	info->machine = machine_by_name(header->uts.machine);
	notes_describe(info);
	info->page_size = header->block_size;
	if (header->uts.release[0]) /* QEMU only says the machine */
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

static int kdump_source_learn(struct kdump_source *kdump, struct stream *stream, const struct source_options *options,
			      struct fault *fault)
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
	enter(kdump, 0);
	return learn(kdump, stream, fault);
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
	if (!kdump_source_learn(kdump, stream, options, fault))
		return &kdump->source;
	kdump_source_close(&kdump->source);
	return NULL;
}
