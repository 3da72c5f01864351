/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Salvages the header block of an LKCD image: corrects a single wrong bit by the checksum of the notes area, copies the
 * block of another image of the same machine, or makes one from the records alone. Relies on a seekable stream.
 */
#include <stdlib.h>
#include <string.h>

#include "convert/lkcd/header.h"
#include "convert/lkcd/record.h"
#include "convert/lkcd/salvage.h"
#include "convert/lkcd/source.h"
#include "dump/crc32c.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"

#define BLOCK_MAX (1u << 20) /* bytes of a header block that is repaired */
#define ARCH_HEAD 16         /* bytes: magic number, version and size of an architecture header */
#define AREA_START 36        /* bytes of a notes area's first note, by which it is found */

/* Is the header valid, and does the checksum of its notes area match? */
static bool is_block_sound(const unsigned char *block, size_t size, struct lkcd_header *header)
{
	struct info info = { 0 };
	bool good = false;
	struct fault fault;

	*header = (struct lkcd_header){ .strict = true };
	if (!lkcd_header_read(block, size, header, &info, &fault) && header->version >= 9 &&
	    header->buffer_size == size) {
		uint32_t version = header->version;

		header->version = 11; /* in version 11 the area is required */
		good = !lkcd_header_read_area(block, size, header, &info, &fault);
		header->version = version;
	}
	info_clear(&info);
	return good;
}

/* Flip each bit of count bytes at from until the block is sound. */
static bool try_bits(unsigned char *block, size_t size, size_t from, size_t count)
{
	struct lkcd_header header;

	for (size_t i = from; i < size && i - from < count; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			block[i] ^= (unsigned char)(1u << bit);
			if (is_block_sound(block, size, &header))
				return true;
			block[i] ^= (unsigned char)(1u << bit);
		}
	return false;
}

/* The checksum's difference locates the wrong bit, unless that bit was needed to find the checksum. */
static bool repair_by_checksum(unsigned char *block, size_t size, const struct lkcd_header_places *places)
{
	size_t bit = crc32c_locate(places->difference, size);

	if (!places->sum)
		return false;
	return (bit < 8 * size && try_bits(block, size, bit / 8, 1)) || try_bits(block, size, places->sum, 4);
}

/* Correct the one bit that makes the block sound, if there is one. */
static bool repair_bit(unsigned char *block, size_t size)
{
	struct lkcd_header_places places = { 0 };
	struct lkcd_header header = { .strict = true };
	struct info info = { 0 };
	struct fault fault;
	bool read = !lkcd_header_read(block, size, &header, &info, &fault);

	if (read)
		lkcd_header_locate(block, size, &header, info.big_endian, &places);
	info_clear(&info);
	if (read && (repair_by_checksum(block, size, &places) || try_bits(block, size, places.arch, ARCH_HEAD) ||
		     try_bits(block, size, places.area, AREA_START)))
		return true;
	return try_bits(block, size, 0, LKCD_HEADER_MAX);
}

/* A copy of the first size bytes of a file, of which *got are there; the caller frees it. NULL and *fault. */
static unsigned char *read_start(struct stream *stream, size_t size, size_t *got, struct fault *fault)
{
	const void *at = stream_seek(stream, 0, fault) ? NULL : stream_peek(stream, size, got, fault);
	unsigned char *copy = at ? malloc(size) : NULL;

	if (!at)
		return NULL;
	if (!copy) {
		fault_memory(fault);
		return NULL;
	}
	*got = *got < size ? *got : size;
	memcpy(copy, at, *got);
	return copy;
}

/* The size of the header block: the stored one if it is possible. */
static size_t read_block_size(const unsigned char *head, bool big_endian)
{
	uint64_t stored = get64(head + LKCD_AT_BUFFER_SIZE, big_endian);

	return stored >= LKCD_DATA_OFFSET && stored <= BLOCK_MAX ? (size_t)stored : LKCD_DATA_OFFSET;
}

/* Repair a block with a single wrong bit. Returns 1 when it is repaired, 0, or a fault. */
static int repair_header(struct lkcd_salvage *salvage, struct stream *stream, struct fault *fault)
{
	size_t got;
	unsigned char *block = read_start(stream, BLOCK_MAX, &got, fault);
	size_t sizes[3] = { LKCD_DATA_OFFSET };

	if (!block)
		return -fault->code;
	if (got >= LKCD_HEADER_MAX) {
		sizes[1] = read_block_size(block, false);
		sizes[2] = read_block_size(block, true);
	}
	for (size_t i = 0; i < 3; i++) {
		if (!sizes[i] || sizes[i] > got || (i && sizes[i] == sizes[0]) || !repair_bit(block, sizes[i]))
			continue;
		salvage->how = LKCD_SALVAGE_REPAIRED;
		salvage->block = block;
		salvage->size = (size_t)sizes[i];
		salvage->first = sizes[i];
		return 1;
	}
	free(block);
	return 0;
}

/* Find the first record, at the usual offset or at any. Returns 1 and sets salvage->first; 0; or a fault. */
static int find_first_record(struct lkcd_salvage *salvage, struct stream *stream, struct lkcd_records *records,
			     uint64_t usual, struct fault *fault)
{
	const uint64_t places[] = { usual, 0 };
	int found = 0;

	for (size_t i = 0; i < 2 && !found; i++) {
		if (stream_seek(stream, places[i], fault))
			continue;
		found = lkcd_record_find(records, stream, fault);
		salvage->first = stream_offset(stream);
	}
	return found;
}

/* Use the header block of another image, if records of its version are in this one. */
static int use_other_header(struct lkcd_salvage *salvage, struct stream *stream, struct fault *fault)
{
	struct source_options options = { 0 };
	struct source *source = lkcd_source_open(salvage->other, &options, fault);
	struct lkcd_header header = { 0 };
	struct lkcd_records records = { .resync = true };
	struct info info = { 0 };
	size_t got;
	int found;

	if (!source)
		return fault_prepend(fault, "%s", stream_name(salvage->other));
	source->close(source);
	salvage->block = read_start(salvage->other, BLOCK_MAX, &got, fault);
	if (!salvage->block || lkcd_header_read(salvage->block, got, &header, &info, fault))
		return fault_prepend(fault, "%s", stream_name(salvage->other));
	salvage->size = header.buffer_size && header.buffer_size <= got ? (size_t)header.buffer_size : LKCD_DATA_OFFSET;
	records.version = header.version;
	records.big_endian = info.big_endian;
	records.page_size = info.page_size;
	records.compress = header.compress;
	info_clear(&info);
	found = find_first_record(salvage, stream, &records, salvage->size, fault);
	salvage->how = LKCD_SALVAGE_OTHER;
	if (found)
		return found < 0 ? found : 0;
	return fault_set(fault, FAULT_FORMAT, FAULT_NOWHERE, FAULT_NOWHERE,
			 "it has no record of version %u, the version of %s", header.version,
			 stream_name(salvage->other));
}

/* The compression of the records, by the data of the first compressed one: ZSTD and zlib streams have magic numbers. */
static uint32_t detect_compress(struct lkcd_records *records, struct stream *stream)
{
	struct lkcd_record record;
	struct fault fault;

	for (unsigned i = 0; i < 1000; i++) {
		if (lkcd_record_read(records, stream, &record, &fault) || record.end)
			return 0;
		if (record.packed && record.size >= 4)
			return get32(record.data, false) == 0xfd2fb528 ? LKCD_ZSTD
			       : (record.data[0] & 15) == 8            ? LKCD_GZIP
								       : LKCD_RLE;
		if (stream_skip(stream, record.whole, &fault))
			return 0;
	}
	return 0;
}

/* Make a header from records alone: try version and byte order until records are found. */
static int build_header(struct lkcd_salvage *salvage, struct stream *stream, struct fault *fault)
{
	static const uint32_t versions[] = { 11, 9 };
	uint32_t page_size = salvage->machine ? salvage->machine->page_size : PAGE_SIZE_MIN;
	struct info info = { .page_size = page_size, .machine = salvage->machine, .bits = 64 };

	if (salvage->machine)
		strcpy(info.uts.machine, salvage->machine->name);
	for (size_t i = 0; i < 4; i++) {
		struct lkcd_records records = {
			.version = versions[i / 2], .big_endian = i % 2, .page_size = page_size, .resync = true
		};
		int found = find_first_record(salvage, stream, &records, LKCD_DATA_OFFSET, fault);
		uint32_t compress;

		if (found < 0)
			return found;
		if (!found)
			continue;
		compress = detect_compress(&records, stream);
		info.big_endian = records.big_endian;
		salvage->how = LKCD_SALVAGE_MADE;
		return lkcd_header_make(&info, records.version, compress, 0, &salvage->block, &salvage->size, fault);
	}
	return fault_set(fault, FAULT_FORMAT, FAULT_NOWHERE, FAULT_NOWHERE,
			 "no LKCD header, and no records of pages of %u bytes (use --machine NAME for others)",
			 page_size);
}

int lkcd_salvage_header(struct lkcd_salvage *salvage, struct stream *stream, struct fault *fault)
{
	struct source_options options = { .strict = true };
	struct source *source;
	struct page page;
	int status;
	bool opened, damaged, doubtful;

	if (salvage->other) {
		status = use_other_header(salvage, stream, fault);
		return status ? status : stream_seek(stream, 0, fault);
	}
	source = lkcd_source_open(stream, &options, fault);
	opened = source != NULL;
	/* a header with which the first page cannot be read is damaged as well */
	doubtful = opened && source->next(source, &page, fault) < 0;
	damaged = doubtful && fault->rule == RULE_HEADER;
	doubtful = damaged || (doubtful && (fault->rule == RULE_CODEC || fault->rule == RULE_SHAPE));
	if (source)
		source->close(source);
	salvage->how = LKCD_SALVAGE_GOOD;
	status = opened && !doubtful ? 0 : repair_header(salvage, stream, fault);
	if (!status && !opened)
		status = build_header(salvage, stream, fault);
	else if (!status && damaged)
		salvage->how = LKCD_SALVAGE_DAMAGED;
	return status < 0 ? status : stream_seek(stream, 0, fault);
}
