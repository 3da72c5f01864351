/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dump/memory.h"
#include "dump/paging.h"
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

struct memory {
	struct source *source;
	struct slot slots[SLOTS];
	size_t slot_bytes;
	uint64_t clock;  /* counts uses: the slot with the oldest one is taken next */
	uint64_t behind; /* the address behind the run that the source gave last; UINT64_MAX: nothing is known of it */

	struct unpack unpack;

	struct paging paging;
	bool has_paging;
};

struct memory *memory_open(struct source *source, struct fault *fault)
{
	struct memory *memory;

	if (!source->seek) {
		fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
			  "memory cannot be searched: this input can only be read from its start to its end");
		return NULL;
	}
	memory = calloc(1, sizeof(*memory));
	if (!memory) {
		fault_memory(fault);
		return NULL;
	}
	memory->source = source;
	memory->slot_bytes = source->info.page_size > SLOT_BYTES ? source->info.page_size : SLOT_BYTES;
	memory->behind = UINT64_MAX;
	memory->has_paging = paging_find(&source->info, &memory->paging);
	return memory;
}

int memory_close(struct memory *memory, struct fault *fault)
{
	int status;

	if (!memory)
		return 0;
	status = memory->source->seek(memory->source, 0, fault);
	for (size_t i = 0; i < SLOTS; i++)
		free(memory->slots[i].bytes);
	unpack_close(&memory->unpack);
	free(memory);
	return status;
}

const struct info *memory_info(const struct memory *memory)
{
	return &memory->source->info;
}

static uint64_t run_end(const struct memory *memory, const struct page *page)
{
	return page->address + (uint64_t)page->pages * memory->source->info.page_size;
}

/* The run that an address lies in. The page's last byte is sought, for to seek 0 is to start again. */
static int seek_run(struct memory *memory, uint64_t address, struct page *page, struct fault *fault)
{
	uint32_t page_size = memory->source->info.page_size;
	unsigned refusals = 0;
	int status = memory->source->seek(memory->source, address - address % page_size + page_size - 1, fault);

	if (status)
		return status;
	do
		status = memory->source->next(memory->source, page, fault);
	while (status == -FAULT_DAMAGED && fault->address == FAULT_NOWHERE && refusals++ < REFUSALS_MAX);
	if (status == 1 && address >= page->address && address - page->address < (uint64_t)page->pages * page_size)
		return 0;
	if (status < 0 && (status == -FAULT_DAMAGED || fault_status(status) > 1))
		return status;
	return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, address - address % page_size, "not in the dump");
}

/* The same, made plain. What follows the run before needs no search, which costs much in a packed dump. */
static int find_run(struct memory *memory, uint64_t address, struct page *page, struct fault *fault)
{
	bool follows = address == memory->behind && memory->source->next(memory->source, page, fault) == 1 &&
		       page->address == address;
	int status = follows ? 0 : seek_run(memory, address, page, fault);

	memory->behind = status ? UINT64_MAX : run_end(memory, page);
	return status ? status : unpack_page(&memory->unpack, page, memory->source->info.page_size, fault);
}

/* Copy what a plain run holds of memory at address. */
static void copy_run(const struct page *page, uint64_t address, void *out, size_t size)
{
	if (page->data)
		memcpy(out, (const unsigned char *)page->data + (address - page->address), size);
	else
		memset(out, 0, size);
}

static struct slot *oldest_slot(struct memory *memory)
{
	struct slot *oldest = memory->slots;

	for (size_t i = 1; i < SLOTS; i++)
		if (memory->slots[i].used < oldest->used)
			oldest = &memory->slots[i];
	return oldest;
}

/* Read the slot that an address lies in. */
static int fill_slot(struct memory *memory, uint64_t address, struct slot **filled, struct fault *fault)
{
	uint64_t window = address - address % memory->slot_bytes, start, end;
	struct slot *slot = oldest_slot(memory);
	struct page page;
	int status = find_run(memory, address, &page, fault);

	if (status)
		return status;
	if (!slot->bytes)
		slot->bytes = malloc(memory->slot_bytes);
	if (!slot->bytes)
		return fault_memory(fault);
	end = run_end(memory, &page);
	start = page.address > window ? page.address : window;
	end = end < window + memory->slot_bytes ? end : window + memory->slot_bytes;
	slot->start = start;
	slot->size = (size_t)(end - start);
	copy_run(&page, start, slot->bytes, slot->size);
	*filled = slot;
	return 0;
}

static int find_slot(struct memory *memory, uint64_t address, struct slot **found, struct fault *fault)
{
	int status = 0;

	*found = NULL;
	for (size_t i = 0; i < SLOTS && !*found; i++)
		if (address >= memory->slots[i].start && address - memory->slots[i].start < memory->slots[i].size)
			*found = &memory->slots[i];
	if (!*found)
		status = fill_slot(memory, address, found, fault);
	if (!status)
		(*found)->used = ++memory->clock;
	return status;
}

/* A part of what is wanted, by the slots: *part bytes. */
static int read_slot(struct memory *memory, uint64_t address, void *out, size_t size, size_t *part, struct fault *fault)
{
	struct slot *slot;
	int status = find_slot(memory, address, &slot, fault);
	size_t at;

	if (status)
		return status;
	at = (size_t)(address - slot->start);
	*part = slot->size - at < size ? slot->size - at : size;
	memcpy(out, slot->bytes + at, *part);
	return 0;
}

/* The same of much at once, which will not be asked for again: without the slots. */
static int read_run(struct memory *memory, uint64_t address, void *out, size_t size, size_t *part, struct fault *fault)
{
	struct page page;
	int status = find_run(memory, address, &page, fault);
	uint64_t left;

	if (status)
		return status;
	left = run_end(memory, &page) - address;
	*part = left < size ? (size_t)left : size;
	copy_run(&page, address, out, *part);
	return 0;
}

static int check_physical(uint64_t address, size_t size, struct fault *fault)
{
	if (address < PAGE_ADDRESS_LIMIT && size <= PAGE_ADDRESS_LIMIT - address)
		return 0;
	return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE, "0x%" PRIx64 " is no physical address",
			 address);
}

int memory_read_physical(struct memory *memory, uint64_t address, void *out, size_t size, struct fault *fault)
{
	unsigned char *to = out;
	int status = check_physical(address, size, fault);

	while (size && !status) {
		size_t part = 0;

		status = size >= memory->slot_bytes ? read_run(memory, address, to, size, &part, fault)
						    : read_slot(memory, address, to, size, &part, fault);
		to += part;
		address += part;
		size -= part;
	}
	return status;
}

/* By the ranges. False: none of them holds the address. */
static bool by_ranges(const struct info *info, uint64_t virtual, struct mapping *mapping)
{
	for (size_t i = 0; i < info->range_count; i++) {
		const struct range *range = &info->ranges[i];

		if (range->virtual == RANGE_NOT_MAPPED ||
		    (!range->virtual && range->physical)) /* QEMU says 0 for "not known" */
			continue;
		if (virtual >= range->virtual && virtual - range->virtual < range->size) {
			*mapping = (struct mapping){ range->virtual, range->physical, range->size };
			return true;
		}
	}
	return false;
}

static int translate(struct memory *memory, uint64_t virtual, struct mapping *mapping, struct fault *fault)
{
	const struct info *info = &memory->source->info;

	if (!info->ranges_made && by_ranges(info, virtual, mapping))
		return 0;
	if (memory->has_paging)
		return paging_translate(&memory->paging, memory, virtual, mapping, fault);
	if (info->ranges_made && by_ranges(info, virtual, mapping))
		return 0;
	return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
			 "where virtual address 0x%" PRIx64 " was mapped is not known", virtual);
}

int memory_read_virtual(struct memory *memory, uint64_t address, void *out, size_t size, struct fault *fault)
{
	unsigned char *to = out;

	if (size && address > UINT64_MAX - (size - 1))
		return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
				 "%zu bytes at virtual address 0x%" PRIx64 " cannot be", size, address);
	while (size) {
		struct mapping mapping;
		uint64_t at, part;
		int status = translate(memory, address, &mapping, fault);

		if (status)
			return status;
		at = address - mapping.virtual;
		part = mapping.size - at < size ? mapping.size - at : size;
		status = memory_read_physical(memory, mapping.physical + at, to, (size_t)part, fault);
		if (status)
			return status;
		to += part;
		address += part;
		size -= (size_t)part;
	}
	return 0;
}

int memory_look(struct memory *memory, uint64_t address, size_t most, const unsigned char **at, size_t *there,
		struct fault *fault)
{
	static const unsigned char zeros[PAGE_SIZE_MIN];
	struct mapping mapping;
	struct page page;
	int status = translate(memory, address, &mapping, fault);
	uint64_t left;

	if (status)
		return status;
	left = mapping.size - (address - mapping.virtual);
	address += mapping.physical - mapping.virtual;
	status = check_physical(address, 1, fault);
	if (!status)
		status = find_run(memory, address, &page, fault);
	if (status)
		return status;
	left = run_end(memory, &page) - address < left ? run_end(memory, &page) - address : left;
	left = left < most ? left : most;
	*there = page.data || left < sizeof(zeros) ? (size_t)left : sizeof(zeros);
	*at = page.data ? (const unsigned char *)page.data + (address - page.address) : zeros;
	return 0;
}
