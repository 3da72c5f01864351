/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LKCD header blocks: detects, reads and makes them. The notes area has a CRC32C over the whole block; without a
 * matching one its bytes may be left over from an earlier use of the device.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compress/codecs.h"
#include "convert/lkcd/arch.h"
#include "convert/lkcd/header.h"
#include "convert/lkcd/ranges.h"
#include "dump/crc32c.h"
#include "dump/notes.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"

/* The fields that every version has at the same place. */
enum {
	AT_VERSION = 8,
	AT_HEADER_SIZE = 12,
	AT_LEVEL = 16,
	AT_PAGE_SIZE = 20,
	AT_MEMORY_SIZE = 24,
	AT_MEMORY_START = 32,
	AT_MEMORY_END = 40,
	COMMON_SIZE = 48,
};

#define AREA_HEAD 20 /* of the note AREA: its three numbers and its name */

/*
 * The offsets of the other fields, by version and word size, from crash's lkcd_*.h and libkdumpfile's lkcd.c; 0: not in
 * this version. time and current_task are words of word bits.
 */
static const struct layout {
	uint8_t first, last; /* versions */
	uint8_t bits;        /* of the machine; 0: any */
	uint8_t word;        /* bits of time and current_task */
	uint16_t num_pages, panic, time, uts, current_task, compress, flags, device, buffer_size, size;
} layouts[] = {
	{ 1, 1, 32, 32, 56, 60, 316, 324, 776, 0, 0, 0, 0, 714 },
	{ 1, 1, 64, 64, 56, 60, 320, 336, 0, 0, 0, 0, 0, 726 },
	{ 2, 3, 32, 32, 48, 52, 308, 316, 708, 0, 0, 0, 0, 712 },
	{ 2, 3, 64, 64, 48, 52, 312, 328, 720, 0, 0, 0, 0, 728 },
	{ 5, 7, 32, 32, 48, 52, 308, 316, 708, 712, 716, 720, 0, 724 },
	{ 5, 7, 64, 64, 48, 52, 312, 328, 720, 728, 732, 736, 0, 740 },
	{ 8, 8, 0, 64, 48, 52, 308, 324, 714, 722, 726, 730, 0, 734 },
	{ 9, 11, 0, 64, 48, 52, 308, 324, 714, 722, 726, 730, 734, 742 },
};
static const struct layout *const layout11 = &layouts[7];

static bool has_sane_utsname(const struct layout *layout, const unsigned char *head)
{
	return info_is_name(head + layout->uts) && info_is_name(head + layout->uts + 4 * 65);
}

/*
 * The layout of a version. Before version 8 it depends on the word size, which no field holds: take the layout in which
 * utsname is sane.
 */
static const struct layout *find_header_layout(uint32_t version, const unsigned char *head, size_t size)
{
	const struct layout *found = NULL;

	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
		const struct layout *layout = &layouts[i];

		if (version < layout->first || version > layout->last || size < layout->size)
			continue;
		if (!found || (!has_sane_utsname(found, head) && has_sane_utsname(layout, head)))
			found = layout;
	}
	return found;
}

/* Detect the byte order by the magic number. False: there is no magic number. */
static bool detect_byte_order(const unsigned char *head, bool *big_endian)
{
	for (int big = 0; big < 2; big++) {
		uint64_t magic = get64(head, big);

		*big_endian = big;
		if (magic == LKCD_MAGIC || magic == LKCD_MAGIC_LIVE)
			return true;
	}
	return false;
}

uint32_t lkcd_header_version(const unsigned char *head)
{
	bool big_endian;

	detect_byte_order(head, &big_endian);
	return get32(head + AT_VERSION, big_endian) & LKCD_VERSION_MASK;
}

unsigned lkcd_header_bid(const unsigned char *head, size_t size)
{
	bool big_endian;
	uint32_t version;

	if (size < COMMON_SIZE || !detect_byte_order(head, &big_endian))
		return 0;
	version = lkcd_header_version(head);
	return version >= 1 && version <= LKCD_VERSION_MAX ? 64 + 28 : 64;
}

static void read_header_fields(const unsigned char *head, size_t size, const struct layout *layout,
			       struct lkcd_header *header, struct info *info)
{
	bool big = info->big_endian;

	info->level = get32(head + AT_LEVEL, big);
	info->memory_size = get64(head + AT_MEMORY_SIZE, big);
	info->memory_start = get64(head + AT_MEMORY_START, big);
	info->memory_end = get64(head + AT_MEMORY_END, big);
	info->pages = get32(head + layout->num_pages, big);
	info_copy_text(info->panic, sizeof(info->panic), head + layout->panic, 256);
	info->seconds = get_word(head + layout->time, big, layout->word);
	info->microseconds = get_word(head + layout->time + layout->word / 8, big, layout->word);
	info_copy_uts(&info->uts, head + layout->uts);
	if (layout->current_task && size >= layout->current_task + layout->word / 8u)
		info->current_task = get_word(head + layout->current_task, big, layout->word);
	header->compress = LKCD_RLE; /* versions 1 to 3 have RLE only */
	if (layout->compress) {
		header->compress = get32(head + layout->compress, big);
		info->flags = get32(head + layout->flags, big);
		info->device = get32(head + layout->device, big);
	}
	header->buffer_size = layout->buffer_size ? get64(head + layout->buffer_size, big) : 0;
}

int lkcd_header_read(const unsigned char *head, size_t size, struct lkcd_header *header, struct info *info,
		     struct fault *fault)
{
	const struct layout *layout;
	const char *codec;

	if (size < COMMON_SIZE || !detect_byte_order(head, &info->big_endian))
		return fault_set(fault, FAULT_FORMAT, 0, FAULT_NOWHERE, "no LKCD header");
	header->version = get32(head + AT_VERSION, info->big_endian);
	header->table = header->version & LKCD_VERSION_TABLE;
	header->version &= LKCD_VERSION_MASK;
	layout = find_header_layout(header->version, head, size);
	if (!layout && header->version >= 1 && header->version <= LKCD_VERSION_MAX && header->version != 4)
		return fault_set(fault, FAULT_FORMAT, size, FAULT_NOWHERE, "the LKCD header is truncated");
	if (!layout)
		return fault_set(fault, FAULT_FORMAT, AT_VERSION, FAULT_NOWHERE,
				 "LKCD version %" PRIu32 " is not known (1 to 3 and 5 to %d are)", header->version,
				 LKCD_VERSION_MAX);
	header->header_size = get32(head + AT_HEADER_SIZE, info->big_endian);
	read_header_fields(head, size, layout, header, info);
	info->format = "lkcd";
	info->version = header->version;
	info->page_size = get32(head + AT_PAGE_SIZE, info->big_endian);
	if (info->page_size < PAGE_SIZE_MIN || info->page_size > PAGE_SIZE_MAX ||
	    info->page_size & (info->page_size - 1))
		return fault_set(fault, FAULT_FORMAT, AT_PAGE_SIZE, FAULT_NOWHERE,
				 "page size %" PRIu32 " is not possible", info->page_size);
	info->machine = machine_by_name(info->uts.machine);
	info->bits = layout->bits ? layout->bits : info->machine ? info->machine->bits : 64;
	codec = lkcd_codec_name(header->compress);
	info->codec = codec ? codecs_find(codec) : NULL;
	return 0;
}

/* Read the notes named LKCD; keep the others byte by byte, for they are the source's. */
static int read_area_notes(const unsigned char *notes, size_t size, struct info *info, struct fault *fault)
{
	bool big = info->big_endian;
	struct note note;
	size_t at = 0;
	int status = 0;

	while (!status && notes_next(notes, size, big, &at, &note)) {
		if (note_is(&note, "LKCD", LKCD_NOTE_RANGES)) {
			status = lkcd_ranges_read(&note, info, &(size_t){ 0 }, fault);
		} else if (note_is(&note, "LKCD", LKCD_NOTE_ORIGIN)) {
			free(info->origin);
			info->origin = strndup((const char *)note.desc, note.desc_size);
		} else if (note_is(&note, "LKCD", LKCD_NOTE_PASSES) && note.desc_size == LKCD_PASSES_SIZE) {
			info->by_class = true;
			for (size_t i = 0; i < PAGE_CLASSES; i++)
				info->planned[i] = get64(note.desc + 8 * i, big);
		} else if (!note_is(&note, "LKCD", LKCD_NOTE_AREA)) {
			status = info_add_notes(info, notes + note.start, note.end - note.start, fault);
		}
	}
	return status ? status : info_add_notes(info, notes + at, size - at, fault);
}

/* The CRC32C of a block, computed with zeros in the four bytes at field. */
static uint32_t compute_block_crc(const unsigned char *block, size_t size, size_t field)
{
	static const unsigned char zeros[4];
	uint32_t crc = crc32c(0, block, field);

	crc = crc32c(crc, zeros, sizeof(zeros));
	return crc32c(crc, block + field + 4, size - field - 4);
}

/* The size of the notes area at offset, or 0, without its checksum being compared. *field is the checksum's offset. */
static size_t parse_area(const unsigned char *block, size_t size, size_t offset, bool big_endian, size_t *field)
{
	struct note note;
	size_t at = 0;
	uint64_t area;

	if (offset >= size || !notes_next(block + offset, size - offset, big_endian, &at, &note) ||
	    !note_is(&note, "LKCD", LKCD_NOTE_AREA) || note.desc_size != LKCD_AREA_SIZE)
		return 0;
	*field = (size_t)(note.desc + 8 - block);
	area = get64(note.desc, big_endian);
	return area < at || area > size - offset ? 0 : (size_t)area;
}

/* The size of the notes area at offset if its checksum matches; 0 otherwise. */
static size_t find_sound_area(const unsigned char *block, size_t size, size_t offset, bool big_endian)
{
	size_t field, area = parse_area(block, size, offset, big_endian, &field);

	return area && compute_block_crc(block, size, field) == get32(block + field, big_endian) ? area : 0;
}

/*
 * Is there a damaged notes area in the block? Its head AREA may be at any multiple of 8, with two bytes wrong at most.
 */
static bool has_broken_area(const unsigned char *block, size_t size, bool big_endian)
{
	unsigned char head[AREA_HEAD] = { 0 };

	note_put(head, big_endian, "LKCD", LKCD_NOTE_AREA, LKCD_AREA_SIZE);
	for (size_t at = 0; at + AREA_HEAD <= size; at += 8) {
		size_t differ = 0;

		for (size_t i = 0; i < AREA_HEAD && differ < 3; i++)
			differ += block[at + i] != head[i];
		if (differ < 3)
			return true;
	}
	return false;
}

static size_t align8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

/* The size of the architecture header, or 0. *start is its offset, or where it would be. */
static size_t find_arch_header(const unsigned char *block, size_t size, const struct lkcd_header *header,
			       bool big_endian, size_t *start)
{
	size_t arch;

	*start = header->header_size < COMMON_SIZE || header->header_size >= size ? size : header->header_size;
	arch = lkcd_arch_size(block + *start, size - *start, big_endian);
	if (arch || !header->table || size - *start <= LKCD_TABLE_SIZE)
		return arch;
	*start += LKCD_TABLE_SIZE;
	return lkcd_arch_size(block + *start, size - *start, big_endian);
}

void lkcd_header_locate(const unsigned char *block, size_t size, const struct lkcd_header *header, bool big_endian,
			struct lkcd_header_places *places)
{
	size_t arch = find_arch_header(block, size, header, big_endian, &places->arch);

	places->area = align8(places->arch + arch);
	places->sum = 0;
	if (parse_area(block, size, places->area, big_endian, &places->sum))
		places->difference =
			compute_block_crc(block, size, places->sum) ^ get32(block + places->sum, big_endian);
}

int lkcd_header_read_area(const unsigned char *block, size_t size, const struct lkcd_header *header, struct info *info,
			  struct fault *fault)
{
	size_t start, arch, area;

	if ((header->header_size < COMMON_SIZE || header->header_size >= size) && !header->strict)
		return info_add_unknown(info, fault,
					"the header's size is %" PRIu32 ": the architecture header was not read",
					header->header_size);
	arch = find_arch_header(block, size, header, info->big_endian, &start);
	if (arch) {
		info->arch = malloc(arch);
		if (!info->arch)
			return fault_memory(fault);
		memcpy(info->arch, block + start, arch);
		info->arch_size = arch;
	}
	area = find_sound_area(block, size, align8(start + arch), info->big_endian);
	if (area)
		return read_area_notes(block + align8(start + arch), area, info, fault);
	/* only versions 9 and later have an area: in an older header it shows that the version field is damaged */
	if (header->version >= 11 || (header->strict && has_broken_area(block, size, info->big_endian))) {
		fault_set(fault, FAULT_DAMAGED, 0, FAULT_NOWHERE,
			  "the header block is damaged: its CRC32C does not match");
		return fault_mark(fault, RULE_HEADER, 0, size);
	}
	return 0;
}

/* PAGE_OFFSET: the value of an LKCD header, or the base of the largest range, which is the direct map. */
static uint64_t find_page_offset(const struct info *info)
{
	const struct range *largest = NULL;

	if (info->memory_start)
		return info->memory_start;
	for (size_t i = 0; i < info->range_count; i++)
		if (info->ranges[i].virtual != RANGE_NOT_MAPPED && (!largest || info->ranges[i].size > largest->size))
			largest = &info->ranges[i];
	if (!largest || !largest->virtual)
		return 0;
	return largest->virtual - largest->physical;
}

static void write_header_fields(unsigned char *head, const struct info *info, uint32_t version, uint32_t compress,
				uint64_t pages, uint64_t block_size)
{
	const struct layout *layout = layout11;
	struct info_uts uts = info->uts;
	char *names[INFO_UTS_FIELDS];
	bool big = info->big_endian;

	put64(head, big, LKCD_MAGIC);
	put32(head + AT_VERSION, big, version);
	put32(head + AT_HEADER_SIZE, big, layout->size);
	put32(head + AT_LEVEL, big, info->level);
	put32(head + AT_PAGE_SIZE, big, info->page_size);
	put64(head + AT_MEMORY_SIZE, big, info->memory_size);
	put64(head + AT_MEMORY_START, big, find_page_offset(info));
	put64(head + AT_MEMORY_END, big, LKCD_MAGIC);
	put32(head + layout->num_pages, big, pages < UINT32_MAX ? (uint32_t)pages : UINT32_MAX);
	memcpy(head + layout->panic, info->panic, strnlen(info->panic, 255));
	put64(head + layout->time, big, info->seconds);
	put64(head + layout->time + 8, big, info->microseconds);
	if (!*uts.machine && info->machine)
		info_copy_text(uts.machine, sizeof(uts.machine), info->machine->name, sizeof(uts.machine));
	info_uts_fields(&uts, names);
	for (size_t i = 0; i < INFO_UTS_FIELDS; i++)
		memcpy(head + layout->uts + INFO_UTS_SIZE * i, names[i], strnlen(names[i], INFO_UTS_SIZE - 1));
	put64(head + layout->current_task, big, info->current_task);
	put32(head + layout->compress, big, compress);
	put32(head + layout->flags, big, info->flags);
	put32(head + layout->device, big, info->device);
	put64(head + layout->buffer_size, big, block_size);
}

static size_t compute_area_size(const struct info *info, bool passes)
{
	size_t size = note_size("LKCD", LKCD_AREA_SIZE);

	size += lkcd_ranges_size(info);
	if (passes)
		size += note_size("LKCD", LKCD_PASSES_SIZE);
	if (info->origin)
		size += note_size("LKCD", strlen(info->origin));
	return size + (info->notes_made ? 0 : info->notes_size);
}

/* Write the notes area at offset at. The rest of the block is complete: the checksum covers it. */
static void write_area(unsigned char *block, size_t block_size, size_t at, const struct info *info, bool passes)
{
	bool big = info->big_endian;
	unsigned char *area = note_put(block + at, big, "LKCD", LKCD_NOTE_AREA, LKCD_AREA_SIZE), *desc;

	put64(area, big, compute_area_size(info, passes));
	at += note_size("LKCD", LKCD_AREA_SIZE);
	lkcd_ranges_write(info, block + at);
	at += lkcd_ranges_size(info);
	if (passes) {
		desc = note_put(block + at, big, "LKCD", LKCD_NOTE_PASSES, LKCD_PASSES_SIZE);
		for (size_t i = 0; i < PAGE_CLASSES; i++)
			put64(desc + 8 * i, big, info->planned[i]);
		at += note_size("LKCD", LKCD_PASSES_SIZE);
	}
	if (info->origin) {
		desc = note_put(block + at, big, "LKCD", LKCD_NOTE_ORIGIN, strlen(info->origin));
		memcpy(desc, info->origin, strlen(info->origin));
		at += note_size("LKCD", strlen(info->origin));
	}
	if (!info->notes_made && info->notes_size)
		memcpy(block + at, info->notes, info->notes_size);
	put32(area + 8, big, crc32c(0, block, block_size)); /* the field is still 0 */
}

int lkcd_header_make(const struct info *info, uint32_t version, uint32_t compress, uint64_t pages,
		     unsigned char **block, size_t *size, struct fault *fault)
{
	unsigned char *made = NULL;
	const unsigned char *arch = info->arch;
	size_t arch_size = info->arch_size, area, page_size = info->page_size, start = layout11->size;
	bool passes = version >= 11 && info->by_class;
	int status = 0;

	if (!arch) {
		status = lkcd_arch_make(info, &made, &arch_size, fault);
		arch = made;
	}
	if (status)
		return status;
	area = align8(start + arch_size);
	*size = (area + compute_area_size(info, passes) + page_size - 1) / page_size * page_size;
	if (*size < LKCD_DATA_OFFSET)
		*size = LKCD_DATA_OFFSET;
	*block = calloc(1, *size);
	if (!*block) {
		free(made);
		return fault_memory(fault);
	}
	write_header_fields(*block, info, version, compress, pages, *size);
	if (arch_size)
		memcpy(*block + start, arch, arch_size);
	write_area(*block, *size, area, info, passes);
	free(made);
	return 0;
}

size_t lkcd_find(const unsigned char *head, size_t size, unsigned *bid)
{
	for (size_t i = 0; i < LKCD_OFFSETS && lkcd_offsets[i] < size; i++) {
		*bid = lkcd_header_bid(head + lkcd_offsets[i], size - lkcd_offsets[i]);
		if (*bid)
			return lkcd_offsets[i];
	}
	*bid = 0;
	return 0;
}

uint32_t lkcd_version(const unsigned char *head, size_t size)
{
	unsigned bid;
	size_t at = lkcd_find(head, size, &bid);

	return bid ? lkcd_header_version(head + at) : 0;
}
