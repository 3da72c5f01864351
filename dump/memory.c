/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdlib.h>

#include "dump/memory.h"
#include "dump/paging.h"

struct memory {
	struct physical *physical;
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
	memory->physical = physical_open(source, fault);
	if (!memory->physical) {
		free(memory);
		return NULL;
	}
	memory->has_paging = paging_find(&source->info, &memory->paging);
	return memory;
}

int memory_close(struct memory *memory, struct fault *fault)
{
	int status;

	if (!memory)
		return 0;
	status = physical_close(memory->physical, fault);
	free(memory);
	return status;
}

const struct info *memory_info(const struct memory *memory)
{
	return physical_info(memory->physical);
}

struct physical *memory_physical(const struct memory *memory)
{
	return memory->physical;
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
	const struct info *info = physical_info(memory->physical);

	if (!info->ranges_made && by_ranges(info, virtual, mapping))
		return 0;
	if (memory->has_paging)
		return paging_translate(&memory->paging, memory->physical, virtual, mapping, fault);
	if (info->ranges_made && by_ranges(info, virtual, mapping))
		return 0;
	return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
			 "where virtual address 0x%" PRIx64 " was mapped is not known", virtual);
}

int memory_read(struct memory *memory, uint64_t address, void *out, size_t size, struct fault *fault)
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
		status = physical_read(memory->physical, mapping.physical + at, to, (size_t)part, fault);
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
	struct mapping mapping;
	int status = translate(memory, address, &mapping, fault);
	uint64_t left;

	if (status)
		return status;
	left = mapping.size - (address - mapping.virtual);
	if (left < most)
		most = (size_t)left;
	return physical_look(memory->physical, address + mapping.physical - mapping.virtual, most, at, there, fault);
}
