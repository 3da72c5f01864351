/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/lkcd/header.h"
#include "convert/lkcd/source.h"
#include "dump/crc32c.h"
#include "lkcd/codec.h"
#include "lkcd/endian.h"
#include "save/image.h"

#define CHUNK (256u << 10) /* of the device, read at a time: fits a second-level cache; larger ones were slower */
#define SLOTS 4            /* chunks at hand: what was checked is mostly still there to be written */
#define BLOCK 4096u        /* what is given up as one where the device cannot be read */
#define TAIL (64u << 10)   /* kept behind the place where a dump is cut off */
#define SAMPLE (4u << 20)  /* bytes of records, for the estimate */

struct reader {
	struct image_copy *copy;
	unsigned char *slots[SLOTS], *again; /* again: for what is no longer at hand */
	uint64_t slot_at[SLOTS];
	size_t slot_have[SLOTS];
	uint64_t at;        /* in the device: what the checker reads next */
	uint64_t hole_end;  /* of the last hole that was told */
	bool damaged;       /* the device cannot be read at all any more */
	struct fault fault; /* why */
};

static ssize_t read_fully(int fd, unsigned char *out, size_t size, uint64_t at)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n = pread(fd, out + got, size - got, (off_t)(at + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

static void add_hole(struct reader *reader, uint64_t at, size_t size)
{
	struct image_copy *copy = reader->copy;
	struct fault fault;

	if (at < reader->hole_end)
		return;
	copy->hole_bytes += size;
	copy->holes++;
	fault_set_errno(&fault, FAULT_DAMAGED, at, "%zu bytes of the device cannot be read and are zeros in the copy",
			size);
	findings_add(copy->findings, &fault);
	reader->hole_end = at + size;
}

/* A part of the device; blocks that cannot be read are zeros, and told once. Returns its size, less at the device's
 * end. */
static ssize_t read_part(struct reader *reader, unsigned char *out, size_t size, uint64_t at)
{
	struct image_copy *copy = reader->copy;
	ssize_t n;

	if (at >= copy->size)
		return 0;
	if (size > copy->size - at)
		size = (size_t)(copy->size - at);
	n = read_fully(copy->fd, out, size, at);
	if (n >= 0)
		return n;
	for (size_t done = 0; done < size;) {
		size_t part = BLOCK - (size_t)((at + done) % BLOCK);

		if (part > size - done)
			part = size - done;
		n = read_fully(copy->fd, out + done, part, at + done);
		if (n < 0 && (errno == ENXIO || errno == ENODEV || errno == EBADF)) {
			fault_set_errno(&reader->fault, FAULT_READ, at + done, "the device is gone");
			reader->damaged = true;
			return -1;
		}
		if (n < 0) {
			memset(out + done, 0, part);
			add_hole(reader, at + done, part);
		}
		done += part;
	}
	return (ssize_t)size;
}

static int fill(struct reader *reader, unsigned slot)
{
	uint64_t at = reader->at;
	/* the first chunk ends where the others start: at a multiple of their size */
	ssize_t n = read_part(reader, reader->slots[slot], CHUNK - (size_t)(at % CHUNK), at);

	if (n < 0)
		return -1;
	reader->slot_at[slot] = at;
	reader->slot_have[slot] = (size_t)n;
	return 0;
}

/* The slot that holds the byte at, or -1. */
static int slot_of(const struct reader *reader, uint64_t at)
{
	for (int i = 0; i < SLOTS; i++)
		if (at >= reader->slot_at[i] && at - reader->slot_at[i] < reader->slot_have[i])
			return i;
	return -1;
}

static int oldest(const struct reader *reader)
{
	int slot = 0;

	for (int i = 1; i < SLOTS; i++)
		if (reader->slot_at[i] < reader->slot_at[slot])
			slot = i;
	return slot;
}

/* For the checker's stream. */
static ssize_t give(void *argument, void *out, size_t size)
{
	struct reader *reader = argument;
	int slot = slot_of(reader, reader->at);
	size_t skip, part;

	if (slot < 0) {
		slot = oldest(reader);
		if (fill(reader, (unsigned)slot)) {
			errno = EIO;
			return -1;
		}
		if (!reader->slot_have[slot])
			return 0;
	}
	skip = (size_t)(reader->at - reader->slot_at[slot]);
	part = reader->slot_have[slot] - skip;
	if (part > size)
		part = size;
	memcpy(out, reader->slots[slot] + skip, part);
	reader->at += part;
	return (ssize_t)part;
}

/* Hand on what the checker has passed: up to end, bytes of the image. */
static int hand_on(struct reader *reader, uint64_t end, struct fault *fault)
{
	struct image_copy *copy = reader->copy;

	while (copy->bytes < end) {
		uint64_t at = copy->start + copy->bytes, left = end - copy->bytes;
		int slot = slot_of(reader, at), status;
		const unsigned char *data;
		size_t size;

		if (slot >= 0) {
			data = reader->slots[slot] + (at - reader->slot_at[slot]);
			size = reader->slot_have[slot] - (size_t)(at - reader->slot_at[slot]);
		} else {
			ssize_t n = read_part(reader, reader->again, CHUNK, at);

			if (n <= 0)
				return n < 0 ? fault_set(fault, FAULT_READ, reader->fault.offset, FAULT_NOWHERE, "%s",
							 reader->fault.text)
					     : 0;
			data = reader->again;
			size = (size_t)n;
		}
		if (size > left)
			size = (size_t)left;
		copy->crc = crc32c(copy->crc, data, size);
		status = copy->write(copy, data, size, fault);
		if (status)
			return status;
		copy->bytes += size;
		if (copy->progress)
			copy->progress(copy);
	}
	return 0;
}

/* Up to the end of the last chunk that was passed: whole pages, from where they were read to, are copied fastest. */
static uint64_t whole_chunks(const struct image_copy *copy, uint64_t good)
{
	return (copy->start + good) / CHUNK * CHUNK - copy->start;
}

/* Versions 1 to 10 have no checksum, but what is packed must unpack. */
static void try_to_unpack(const struct page *page, void **state, unsigned char *room, uint32_t page_size,
			  struct findings *findings)
{
	struct fault fault;

	if (!page->codec || !page->data)
		return;
	if (!*state)
		*state = page->codec->open(page->codec->level_default);
	if (!*state || !page->codec->decode(*state, room, page_size, page->data, page->bytes))
		return;
	fault_set(&fault, FAULT_DAMAGED, page->offset, page->address, "%u bytes of %s data do not unpack", page->bytes,
		  page->codec->name);
	findings_add(findings, &fault);
}

/* Where to stop where there is no END: the pages that the header still promises may stand behind what makes no sense.
 */
static uint64_t doubtful_end(const struct reader *reader, const struct source *source, uint64_t good)
{
	const struct info *info = &source->info;
	uint64_t missing = info->pages > reader->copy->pages ? info->pages - reader->copy->pages : 0;
	uint64_t most = reader->copy->size - reader->copy->start;
	uint64_t end = good + TAIL + missing * (info->page_size + 20ull);

	return end < most ? end : most;
}

static int walk(struct reader *reader, struct stream *stream, struct source *source, struct fault *fault)
{
	struct image_copy *copy = reader->copy;
	bool classic = source->info.version < 11;
	unsigned char *room = classic ? malloc(source->info.page_size) : NULL;
	const struct codec *codec = source->info.codec;
	uint64_t cut = 0;
	void *state = NULL;
	struct page page;
	int status = classic && !room ? fault_memory(fault) : 0, more = 1;

	while (!status && (more = source->next(source, &page, fault)) != 0) {
		uint64_t good = stream_offset(stream);

		if (more == 1) {
			copy->pages += page.pages;
			if (classic)
				try_to_unpack(&page, &state, room, source->info.page_size, copy->findings);
		} else if (more == -FAULT_DAMAGED || more == -FAULT_CUT) {
			if (fault->offset != FAULT_NOWHERE) {
				cut = fault->offset;
				fault->offset += copy->start;
			}
			findings_add(copy->findings, fault);
		} else {
			status = more;
		}
		if (!status && good - copy->bytes >= CHUNK)
			status = hand_on(reader, whole_chunks(copy, good), fault);
		if (more == -FAULT_CUT)
			break;
	}
	if (!status) {
		uint64_t end = lkcd_source_end(source);

		copy->whole = more == 0 && !copy->findings->count;
		if (!end)
			end = doubtful_end(reader, source, cut > copy->bytes ? cut : copy->bytes);
		status = hand_on(reader, end < copy->size - copy->start ? end : copy->size - copy->start, fault);
		copy->whole = copy->whole && !copy->findings->count;
	}
	if (state)
		codec->close(state);
	free(room);
	return status;
}

static int with_source(struct reader *reader, struct fault *fault)
{
	struct image_copy *copy = reader->copy;
	struct stream *stream = stream_open_calls(give, reader, copy->size - copy->start, "the dump device", fault);
	struct source *source =
		stream ? lkcd_source_open(stream, &(struct source_options){ .strict = true }, fault) : NULL;
	int status = source ? walk(reader, stream, source, fault) : -fault->code;

	if (status && reader->damaged)
		*fault = reader->fault;
	if (source)
		source->close(source);
	stream_close(stream);
	return status;
}

int image_save(struct image_copy *copy, struct fault *fault)
{
	struct reader reader = { .copy = copy, .at = copy->start };
	int status;

	copy->bytes = copy->pages = copy->holes = copy->hole_bytes = 0;
	copy->crc = 0;
	copy->whole = false;
	reader.again = malloc(CHUNK);
	for (int i = 0; i < SLOTS; i++)
		reader.slots[i] = aligned_alloc(BLOCK, CHUNK);
	posix_fadvise(copy->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	status = reader.again && reader.slots[0] && reader.slots[1] && reader.slots[2] && reader.slots[3]
			 ? with_source(&reader, fault)
			 : fault_memory(fault);
	for (int i = 0; i < SLOTS; i++)
		free(reader.slots[i]);
	free(reader.again);
	return status;
}

/* --- looking --- */

static ssize_t read_on(void *argument, void *out, size_t size)
{
	struct image_copy *at = argument;
	ssize_t n = pread(at->fd, out, size, (off_t)at->start);

	at->start += n > 0 ? (uint64_t)n : 0;
	return n;
}

/* What the image will take: its pages, if it says how many, at the size of the first ones. */
static uint64_t estimate(struct stream *stream, struct source *source)
{
	uint64_t first = stream_offset(stream), pages = 0;
	struct fault fault;
	struct page page;

	while (stream_offset(stream) - first < SAMPLE && source->next(source, &page, &fault) == 1)
		pages += page.pages;
	if (lkcd_source_end(source))
		return lkcd_source_end(source);
	if (!pages || !source->info.pages || source->info.pages == UINT32_MAX)
		return 0;
	return first + (uint64_t)((double)(stream_offset(stream) - first) / (double)pages * (double)source->info.pages);
}

static bool look(int fd, uint64_t size, uint64_t offset, struct image_found *found)
{
	struct image_copy at = { .fd = fd, .start = offset };
	struct fault fault;
	struct stream *stream;
	struct source *source;
	size_t n;

	if (pread(fd, found->head, IMAGE_HEAD, (off_t)offset) != IMAGE_HEAD ||
	    !lkcd_header_bid(found->head, IMAGE_HEAD))
		return false;
	stream = stream_open_calls(read_on, &at, size - offset, "the dump device", &fault);
	source = stream ? lkcd_source_open(stream, &(struct source_options){ 0 }, &fault) : NULL;
	if (source) {
		found->offset = offset;
		found->version = source->info.version;
		found->seconds = source->info.seconds;
		found->microseconds = source->info.microseconds;
		n = sizeof(found->panic) < sizeof(source->info.panic) ? sizeof(found->panic)
								      : sizeof(source->info.panic);
		memcpy(found->panic, source->info.panic, n);
		memcpy(found->release, source->info.uts.release, sizeof(found->release));
		found->estimate = estimate(stream, source);
		source->close(source);
	}
	stream_close(stream);
	return source;
}

int image_find(int fd, uint64_t size, struct image_found found[IMAGE_FOUND_MAX], struct fault *fault)
{
	unsigned char byte;
	int count = 0;

	if (size && pread(fd, &byte, 1, 0) < 0)
		return fault_set_errno(fault, FAULT_READ, 0, "cannot read");
	for (size_t i = 0; i < LKCD_OFFSETS && i < IMAGE_FOUND_MAX; i++) {
		struct image_found one;
		int at = count;

		memset(&one, 0, sizeof(one));
		if (lkcd_offsets[i] >= size || !look(fd, size, lkcd_offsets[i], &one))
			continue;
		while (at > 0 &&
		       (one.seconds > found[at - 1].seconds ||
			(one.seconds == found[at - 1].seconds && one.microseconds > found[at - 1].microseconds)))
			at--;
		memmove(&found[at + 1], &found[at], (size_t)(count - at) * sizeof(*found));
		found[at] = one;
		count++;
	}
	return count;
}
