/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a dump's memory by virtual address: translates by the dump's ranges or by the kernel's page tables
 * (dump/paging.h), then reads by physical address (dump/physical.h).
 */
#include <inttypes.h>
#include <stdlib.h>

#include "dump/memory.h"
#include "dump/paging.h"
#include "dump/run.h"
#include "lkcd/endian.h"

struct memory {
	struct source *source;
	struct physical *physical; /* the source's */
	struct run_finder finder;  /* for memory_borrow */
	struct paging paging;
	bool has_paging;
};

struct memory *memory_open(struct source *source, struct fault *fault)
{
	struct memory *memory = calloc(1, sizeof(*memory));

	if (!memory) {
		fault_memory(fault);
		return NULL;
	}
	memory->source = source;
	memory->physical = physical_open(source, fault);
	if (!memory->physical) {
		free(memory);
		return NULL;
	}
	memory->has_paging = paging_find(&source->info, &memory->paging);
	return memory;
}

void memory_close(struct memory *memory)
{
	if (!memory)
		return;
	run_close(&memory->finder);
	physical_close(memory->physical);
	free(memory);
}

const struct info *memory_info(const struct memory *memory)
{
	return &memory->source->info;
}

struct physical *memory_physical(const struct memory *memory)
{
	return memory->physical;
}

/* False: no range holds the address. */
static bool translate_by_ranges(const struct info *info, uint64_t virtual, struct mapping *mapping)
{
	for (size_t i = 0; i < info->range_count; i++) {
		const struct range *range = &info->ranges[i];

		if (range->virtual == RANGE_NOT_MAPPED ||
		    (!range->virtual && range->physical)) /* QEMU stores 0 for "not known" */
			continue;
		if (virtual >= range->virtual && virtual - range->virtual < range->size) {
			*mapping = (struct mapping){ range->virtual, range->physical, range->size, false };
			return true;
		}
	}
	return false;
}

static int translate_virtual(struct memory *memory, uint64_t virtual, struct mapping *mapping, struct fault *fault)
{
	const struct info *info = &memory->source->info;

	if (!info->ranges_made && translate_by_ranges(info, virtual, mapping))
		return 0;
	if (memory->has_paging)
		return paging_translate(&memory->paging, memory->physical, virtual, mapping, fault);
	if (info->ranges_made && translate_by_ranges(info, virtual, mapping))
		return 0;
	return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
			 "where virtual address 0x%" PRIx64 " was mapped is not known", virtual);
}

int memory_read(struct memory *memory, uint64_t address, void *out, size_t size, struct fault *fault)
{
	unsigned char *to = out;

	if (size && address > UINT64_MAX - (size - 1))
		return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
				 "%zu bytes at virtual address 0x%" PRIx64 " exceed the address space", size, address);
	while (size) {
		struct mapping mapping;
		uint64_t at, part;
		int status = translate_virtual(memory, address, &mapping, fault);

		if (status)
			return status;
		at = address - mapping.virtual;
		part = mapping.size - at < size ? mapping.size - at : size;
		status = physical_read(memory->physical, mapping.physical + at, to, (size_t)part, fault);
		if (status)
			return status;
		to += part;
		address += part;
		size -= (size_t)part;
	}
	return 0;
}

int memory_read_word(struct memory *memory, uint64_t address, uint64_t *value, struct fault *fault)
{
	const struct info *info = memory_info(memory);
	unsigned char bytes[8];
	int status = memory_read(memory, address, bytes, info->bits == 64 ? 8 : 4, fault);

	if (!status)
		*value = get_word(bytes, info->big_endian, info->bits);
	return status;
}

int memory_borrow(struct memory *memory, uint64_t address, size_t most, const unsigned char **at, size_t *there,
		  struct fault *fault)
{
	static const unsigned char zeros[PAGE_SIZE_MIN];
	struct mapping mapping;
	struct page page;
	int status = translate_virtual(memory, address, &mapping, fault);
	uint64_t left, end;

	if (!status && !memory->finder.cursor)
		status = run_open(&memory->finder, memory->source, fault);
	if (status)
		return status;
	left = mapping.size - (address - mapping.virtual);
	address += mapping.physical - mapping.virtual;
	status = physical_check(address, 1, fault);
	if (!status)
		status = run_find(&memory->finder, address, &page, fault);
	if (status)
		return status;
	end = run_end(&page, memory->source->info.page_size);
	left = end - address < left ? end - address : left;
	left = left < most ? left : most;
	*there = page.data || left < sizeof(zeros) ? (size_t)left : sizeof(zeros);
	*at = page.data ? (const unsigned char *)page.data + (address - page.address) : zeros;
	return 0;
}
