/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads ELF vmcores. PT_LOADs may overlap, be in any order and end inside pages; they become disjoint spans in
 * ascending physical order. Where two overlap, the one that starts lower wins: in /proc/vmcore that is the direct map,
 * which holds the kernel text a second time. So pages always ascend, from a pipe as from a file; a pipe in another
 * order is spooled.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "convert/elf/elf.h"
#include "convert/elf/source.h"
#include "convert/memory/spans.h"
#include "dump/array.h"
#include "dump/notes.h"
#include "dump/source.h"
#include "lkcd/machine.h"

#define CLAIMED_MAX (UINT64_C(16) << 40) /* bytes of memory that a pipe may claim without being spooled */
#define NOTES_PART (1u << 20)
#define NOTES_MAX (64u << 20) /* bytes; device dumps can be tens of megabytes, more is damage */

struct elf_source {
	struct source source;
	struct stream *stream;
	struct elf_kind kind;
	GElf_Ehdr ehdr;
	uint64_t phnum;
	GElf_Phdr *note_segments;
	size_t note_count, note_room;
	struct spans spans; /* a fork's cursor reads those of the first source */
	struct span_cursor cursor;
	struct fault refused; /* reported by the first next(): segments that were left out */
	uint64_t refused_count;
	bool refused_reported;
};

static void elf_source_close(struct source *source)
{
	struct elf_source *elf = (struct elf_source *)source;

	info_clear(&source->info);
	span_cursor_close(&elf->cursor);
	free(elf->note_segments);
	spans_clear(&elf->spans);
	free(elf);
}

/* Read bytes of the headers. A pipe is only peeked, so that it can still be spooled. */
static int read_header_bytes(struct elf_source *elf, uint64_t offset, void *out, size_t size, struct fault *fault)
{
	const unsigned char *head;
	size_t have;

	if (!stream_seekable(elf->stream) && (offset > STREAM_PEEK_MAX || size > STREAM_PEEK_MAX - offset)) {
		int status = stream_spool(elf->stream, fault);

		if (status)
			return status;
	}
	if (stream_seekable(elf->stream))
		return stream_read_at(elf->stream, offset, out, size, fault);
	head = stream_peek(elf->stream, (size_t)offset + size, &have, fault);
	if (!head)
		return -FAULT_READ;
	if (have < offset + size)
		return fault_set(fault, FAULT_CUT, have, FAULT_NOWHERE, "the input ends here");
	memcpy(out, head + offset, size);
	return 0;
}

/* An ELF file with truncated headers cannot be used: make truncation -FAULT_FORMAT. */
static int fail_headers(struct fault *fault, const char *what)
{
	if (fault_status(fault->code) == 1)
		fault->code = FAULT_FORMAT;
	return fault_prepend(fault, "%s", what);
}

static int read_ehdr(struct elf_source *elf, struct fault *fault)
{
	unsigned char bytes[ELF_HEADER_MAX];

	if (read_header_bytes(elf, 0, bytes, EI_NIDENT, fault))
		return fail_headers(fault, "ELF header");
	elf->kind.bits = bytes[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	elf->kind.big_endian = bytes[EI_DATA] == ELFDATA2MSB;
	if (read_header_bytes(elf, 0, bytes, elf_ehdr_size(elf->kind), fault))
		return fail_headers(fault, "ELF header");
	if (!elf_get_ehdr(elf->kind, bytes, &elf->ehdr))
		return fault_set(fault, FAULT_FORMAT, 0, FAULT_NOWHERE, "ELF header: %s", elf_errmsg(-1));
	if (elf->ehdr.e_type != ET_CORE)
		return fault_set(fault, FAULT_FORMAT, 16, FAULT_NOWHERE, "an ELF file of type %u, not a core (type %u)",
				 elf->ehdr.e_type, ET_CORE);
	return 0;
}

/* Read the number of program headers. Section header 0 has it if it does not fit 16 bits (ELF gABI, PN_XNUM). */
static int read_phnum(struct elf_source *elf, struct fault *fault)
{
	unsigned char bytes[ELF_HEADER_MAX];
	uint64_t size = stream_size(elf->stream), each = elf_phdr_size(elf->kind);
	GElf_Shdr shdr;

	elf->phnum = elf->ehdr.e_phnum;
	if (elf->phnum == PN_XNUM) {
		if (read_header_bytes(elf, elf->ehdr.e_shoff, bytes, elf_shdr_size(elf->kind), fault))
			return fail_headers(fault, "section header 0, which counts the program headers");
		if (!elf_get_shdr(elf->kind, bytes, &shdr))
			return fault_set(fault, FAULT_FORMAT, elf->ehdr.e_shoff, FAULT_NOWHERE, "section header 0: %s",
					 elf_errmsg(-1));
		elf->phnum = shdr.sh_info;
	}
	if (elf->ehdr.e_phentsize != each)
		return fault_set(fault, FAULT_FORMAT, 0, FAULT_NOWHERE,
				 "program headers of %u bytes, expected %" PRIu64, elf->ehdr.e_phentsize, each);
	if (size != STREAM_SIZE_UNKNOWN && (elf->ehdr.e_phoff > size || elf->phnum > (size - elf->ehdr.e_phoff) / each))
		return fault_set(fault, FAULT_FORMAT, elf->ehdr.e_phoff, FAULT_NOWHERE,
				 "%" PRIu64 " program headers do not fit the file of %" PRIu64 " bytes", elf->phnum,
				 size);
	return 0;
}

/* Leave out an impossible segment, and report it; the others may still be good. */
static int refuse_segment(struct elf_source *elf, uint64_t number, const GElf_Phdr *phdr)
{
	if (!elf->refused_count++) {
		fault_set(&elf->refused, FAULT_DAMAGED, elf->ehdr.e_phoff + number * elf_phdr_size(elf->kind),
			  FAULT_NOWHERE,
			  "program header %" PRIu64 " is left out: it claims 0x%" PRIx64
			  " bytes of memory at 0x%" PRIx64,
			  number, (uint64_t)phdr->p_memsz, (uint64_t)phdr->p_paddr);
		fault_mark(&elf->refused, RULE_SEGMENT, 0, elf_phdr_size(elf->kind));
	}
	return 0;
}

static int add_load(struct elf_source *elf, uint64_t number, const GElf_Phdr *phdr, struct fault *fault)
{
	uint64_t none = elf->kind.bits == 64 ? UINT64_MAX : UINT32_MAX;
	struct span span = { phdr->p_paddr, 0, phdr->p_offset };
	uint64_t memory = phdr->p_memsz > phdr->p_filesz ? phdr->p_memsz : phdr->p_filesz;
	struct range range = { phdr->p_paddr, phdr->p_vaddr, memory };
	int status = 0;

	if (phdr->p_paddr == none || !memory) /* /proc/kcore: this means no physical address */
		return 0;
	if (phdr->p_paddr >= PAGE_ADDRESS_LIMIT || memory > PAGE_ADDRESS_LIMIT - phdr->p_paddr ||
	    phdr->p_offset > INT64_MAX || phdr->p_filesz > INT64_MAX - phdr->p_offset)
		return refuse_segment(elf, number, phdr);
	status = info_add_range(&elf->source.info, range, fault);
	/* memory of p_memsz beyond p_filesz was not dumped: makedumpfile -E leaves out pages so */
	span.end = span.start + phdr->p_filesz;
	return status || !phdr->p_filesz ? status : spans_add(&elf->spans, span, fault);
}

static int add_note_segment(struct elf_source *elf, const GElf_Phdr *phdr, struct fault *fault)
{
	if (array_grow(&elf->note_segments, &elf->note_room, elf->note_count + 1, sizeof(*phdr), fault))
		return -fault->code;
	elf->note_segments[elf->note_count++] = *phdr;
	return 0;
}

static int read_phdrs(struct elf_source *elf, struct fault *fault)
{
	unsigned char bytes[ELF_HEADER_MAX];
	size_t each = elf_phdr_size(elf->kind);
	int status = 0;

	for (uint64_t i = 0; i < elf->phnum && !status; i++) {
		GElf_Phdr phdr;

		if (read_header_bytes(elf, elf->ehdr.e_phoff + i * each, bytes, each, fault))
			return fail_headers(fault, "program headers");
		if (!elf_get_phdr(elf->kind, bytes, &phdr))
			return fault_set(fault, FAULT_FORMAT, elf->ehdr.e_phoff + i * each, FAULT_NOWHERE,
					 "program header %" PRIu64 ": %s", i, elf_errmsg(-1));
		if (phdr.p_type == PT_LOAD)
			status = add_load(elf, i, &phdr, fault);
		else if (phdr.p_type == PT_NOTE)
			status = add_note_segment(elf, &phdr, fault);
	}
	if (!status && !elf->spans.count)
		return fault_set(fault, FAULT_FORMAT, elf->ehdr.e_phoff, FAULT_NOWHERE,
				 "none of its %" PRIu64 " program headers describes memory", elf->phnum);
	return status;
}

/*
 * Can all be read from first to last byte, without seeking back? Not if the headers claim more memory than usual
 * machines have: then the pipe is spooled, and the file's size shows what is there.
 */
static bool is_sequential(const struct elf_source *elf)
{
	uint64_t at = 0, claimed = 0;

	for (size_t i = 0; i < elf->note_count; i++) {
		if (elf->note_segments[i].p_offset < at)
			return false;
		at = elf->note_segments[i].p_offset + elf->note_segments[i].p_filesz;
	}
	for (size_t i = 0; i < elf->spans.count; i++) {
		uint64_t size = elf->spans.list[i].end - elf->spans.list[i].start;

		if (elf->spans.list[i].offset < at)
			return false;
		at = elf->spans.list[i].offset + size;
		claimed += size;
	}
	return claimed <= CLAIMED_MAX;
}

static int read_elf_notes(struct elf_source *elf, struct fault *fault)
{
	struct stream *stream = elf->stream;
	int status = 0;

	for (size_t i = 0; i < elf->note_count && !status; i++) {
		uint64_t left = elf->note_segments[i].p_filesz;

		if (left > NOTES_MAX - elf->source.info.notes_size)
			return fault_set(fault, FAULT_FORMAT, elf->note_segments[i].p_offset, FAULT_NOWHERE,
					 "notes of %" PRIu64 " bytes are too large", left);
		status = stream_seek(stream, elf->note_segments[i].p_offset, fault);
		while (left && !status) {
			size_t part = left < NOTES_PART ? (size_t)left : NOTES_PART, have;
			const void *notes = stream_peek(stream, part, &have, fault);

			if (!notes)
				return -FAULT_READ;
			status = info_add_notes(&elf->source.info, notes, have < part ? have : part, fault);
			if (!status)
				status = stream_skip(stream, part, fault);
			left -= part;
		}
	}
	return status ? fail_headers(fault, "notes") : 0;
}

/* Fill info from the headers and VMCOREINFO. */
static void fill_elf_info(struct elf_source *elf)
{
	struct info *info = &elf->source.info;

	info->format = "elf";
	info->version = elf->ehdr.e_version;
	info->bits = elf->kind.bits;
	info->big_endian = elf->kind.big_endian;
	info->machine = machine_by_elf(elf->ehdr.e_machine, info->bits, info->big_endian);
	info->page_size = info->machine ? info->machine->page_size : PAGE_SIZE_MIN;
	notes_describe(info);
	info->pages = spans_frames(&elf->spans, info->page_size, &info->max_frame);
}

static int elf_source_next(struct source *source, struct page *page, struct fault *fault)
{
	struct elf_source *elf = (struct elf_source *)source;

	if (elf->refused_count && !elf->refused_reported) {
		*fault = elf->refused;
		elf->refused_reported = true;
		return -fault->code;
	}
	return span_cursor_next(&elf->cursor, page, fault);
}

static int elf_source_seek(struct source *source, uint64_t address, struct fault *fault)
{
	struct elf_source *elf = (struct elf_source *)source;

	(void)fault;
	span_cursor_seek(&elf->cursor, address);
	return 0;
}

static int elf_source_rewind(struct source *source, struct fault *fault)
{
	struct elf_source *elf = (struct elf_source *)source;

	elf_source_seek(source, 0, fault);
	elf->refused_reported = false;
	return 0;
}

static int elf_source_map(struct source *source, struct pagemap *map, bool *ascending, struct fault *fault)
{
	struct elf_source *elf = (struct elf_source *)source;

	*ascending = true;
	return spans_map(&elf->spans, elf->stream, source->info.page_size, map, fault);
}

static int elf_source_avoid(struct source *source, struct pagemap *frames, struct fault *fault)
{
	return spans_avoid(&((struct elf_source *)source)->spans, frames, source->info.page_size, fault);
}

static void elf_fork_close(struct source *source)
{
	struct elf_source *fork = (struct elf_source *)source;

	span_cursor_close(&fork->cursor);
	stream_close(fork->stream);
	free(fork);
}

static struct source *elf_source_fork(struct source *source, struct fault *fault)
{
	struct elf_source *elf = (struct elf_source *)source, *fork = source_copy(source, sizeof(*elf), fault);

	if (!fork)
		return NULL;
	fork->source.close = elf_fork_close;
	fork->refused_reported = false;
	fork->cursor = (struct span_cursor){ 0 };
	fork->stream = stream_fork(elf->stream, fault);
	if (fork->stream && !span_cursor_open(&fork->cursor, &elf->spans, fork->stream, source->info.page_size, fault))
		return &fork->source;
	elf_fork_close(&fork->source);
	return NULL;
}

static int elf_source_read_headers(struct elf_source *elf, struct fault *fault)
{
	int status = read_ehdr(elf, fault);

	if (!status)
		status = read_phnum(elf, fault);
	if (!status)
		status = read_phdrs(elf, fault);
	if (status)
		return status;
	spans_make_disjoint(&elf->spans);
	if (!is_sequential(elf))
		status = stream_spool(elf->stream, fault);
	if (!status)
		status = read_elf_notes(elf, fault);
	if (status)
		return status;
	fill_elf_info(elf);
	return span_cursor_open(&elf->cursor, &elf->spans, elf->stream, elf->source.info.page_size, fault);
}

struct source *elf_source_open(struct stream *stream, const struct source_options *options, struct fault *fault)
{
	struct elf_source *elf = calloc(1, sizeof(*elf));

	(void)options;
	if (!elf) {
		fault_memory(fault);
		return NULL;
	}
	elf->stream = stream;
	elf->source.next = elf_source_next;
	elf->source.map = elf_source_map;
	elf->source.close = elf_source_close;
	if (elf_source_read_headers(elf, fault)) {
		elf_source_close(&elf->source);
		return NULL;
	}
	if (stream_seekable(stream)) {
		elf->source.rewind = elf_source_rewind;
		elf->source.seek = elf_source_seek;
		elf->source.fork = elf_source_fork;
		elf->source.abilities = SOURCE_SKIPS;
		elf->source.avoid = elf_source_avoid;
	}
	return &elf->source;
}
