/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cache of memory by physical address. Analysis reads a few bytes at a time, often near each other, and decompressing
 * a page is expensive: so recently read memory is kept in slots. One lock guards the cursor and the slots; it is held
 * while a page is read, which is rare once the slots are filled.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "dump/physical.h"
#include "dump/run.h"

#define SLOTS 16
#define SLOT_BYTES (64u << 10) /* a slot keeps the part of a run within one aligned block of this size */

/* Memory that was read recently. */
struct slot {
	uint64_t start;
	size_t size; /* 0: empty */
	uint64_t used;
	unsigned char *bytes;
};

struct physical {
	struct source *source; /* whose memory it is */
	unsigned users;        /* that opened it */
	pthread_mutex_t lock;  /* guards all below */
	struct run_finder finder;
	struct slot slots[SLOTS];
	size_t slot_bytes;
	uint64_t clock; /* counts uses: the least recently used slot is refilled */
};

struct physical *physical_open(struct source *source, struct fault *fault)
{
	struct physical *physical = source->physical;

	if (physical) {
		physical->users++;
		return physical;
	}
	physical = calloc(1, sizeof(*physical));
	if (!physical) {
		fault_memory(fault);
		return NULL;
	}
	if (run_open(&physical->finder, source, fault)) {
		free(physical);
		return NULL;
	}
	pthread_mutex_init(&physical->lock, NULL);
	physical->source = source;
	physical->users = 1;
	physical->slot_bytes = source->info.page_size > SLOT_BYTES ? source->info.page_size : SLOT_BYTES;
	source->physical = physical;
	return physical;
}

void physical_close(struct physical *physical)
{
	if (--physical->users)
		return;
	physical->source->physical = NULL;
	for (size_t i = 0; i < SLOTS; i++)
		free(physical->slots[i].bytes);
	run_close(&physical->finder);
	pthread_mutex_destroy(&physical->lock);
	free(physical);
}

const struct info *physical_info(const struct physical *physical)
{
	return &physical->source->info;
}

/* Copy size bytes of a plain run from address on. */
static void copy_run(const struct page *page, uint64_t address, void *out, size_t size)
{
	if (page->data)
		memcpy(out, (const unsigned char *)page->data + (address - page->address), size);
	else
		memset(out, 0, size);
}

static struct slot *oldest_physical_slot(struct physical *physical)
{
	struct slot *oldest = physical->slots;

	for (size_t i = 1; i < SLOTS; i++)
		if (physical->slots[i].used < oldest->used)
			oldest = &physical->slots[i];
	return oldest;
}

/* Read the memory around an address into the least recently used slot. */
static int fill_physical_slot(struct physical *physical, uint64_t address, struct slot **filled, struct fault *fault)
{
	uint64_t window = address - address % physical->slot_bytes, start, end;
	struct slot *slot = oldest_physical_slot(physical);
	struct page page;
	int status = run_find(&physical->finder, address, &page, fault);

	if (status)
		return status;
	if (!slot->bytes)
		slot->bytes = malloc(physical->slot_bytes);
	if (!slot->bytes)
		return fault_memory(fault);
	end = run_end(&page, physical->source->info.page_size);
	start = page.address > window ? page.address : window;
	end = end < window + physical->slot_bytes ? end : window + physical->slot_bytes;
	slot->start = start;
	slot->size = (size_t)(end - start);
	copy_run(&page, start, slot->bytes, slot->size);
	*filled = slot;
	return 0;
}

static int find_physical_slot(struct physical *physical, uint64_t address, struct slot **found, struct fault *fault)
{
	int status = 0;

	*found = NULL;
	for (size_t i = 0; i < SLOTS && !*found; i++)
		if (address >= physical->slots[i].start && address - physical->slots[i].start < physical->slots[i].size)
			*found = &physical->slots[i];
	if (!*found)
		status = fill_physical_slot(physical, address, found, fault);
	if (!status)
		(*found)->used = ++physical->clock;
	return status;
}

/* Read *part of the wanted bytes, through a slot. */
static int read_from_slot(struct physical *physical, uint64_t address, void *out, size_t size, size_t *part,
			  struct fault *fault)
{
	struct slot *slot;
	int status = find_physical_slot(physical, address, &slot, fault);
	size_t at;

	if (status)
		return status;
	at = (size_t)(address - slot->start);
	*part = slot->size - at < size ? slot->size - at : size;
	memcpy(out, slot->bytes + at, *part);
	return 0;
}

/* The same without a slot, for large reads, which are not repeated. */
static int read_from_run(struct physical *physical, uint64_t address, void *out, size_t size, size_t *part,
			 struct fault *fault)
{
	struct page page;
	int status = run_find(&physical->finder, address, &page, fault);
	uint64_t left;

	if (status)
		return status;
	left = run_end(&page, physical->source->info.page_size) - address;
	*part = left < size ? (size_t)left : size;
	copy_run(&page, address, out, *part);
	return 0;
}

int physical_check(uint64_t address, size_t size, struct fault *fault)
{
	if (address < PAGE_ADDRESS_LIMIT && size <= PAGE_ADDRESS_LIMIT - address)
		return 0;
	return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE, "0x%" PRIx64 " is not a physical address",
			 address);
}

int physical_read(struct physical *physical, uint64_t address, void *out, size_t size, struct fault *fault)
{
	unsigned char *to = out;
	int status = physical_check(address, size, fault);

	pthread_mutex_lock(&physical->lock);
	while (size && !status) {
		size_t part = 0;

		status = size >= physical->slot_bytes ? read_from_run(physical, address, to, size, &part, fault)
						      : read_from_slot(physical, address, to, size, &part, fault);
		to += part;
		address += part;
		size -= part;
	}
	pthread_mutex_unlock(&physical->lock);
	return status;
}
