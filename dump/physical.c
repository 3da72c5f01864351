/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dump/physical.h"
#include "dump/unpack.h"

#define SLOTS 16
#define SLOT_BYTES (64u << 10) /* of a run, what lies in one aligned piece of this size is kept */
#define REFUSALS_MAX 8         /* a source tells of that many things that concern no page before it gives one */

/* A piece of memory that was read lately. */
struct slot {
	uint64_t start;
	size_t size; /* 0: empty */
	uint64_t used;
	unsigned char *bytes;
};

struct physical {
	struct source *source;
	struct slot slots[SLOTS];
	size_t slot_bytes;
	uint64_t clock;  /* counts uses: the slot with the oldest one is taken next */
	uint64_t behind; /* the address behind the run that the source gave last; UINT64_MAX: nothing is known of it */

	struct unpack unpack;
};

struct physical *physical_open(struct source *source, struct fault *fault)
{
	struct physical *physical;

	if (!source->seek) {
		fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
			  "memory cannot be searched: this input can only be read from its start to its end");
		return NULL;
	}
	physical = calloc(1, sizeof(*physical));
	if (!physical) {
		fault_memory(fault);
		return NULL;
	}
	physical->source = source;
	physical->slot_bytes = source->info.page_size > SLOT_BYTES ? source->info.page_size : SLOT_BYTES;
	physical->behind = UINT64_MAX;
	return physical;
}

int physical_close(struct physical *physical, struct fault *fault)
{
	int status;

	if (!physical)
		return 0;
	status = physical->source->seek(physical->source, 0, fault);
	for (size_t i = 0; i < SLOTS; i++)
		free(physical->slots[i].bytes);
	unpack_close(&physical->unpack);
	free(physical);
	return status;
}

const struct info *physical_info(const struct physical *physical)
{
	return &physical->source->info;
}

static uint64_t run_end(const struct physical *physical, const struct page *page)
{
	return page->address + (uint64_t)page->pages * physical->source->info.page_size;
}

/* The run that an address lies in. The page's last byte is sought, for to seek 0 is to start again. */
static int seek_run(struct physical *physical, uint64_t address, struct page *page, struct fault *fault)
{
	uint32_t page_size = physical->source->info.page_size;
	unsigned refusals = 0;
	int status = physical->source->seek(physical->source, address - address % page_size + page_size - 1, fault);

	if (status)
		return status;
	do
		status = physical->source->next(physical->source, page, fault);
	while (status == -FAULT_DAMAGED && fault->address == FAULT_NOWHERE && refusals++ < REFUSALS_MAX);
	if (status == 1 && address >= page->address && address - page->address < (uint64_t)page->pages * page_size)
		return 0;
	if (status < 0 && (status == -FAULT_DAMAGED || fault_status(status) > 1))
		return status;
	return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, address - address % page_size, "not in the dump");
}

/* The same, made plain. What follows the run before needs no search, which costs much in a packed dump. */
static int find_run(struct physical *physical, uint64_t address, struct page *page, struct fault *fault)
{
	bool follows = address == physical->behind && physical->source->next(physical->source, page, fault) == 1 &&
		       page->address == address;
	int status = follows ? 0 : seek_run(physical, address, page, fault);

	physical->behind = status ? UINT64_MAX : run_end(physical, page);
	return status ? status : unpack_page(&physical->unpack, page, physical->source->info.page_size, fault);
}

/* Copy what a plain run holds of memory at address. */
static void copy_run(const struct page *page, uint64_t address, void *out, size_t size)
{
	if (page->data)
		memcpy(out, (const unsigned char *)page->data + (address - page->address), size);
	else
		memset(out, 0, size);
}

static struct slot *oldest_slot(struct physical *physical)
{
	struct slot *oldest = physical->slots;

	for (size_t i = 1; i < SLOTS; i++)
		if (physical->slots[i].used < oldest->used)
			oldest = &physical->slots[i];
	return oldest;
}

/* Read the slot that an address lies in. */
static int fill_slot(struct physical *physical, uint64_t address, struct slot **filled, struct fault *fault)
{
	uint64_t window = address - address % physical->slot_bytes, start, end;
	struct slot *slot = oldest_slot(physical);
	struct page page;
	int status = find_run(physical, address, &page, fault);

	if (status)
		return status;
	if (!slot->bytes)
		slot->bytes = malloc(physical->slot_bytes);
	if (!slot->bytes)
		return fault_memory(fault);
	end = run_end(physical, &page);
	start = page.address > window ? page.address : window;
	end = end < window + physical->slot_bytes ? end : window + physical->slot_bytes;
	slot->start = start;
	slot->size = (size_t)(end - start);
	copy_run(&page, start, slot->bytes, slot->size);
	*filled = slot;
	return 0;
}

static int find_slot(struct physical *physical, uint64_t address, struct slot **found, struct fault *fault)
{
	int status = 0;

	*found = NULL;
	for (size_t i = 0; i < SLOTS && !*found; i++)
		if (address >= physical->slots[i].start && address - physical->slots[i].start < physical->slots[i].size)
			*found = &physical->slots[i];
	if (!*found)
		status = fill_slot(physical, address, found, fault);
	if (!status)
		(*found)->used = ++physical->clock;
	return status;
}

/* A part of what is wanted, by the slots: *part bytes. */
static int read_slot(struct physical *physical, uint64_t address, void *out, size_t size, size_t *part,
		     struct fault *fault)
{
	struct slot *slot;
	int status = find_slot(physical, address, &slot, fault);
	size_t at;

	if (status)
		return status;
	at = (size_t)(address - slot->start);
	*part = slot->size - at < size ? slot->size - at : size;
	memcpy(out, slot->bytes + at, *part);
	return 0;
}

/* The same of much at once, which will not be asked for again: without the slots. */
static int read_run(struct physical *physical, uint64_t address, void *out, size_t size, size_t *part,
		    struct fault *fault)
{
	struct page page;
	int status = find_run(physical, address, &page, fault);
	uint64_t left;

	if (status)
		return status;
	left = run_end(physical, &page) - address;
	*part = left < size ? (size_t)left : size;
	copy_run(&page, address, out, *part);
	return 0;
}

static int check_address(uint64_t address, size_t size, struct fault *fault)
{
	if (address < PAGE_ADDRESS_LIMIT && size <= PAGE_ADDRESS_LIMIT - address)
		return 0;
	return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE, "0x%" PRIx64 " is no physical address",
			 address);
}

int physical_read(struct physical *physical, uint64_t address, void *out, size_t size, struct fault *fault)
{
	unsigned char *to = out;
	int status = check_address(address, size, fault);

	while (size && !status) {
		size_t part = 0;

		status = size >= physical->slot_bytes ? read_run(physical, address, to, size, &part, fault)
						      : read_slot(physical, address, to, size, &part, fault);
		to += part;
		address += part;
		size -= part;
	}
	return status;
}

int physical_look(struct physical *physical, uint64_t address, size_t most, const unsigned char **at, size_t *there,
		  struct fault *fault)
{
	static const unsigned char zeros[PAGE_SIZE_MIN];
	struct page page;
	int status = check_address(address, 1, fault);
	uint64_t left;

	if (!status)
		status = find_run(physical, address, &page, fault);
	if (status)
		return status;
	left = run_end(physical, &page) - address < most ? run_end(physical, &page) - address : most;
	*there = page.data || left < sizeof(zeros) ? (size_t)left : sizeof(zeros);
	*at = page.data ? (const unsigned char *)page.data + (address - page.address) : zeros;
	return 0;
}
