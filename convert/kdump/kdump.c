/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads and writes the header, sub header and descriptors of kdump-compressed files. The layouts depend on word size,
 * byte order and compiler padding, none of which a field holds: they are guessed from what the fields make possible.
 */
#include <stdlib.h>
#include <string.h>

#include "convert/kdump/kdump.h"
#include "dump/write.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"
#include "lkcd/page.h"

/* libkdumpfile, and so drgn, finds no architecture in a file whose utsname has empty fields. */
static const char unknown[] = "(unknown)";

static const char signature[] = "KDUMP   ", old_signature[] = "DISKDUMP";

/* Offsets in the header. The C struct has a timeval, of two machine words, in its middle. */
enum { HEADER_VERSION = 8, UTSNAME = 12, TIMESTAMP_32 = 404, TIMESTAMP_64 = 408 };

/*
 * Offsets after the timestamp, of 32-bit fields; those not listed (RAM, device, written blocks) are zero in every kdump
 * file.
 */
enum { STATUS = 0, BLOCK_SIZE = 4, SUB_BLOCKS = 8, BITMAP_BLOCKS = 12, MAX_MAPNR = 16, CURRENT_CPU = 32, CPUS = 36 };

/*
 * Offsets in the sub header. phys_base, the two PFNs and the sizes are machine words, level and split have 32 bits, the
 * others 64.
 */
struct sub_layout {
	unsigned level, split, start, end;
	unsigned vmcoreinfo, vmcoreinfo_size, notes, notes_size;
	unsigned start_64, end_64, max_mapnr_64;
	unsigned size;
};

static const struct sub_layout layout_64 = { 8, 12, 16, 24, 32, 40, 48, 56, 80, 88, 96, 104 };
static const struct sub_layout layout_packed = { 4, 8, 12, 16, 20, 28, 32, 40, 56, 64, 72, 80 };
static const struct sub_layout layout_padded = { 4, 8, 12, 16, 24, 32, 40, 48, 72, 80, 88, 96 };

static const struct sub_layout *find_sub_layout(const struct kdump_header *header)
{
	return header->bits == 64 ? &layout_64 : header->padded ? &layout_padded : &layout_packed;
}

static const struct {
	uint32_t flag;
	const char *name;
} codec_flags[] = {
	{ KDUMP_ZLIB, "gzip" },
	{ KDUMP_LZO, "lzo" },
	{ KDUMP_SNAPPY, "snappy" },
	{ KDUMP_ZSTD, "zstd" },
};
#define CODEC_FLAGS (sizeof(codec_flags) / sizeof(*codec_flags))

const char *kdump_codec_name(uint32_t flags)
{
	for (size_t i = 0; i < CODEC_FLAGS; i++)
		if (flags == codec_flags[i].flag)
			return codec_flags[i].name;
	return flags ? NULL : "none";
}

uint32_t kdump_codec_flag(const char *name)
{
	for (size_t i = 0; i < CODEC_FLAGS; i++)
		if (!strcmp(name, codec_flags[i].name))
			return codec_flags[i].flag;
	return 0;
}

/* gzip is the default, though zstd is faster: Debian 12 builds makedumpfile without zstd. */
const char *const kdump_codecs[] = { "gzip", "zstd", NULL };

uint64_t kdump_status_offset(const struct kdump_header *header)
{
	return header->bits == 64 ? TIMESTAMP_64 + 16 : TIMESTAMP_32 + 8;
}

uint64_t kdump_bitmap_blocks(uint64_t frames, uint32_t block_size)
{
	uint64_t bytes = frames / 8 + (frames % 8 != 0);

	return bytes / block_size + (bytes % block_size != 0);
}

static bool is_block_size(uint32_t size)
{
	return size >= PAGE_SIZE_MIN && size <= PAGE_SIZE_MAX && !(size & (size - 1));
}

/* Are the fields possible in this word size and byte order? In a wrong one, at least one is 0 or out of bounds. */
static bool is_header_sane(const unsigned char *bytes, const struct kdump_header *header)
{
	const unsigned char *tail = bytes + kdump_status_offset(header);
	bool big = header->big_endian;
	uint32_t sub_blocks = get32(tail + SUB_BLOCKS, big);

	return get32(bytes + HEADER_VERSION, big) < 256 && is_block_size(get32(tail + BLOCK_SIZE, big)) &&
	       sub_blocks > 0 && sub_blocks < 1u << 24 && get32(tail + BITMAP_BLOCKS, big) > 0;
}

static void get_uts(const unsigned char *bytes, struct info_uts *uts)
{
	const unsigned char *at = bytes + UTSNAME;
	char *fields[INFO_UTS_FIELDS];

	info_uts_fields(uts, fields);
	for (size_t i = 0; i < INFO_UTS_FIELDS; i++, at += INFO_UTS_SIZE)
		if (info_is_name(at) && memcmp(at, unknown, sizeof(unknown)))
			info_copy_text(fields[i], INFO_NAME_SIZE, at, INFO_UTS_SIZE);
}

static void put_uts(unsigned char *bytes, struct info_uts uts)
{
	char *at = (char *)bytes + UTSNAME, *fields[INFO_UTS_FIELDS];

	info_uts_fields(&uts, fields);
	for (size_t i = 0; i < INFO_UTS_FIELDS; i++, at += INFO_UTS_SIZE)
		info_copy_text(at, INFO_UTS_SIZE, *fields[i] ? fields[i] : unknown, INFO_UTS_SIZE);
}

bool kdump_get_header(const unsigned char *bytes, struct kdump_header *header)
{
	const unsigned char *tail;
	unsigned kind = 0;

	do {
		if (kind == 4)
			return false;
		*header = (struct kdump_header){ .bits = kind & 1 ? 64 : 32, .big_endian = kind & 2 };
		kind++;
	} while (!is_header_sane(bytes, header));
	tail = bytes + kdump_status_offset(header);
	header->diskdump = !memcmp(bytes, old_signature, KDUMP_SIGNATURE_SIZE);
	header->version = get32(bytes + HEADER_VERSION, header->big_endian);
	get_uts(bytes, &header->uts);
	header->seconds = get_word(tail - header->bits / 4, header->big_endian, header->bits);
	header->microseconds = get_word(tail - header->bits / 8, header->big_endian, header->bits);
	header->status = get32(tail + STATUS, header->big_endian);
	header->block_size = get32(tail + BLOCK_SIZE, header->big_endian);
	header->sub_blocks = get32(tail + SUB_BLOCKS, header->big_endian);
	header->bitmap_blocks = get32(tail + BITMAP_BLOCKS, header->big_endian);
	header->frames = get32(tail + MAX_MAPNR, header->big_endian);
	header->cpus = get32(tail + CPUS, header->big_endian);
	return true;
}

/* Is a piece empty, or between sub header and bitmaps? */
static bool in_sub_blocks(const struct kdump_header *header, uint64_t offset, uint64_t size)
{
	uint64_t end = ((uint64_t)header->sub_blocks + 1) * header->block_size;

	return (!offset && !size) || (offset > header->block_size && offset < end && size <= end - offset);
}

/*
 * Is a 32-bit sub header padded? It is not if its fields are possible without padding. The machine does not decide:
 * QEMU writes it without padding even where compilers pad.
 */
static bool is_padded(const unsigned char *bytes, const struct kdump_header *header)
{
	const struct sub_layout *at = &layout_packed;
	bool big = header->big_endian;

	if (header->bits == 64 || header->version < 3)
		return false;
	if (!in_sub_blocks(header, get64(bytes + at->vmcoreinfo, big), get32(bytes + at->vmcoreinfo_size, big)))
		return true;
	if (header->version >= 4 &&
	    !in_sub_blocks(header, get64(bytes + at->notes, big), get32(bytes + at->notes_size, big)))
		return true;
	return header->version >= 6 && (uint32_t)get64(bytes + at->max_mapnr_64, big) != header->frames &&
	       (uint32_t)get64(bytes + layout_padded.max_mapnr_64, big) == header->frames;
}

void kdump_get_sub_header(const unsigned char *bytes, struct kdump_header *header)
{
	const struct sub_layout *at;
	unsigned bits = header->bits;
	bool big = header->big_endian;

	if (header->diskdump)
		return;
	header->padded = is_padded(bytes, header);
	at = find_sub_layout(header);
	header->phys_base = get_word(bytes, big, bits);
	if (header->version >= 2) {
		header->split = get32(bytes + at->split, big) != 0;
		header->start = get_word(bytes + at->start, big, bits);
		header->end = get_word(bytes + at->end, big, bits);
	}
	if (header->version >= 3) {
		header->vmcoreinfo.offset = get64(bytes + at->vmcoreinfo, big);
		header->vmcoreinfo.size = get_word(bytes + at->vmcoreinfo_size, big, bits);
	}
	if (header->version >= 4) {
		header->notes.offset = get64(bytes + at->notes, big);
		header->notes.size = get_word(bytes + at->notes_size, big, bits);
	}
	if (header->version >= 6) {
		header->start = get64(bytes + at->start_64, big);
		header->end = get64(bytes + at->end_64, big);
		header->frames = get64(bytes + at->max_mapnr_64, big);
	}
}

static uint32_t clamp_u32(uint64_t v)
{
	return v < UINT32_MAX ? (uint32_t)v : UINT32_MAX;
}

void kdump_put_header(const struct kdump_header *header, unsigned char *bytes)
{
	unsigned char *tail = bytes + kdump_status_offset(header);
	bool big = header->big_endian;

	memcpy(bytes, signature, KDUMP_SIGNATURE_SIZE);
	put32(bytes + HEADER_VERSION, big, header->version);
	put_uts(bytes, header->uts);
	put_word(tail - header->bits / 4, big, header->bits, header->seconds);
	put_word(tail - header->bits / 8, big, header->bits, header->microseconds);
	put32(tail + STATUS, big, header->status);
	put32(tail + BLOCK_SIZE, big, header->block_size);
	put32(tail + SUB_BLOCKS, big, header->sub_blocks);
	put32(tail + BITMAP_BLOCKS, big, header->bitmap_blocks);
	put32(tail + MAX_MAPNR, big, clamp_u32(header->frames));
	put32(tail + CPUS, big, header->cpus);
}

size_t kdump_put_sub_header(const struct kdump_header *header, unsigned char *bytes)
{
	const struct sub_layout *at = find_sub_layout(header);
	unsigned bits = header->bits;
	bool big = header->big_endian;

	put_word(bytes, big, bits, header->phys_base);
	put64(bytes + at->vmcoreinfo, big, header->vmcoreinfo.offset);
	put_word(bytes + at->vmcoreinfo_size, big, bits, header->vmcoreinfo.size);
	put64(bytes + at->notes, big, header->notes.offset);
	put_word(bytes + at->notes_size, big, bits, header->notes.size);
	put64(bytes + at->max_mapnr_64, big, header->frames);
	return at->size;
}

struct kdump_desc kdump_get_desc(const unsigned char *bytes, bool big_endian)
{
	return (struct kdump_desc){
		.offset = get64(bytes, big_endian),
		.size = get32(bytes + 8, big_endian),
		.flags = get32(bytes + 12, big_endian),
	};
}

void kdump_put_desc(unsigned char *bytes, bool big_endian, struct kdump_desc desc)
{
	put64(bytes, big_endian, desc.offset);
	put32(bytes + 8, big_endian, desc.size);
	put32(bytes + 12, big_endian, desc.flags);
	put64(bytes + 16, big_endian, 0); /* struct page's flags: no tool writes them */
}

int kdump_write_temporary(int fd, uint64_t offset, const void *data, size_t size, struct fault *fault)
{
	if (write_all_at(fd, data, size, offset) == size)
		return 0;
	return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE,
			       "cannot write the temporary file (TMPDIR sets its directory)");
}

unsigned kdump_bid(const unsigned char *head, size_t size)
{
	bool known = size >= KDUMP_SIGNATURE_SIZE && (!memcmp(head, signature, KDUMP_SIGNATURE_SIZE) ||
						      !memcmp(head, old_signature, KDUMP_SIGNATURE_SIZE));

	return known ? 64 : 0;
}
