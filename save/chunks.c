/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a dump device for saving. A failing disk must not prevent saving: if a chunk cannot be read, its blocks are
 * read one by one, and each one that fails is zeros in the copy and a finding. Relies on the caller to read forward,
 * and to ask for the same bytes again soon.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "save/chunks.h"
#include "save/file.h"

#define SLOTS 4     /* chunks in memory: the checker's stream reads ahead by less */
#define BLOCK 4096u /* unit in which the device is read after an error */

struct slot {
	unsigned char *data;
	uint64_t offset; /* in the device */
	size_t size;     /* bytes that are there; 0: the slot is empty */
};

struct chunks {
	int fd;
	uint64_t next, size; /* offset that chunks_read() goes on with; size of the device */
	struct findings *findings;
	struct slot slots[SLOTS], again; /* again: for a chunk that is no longer in slots */
	uint64_t hole_end; /* of the last block that was reported, so that reading it again reports nothing */
	bool gone;
	struct fault fault; /* where the device was gone, and why */
};

static void report_hole(struct chunks *chunks, uint64_t offset, size_t size)
{
	struct fault fault;

	if (offset < chunks->hole_end)
		return;
	fault_set_errno(&fault, FAULT_DAMAGED, offset,
			"%zu bytes of the device cannot be read and are zeros in the copy", size);
	findings_add(chunks->findings, &fault);
	chunks->hole_end = offset + size;
}

/* Block by block: zeros for those that cannot be read. Returns size, or -1 with errno when the device is gone. */
static ssize_t read_blocks(struct chunks *chunks, unsigned char *out, size_t size, uint64_t offset)
{
	for (size_t done = 0; done < size;) {
		size_t part = BLOCK - (size_t)((offset + done) % BLOCK);

		if (part > size - done)
			part = size - done;
		if (file_read_at(chunks->fd, out + done, part, offset + done) < 0) {
			if (errno == ENXIO || errno == ENODEV || errno == EBADF) {
				fault_set_errno(&chunks->fault, FAULT_READ, offset + done, "the device is gone");
				chunks->gone = true;
				return -1;
			}
			memset(out + done, 0, part);
			report_hole(chunks, offset + done, part);
		}
		done += part;
	}
	return (ssize_t)size;
}

/* Fill a slot with at most size bytes from offset on, fewer at the device's end. Returns 0, or -1 with errno. */
static int read_chunk(struct chunks *chunks, struct slot *slot, size_t size, uint64_t offset)
{
	uint64_t left = offset < chunks->size ? chunks->size - offset : 0;
	ssize_t n;

	if (size > left)
		size = (size_t)left;
	slot->offset = offset;
	slot->size = 0;
	n = file_read_at(chunks->fd, slot->data, size, offset);
	if (n < 0)
		n = read_blocks(chunks, slot->data, size, offset);
	if (n < 0)
		return -1;
	slot->size = (size_t)n;
	return 0;
}

/* The slot that holds the byte at offset, or NULL. */
static struct slot *find_cached_chunk(struct chunks *chunks, uint64_t offset)
{
	for (int i = 0; i < SLOTS; i++)
		if (offset >= chunks->slots[i].offset && offset - chunks->slots[i].offset < chunks->slots[i].size)
			return &chunks->slots[i];
	return NULL;
}

static struct slot *oldest_chunk(struct chunks *chunks)
{
	struct slot *oldest = &chunks->slots[0];

	for (int i = 1; i < SLOTS; i++)
		if (chunks->slots[i].offset < oldest->offset)
			oldest = &chunks->slots[i];
	return oldest;
}

ssize_t chunks_read(void *argument, void *out, size_t size)
{
	struct chunks *chunks = argument;
	struct slot *slot = find_cached_chunk(chunks, chunks->next);
	size_t skip, part;

	if (!slot) {
		slot = oldest_chunk(chunks);
		/* the first chunk ends where the others start: at a multiple of their size */
		if (read_chunk(chunks, slot, CHUNKS_SIZE - (size_t)(chunks->next % CHUNKS_SIZE), chunks->next))
			return -1;
		if (!slot->size)
			return 0;
	}
	skip = (size_t)(chunks->next - slot->offset);
	part = slot->size - skip < size ? slot->size - skip : size;
	memcpy(out, slot->data + skip, part);
	chunks->next += part;
	return (ssize_t)part;
}

ssize_t chunks_find(struct chunks *chunks, uint64_t offset, const unsigned char **data, struct fault *fault)
{
	struct slot *slot = find_cached_chunk(chunks, offset);

	if (!slot) {
		slot = &chunks->again;
		if (read_chunk(chunks, slot, CHUNKS_SIZE, offset)) {
			*fault = chunks->fault;
			return -fault->code;
		}
	}
	*data = slot->data + (offset - slot->offset);
	return (ssize_t)(slot->size - (size_t)(offset - slot->offset));
}

bool chunks_gone(const struct chunks *chunks, struct fault *fault)
{
	if (chunks->gone)
		*fault = chunks->fault;
	return chunks->gone;
}

struct chunks *chunks_open(int fd, uint64_t start, uint64_t size, struct findings *findings, struct fault *fault)
{
	struct chunks *chunks = calloc(1, sizeof(*chunks));
	bool short_of_memory = !chunks;

	if (chunks) {
		chunks->fd = fd;
		chunks->next = start;
		chunks->size = size;
		chunks->findings = findings;
		chunks->again.data = malloc(CHUNKS_SIZE);
		short_of_memory = !chunks->again.data;
	}
	for (int i = 0; i < SLOTS && !short_of_memory; i++) {
		chunks->slots[i].data = aligned_alloc(BLOCK, CHUNKS_SIZE);
		short_of_memory = !chunks->slots[i].data;
	}
	if (short_of_memory) {
		chunks_close(chunks);
		fault_memory(fault);
		return NULL;
	}
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return chunks;
}

void chunks_close(struct chunks *chunks)
{
	if (!chunks)
		return;
	for (int i = 0; i < SLOTS; i++)
		free(chunks->slots[i].data);
	free(chunks->again.data);
	free(chunks);
}
