/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks page tables of up to five levels whose entries have 8 bytes and whose tables fill a page. The machine's
 * find_paging (lkcd/machine.h) locates them and decodes an entry.
 */
#include <inttypes.h>

#include "dump/paging.h"
#include "dump/physical.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"

#define ENTRY_SHIFT 3 /* log2 of an entry's size */
#define LEVELS_MAX 5

bool paging_find(const struct info *info, struct paging *paging)
{
	uint64_t top = 0;
	unsigned table_bits;

	*paging = (struct paging){ 0 };
	if (!info->machine || !info->machine->find_paging || !info->machine->find_paging(info, paging, &top))
		return false;
	table_bits = paging->page_shift - ENTRY_SHIFT;
	paging->levels = (paging->address_bits - paging->page_shift + table_bits - 1) / table_bits;
	paging->root = (top - paging->text_offset) & ~paging->ignored;
	return paging->levels <= LEVELS_MAX && !(paging->root & paging_bits_below(ENTRY_SHIFT));
}

uint64_t paging_start(const struct paging *paging)
{
	return ~paging_bits_below(paging->address_bits - !paging->kernel_only);
}

/* Walk from the top table to the entry of an address: a leaf, or an absent one of any level. */
static int look_up_entry(const struct paging *paging, struct physical *physical, uint64_t virtual,
			 enum paging_entry *kind, struct mapping *mapping, struct fault *fault)
{
	unsigned table_bits = paging->page_shift - ENTRY_SHIFT, level = paging->levels;
	uint64_t table = paging->root, entry;
	unsigned shift;

	do {
		unsigned char bytes[1 << ENTRY_SHIFT];
		uint64_t index;

		shift = paging->page_shift + --level * table_bits;
		index = (virtual & paging_bits_below(paging->address_bits)) >> shift & paging_bits_below(table_bits);
		if (physical_read(physical, table + (index << ENTRY_SHIFT), bytes, sizeof(bytes), fault))
			return fault_prepend(fault, "page table for 0x%" PRIx64, virtual | paging_start(paging));
		entry = get64(bytes, physical_info(physical)->big_endian);
		*kind = paging->decode(paging, entry, level, &table);
	} while (*kind == PAGING_TABLE);
	*mapping = (struct mapping){
		.virtual = virtual & ~paging_bits_below(shift),
		.physical = table & ~paging_bits_below(shift),
		.size = UINT64_C(1) << shift,
		.executable = (entry & paging->execute_mask) == paging->execute,
	};
	return 0;
}

int paging_translate(const struct paging *paging, struct physical *physical, uint64_t virtual, struct mapping *mapping,
		     struct fault *fault)
{
	enum paging_entry kind;

	if (virtual < paging_start(paging))
		return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
				 "0x%" PRIx64 " is not a kernel address", virtual);
	if (look_up_entry(paging, physical, virtual, &kind, mapping, fault))
		return -fault->code;
	if (kind != PAGING_LEAF)
		return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
				 "nothing was mapped at virtual address 0x%" PRIx64, virtual);
	return 0;
}

int paging_next(const struct paging *paging, struct physical *physical, uint64_t virtual, uint64_t last,
		uint64_t *steps, struct mapping *mapping, struct fault *fault)
{
	enum paging_entry kind;

	for (;; virtual = mapping->virtual + mapping->size) {
		if (!*steps)
			return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
					 "the page tables at 0x%" PRIx64 " are damaged: too many entries map nothing",
					 paging->root);
		--*steps;
		if (look_up_entry(paging, physical, virtual, &kind, mapping, fault))
			return -fault->code;
		if (kind == PAGING_LEAF)
			return 1;
		if (mapping->virtual + (mapping->size - 1) >= last)
			return 0;
	}
}
