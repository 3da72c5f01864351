/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes ELF vmcores. The file holds each page frame once, ascending; program headers keep the source's order and
 * virtual addresses, and those that describe the same memory point at the same bytes. Holes of fewer than HOLE_FRAMES
 * frames are filled with zeros, as makedumpfile does, so that a filtered dump does not need a program header for every
 * other page; in a new file these zeros are not allocated.
 *
 * Layout: ELF header, section header 0 (only when the program headers are too many for the ELF header), program
 * headers, notes, pages from the next page boundary on.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "convert/elf/elf.h"
#include "convert/elf/sink.h"
#include "dump/array.h"
#include "dump/sparse.h"
#include "lkcd/machine.h"

#define HOLE_FRAMES 256
#define OVERLAPS_MAX 16 /* program headers for a page, on average; a damaged file may have any number */

/* Page frames that are contiguous in the file. */
struct segment {
	uint64_t first, end; /* page frames */
	uint64_t offset;     /* in the file */
};

struct elf_sink {
	struct sink sink;
	struct output *output;
	struct elf_kind kind;
	uint32_t page_size;
	struct segment *segments; /* ascending */
	size_t segment_count, segment_room;
	size_t recent;             /* the segment of the last page: usually that of the next one, too */
	uint64_t phnum, phnum_max; /* PT_LOADs and the PT_NOTE */
	uint64_t notes_offset, data_offset;
	uint64_t reached; /* offset after the last page that was put */
};

static void elf_sink_close(struct sink *sink)
{
	struct elf_sink *elf = (struct elf_sink *)sink;

	free(elf->segments);
	free(elf);
}

/* Make segments of the page map's runs, with small holes filled. Offsets are from the start of the data. */
static int make_segments(struct elf_sink *elf, struct pagemap *map, struct fault *fault)
{
	uint64_t first, count, offset = 0;

	for (uint64_t from = 0; pagemap_run(map, from, &first, &count); from = first + count) {
		struct segment *last = elf->segment_count ? &elf->segments[elf->segment_count - 1] : NULL;

		if (last && first - last->end < HOLE_FRAMES) {
			last->end = first + count;
			continue;
		}
		if (last)
			offset += (last->end - last->first) * elf->page_size;
		if (array_grow(&elf->segments, &elf->segment_room, elf->segment_count + 1, sizeof(*elf->segments),
			       fault))
			return -fault->code;
		elf->segments[elf->segment_count++] = (struct segment){ first, first + count, offset };
	}
	return 0;
}

/* The first segment that ends after the frame; segment_count when there is none. */
static size_t find_segment(const struct elf_sink *elf, uint64_t frame)
{
	size_t low = 0, high = elf->segment_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (elf->segments[middle].end <= frame)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Called for each PT_LOAD to write; returns 0 or a fault. */
typedef int load_fn(struct elf_sink *elf, struct range piece, uint64_t offset, struct fault *fault);

/* Call load for each piece of a memory range that has pages: it becomes a program header. */
static int visit_pieces(struct elf_sink *elf, const struct range *range, load_fn *load, struct fault *fault)
{
	uint64_t end = range->physical + range->size;
	int status = 0;

	for (size_t i = find_segment(elf, range->physical / elf->page_size); i < elf->segment_count && !status; i++) {
		const struct segment *segment = &elf->segments[i];
		uint64_t low = segment->first * elf->page_size, high = segment->end * elf->page_size;
		uint64_t from = low > range->physical ? low : range->physical, to = high < end ? high : end;
		struct range piece = { from, 0, to - from };

		if (low >= end)
			break;
		/* virtual address 0 of a range above physical 0 means not known as well */
		if (range->virtual != RANGE_NOT_MAPPED && (range->virtual || !range->physical))
			piece.virtual = range->virtual + (from - range->physical);
		status = load(elf, piece, elf->data_offset + segment->offset + (from - low), fault);
	}
	return status;
}

static int visit_loads(struct elf_sink *elf, const struct info *info, load_fn *load, struct fault *fault)
{
	static const struct range everything = { 0, RANGE_NOT_MAPPED, PAGE_ADDRESS_LIMIT };
	int status = 0;

	if (!info->range_count)
		return visit_pieces(elf, &everything, load, fault);
	for (size_t i = 0; i < info->range_count && !status; i++)
		status = visit_pieces(elf, &info->ranges[i], load, fault);
	return status;
}

static int count_load(struct elf_sink *elf, struct range piece, uint64_t offset, struct fault *fault)
{
	(void)offset;
	if (elf->phnum++ < elf->phnum_max)
		return 0;
	return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, piece.physical,
			 "the same memory is described too often for an ELF file: more than %" PRIu64
			 " program headers",
			 elf->phnum_max);
}

static int put_phdr(struct elf_sink *elf, const GElf_Phdr *phdr, struct fault *fault)
{
	unsigned char bytes[ELF_HEADER_MAX];

	if (!elf_put_phdr(elf->kind, phdr, bytes))
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, phdr->p_paddr,
				 "memory at 0x%" PRIx64 " cannot be described in a %u-bit ELF file",
				 (uint64_t)phdr->p_paddr, elf->kind.bits);
	return output_write(elf->output, bytes, elf_phdr_size(elf->kind), fault);
}

static int put_load(struct elf_sink *elf, struct range piece, uint64_t offset, struct fault *fault)
{
	GElf_Phdr phdr = {
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | PF_X,
		.p_offset = offset,
		.p_vaddr = piece.virtual,
		.p_paddr = piece.physical,
		.p_filesz = piece.size,
		.p_memsz = piece.size,
	};

	return put_phdr(elf, &phdr, fault);
}

static int put_ehdr(struct elf_sink *elf, const struct info *info, struct fault *fault)
{
	unsigned char bytes[ELF_HEADER_MAX];
	bool many = elf->phnum >= PN_XNUM;
	uint64_t start = elf_ehdr_size(elf->kind), section = elf_shdr_size(elf->kind);
	GElf_Ehdr ehdr = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, elf->kind.bits == 64 ? ELFCLASS64 : ELFCLASS32,
			     elf->kind.big_endian ? ELFDATA2MSB : ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = info->machine ? info->machine->elf : EM_NONE,
		.e_version = EV_CURRENT,
		.e_phoff = many ? start + section : start,
		.e_shoff = many ? start : 0,
		.e_ehsize = (uint16_t)start,
		.e_phentsize = (uint16_t)elf_phdr_size(elf->kind),
		.e_phnum = many ? PN_XNUM : (uint16_t)elf->phnum,
		.e_shentsize = many ? (uint16_t)section : 0,
		.e_shnum = many,
	};
	GElf_Shdr shdr = { .sh_type = SHT_NULL, .sh_size = many, .sh_info = (uint32_t)elf->phnum };
	int status;

	elf_put_ehdr(elf->kind, &ehdr, bytes);
	status = output_write(elf->output, bytes, start, fault);
	if (status || !many)
		return status;
	elf_put_shdr(elf->kind, &shdr, bytes);
	return output_write(elf->output, bytes, section, fault);
}

/* Count the program headers, and compute the offsets of notes and data. */
static int compute_offsets(struct elf_sink *elf, const struct info *info, struct fault *fault)
{
	uint64_t headers = elf_ehdr_size(elf->kind);
	int status;

	elf->phnum = 1;
	elf->phnum_max = OVERLAPS_MAX * (info->range_count + elf->segment_count + 1);
	if (elf->phnum_max > UINT32_MAX)
		elf->phnum_max = UINT32_MAX;
	status = visit_loads(elf, info, count_load, fault);
	if (status)
		return status;
	if (elf->phnum >= PN_XNUM)
		headers += elf_shdr_size(elf->kind);
	elf->notes_offset = headers + elf->phnum * elf_phdr_size(elf->kind);
	elf->data_offset = elf->notes_offset + info->notes_size;
	elf->data_offset += (elf->page_size - elf->data_offset % elf->page_size) % elf->page_size;
	return 0;
}

static int elf_sink_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	struct elf_sink *elf = (struct elf_sink *)sink;
	const struct info *info = plan->info;
	GElf_Phdr notes = { .p_type = PT_NOTE, .p_filesz = info->notes_size, .p_memsz = info->notes_size };
	int status;

	elf->kind = (struct elf_kind){ info->bits == 32 ? 32 : 64, info->big_endian };
	elf->page_size = info->page_size;
	status = make_segments(elf, plan->map, fault);
	if (!status)
		status = compute_offsets(elf, info, fault);
	if (!status && !plan->ascending)
		status = output_spool(elf->output, fault);
	if (!status)
		status = put_ehdr(elf, info, fault);
	notes.p_offset = elf->notes_offset;
	if (!status)
		status = put_phdr(elf, &notes, fault);
	if (!status)
		status = visit_loads(elf, info, put_load, fault);
	if (!status && info->notes_size)
		status = output_write(elf->output, info->notes, info->notes_size, fault);
	return status;
}

static int elf_sink_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct elf_sink *elf = (struct elf_sink *)sink;
	uint64_t frame = page->address / elf->page_size, left = page->pages;
	const unsigned char *data = page->data;
	int status = 0;

	while (left && !status) {
		const struct segment *segment = &elf->segments[elf->recent];
		uint64_t share, offset;

		if (elf->recent >= elf->segment_count || frame < segment->first || frame >= segment->end) {
			elf->recent = find_segment(elf, frame);
			segment = &elf->segments[elf->recent];
			if (elf->recent >= elf->segment_count || frame < segment->first)
				return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, frame * elf->page_size,
						 "this page is not in the page map");
		}
		share = segment->end - frame < left ? segment->end - frame : left;
		offset = elf->data_offset + segment->offset + (frame - segment->first) * elf->page_size;
		if (data) {
			status = sparse_write(elf->output, offset, data, share * elf->page_size, elf->page_size, fault);
			data += share * elf->page_size;
		}
		elf->reached = offset + share * elf->page_size;
		frame += share;
		left -= share;
	}
	return status;
}

/*
 * Extend the file over zero or lost pages at its end, which become a hole. A pipe has no holes: of an incomplete dump
 * it ends after the last page, for the rest may be terabytes, and its reader then sees that it is truncated.
 */
static int elf_sink_finish(struct sink *sink, bool whole, struct fault *fault)
{
	struct elf_sink *elf = (struct elf_sink *)sink;
	const struct segment *last = elf->segment_count ? &elf->segments[elf->segment_count - 1] : NULL;
	uint64_t end = elf->data_offset;

	if (!whole && !output_seekable(elf->output))
		end = elf->reached > end ? elf->reached : end;
	else if (last)
		end += last->offset + (last->end - last->first) * elf->page_size;
	return output_write_at(elf->output, end, NULL, 0, fault);
}

struct sink *elf_sink_open(struct output *output, const struct sink_options *options, struct fault *fault)
{
	struct elf_sink *elf = calloc(1, sizeof(*elf));

	(void)options;
	if (!elf) {
		fault_memory(fault);
		return NULL;
	}
	elf->output = output;
	elf->sink = (struct sink){
		.needs = SINK_MAP | SINK_PLAIN,
		.begin = elf_sink_begin,
		.put = elf_sink_put,
		.finish = elf_sink_finish,
		.close = elf_sink_close,
	};
	return &elf->sink;
}
