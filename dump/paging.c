/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk through page tables of any number of levels whose entries are 8 bytes and whose tables are a page. Where
 * they are and how an entry is decoded is the machine's (find_paging in lkcd/machine.h).
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

/* Follow the tables to the entry that says what an address is; *shift is the log2 of how much memory it speaks for. */
static int look_up(const struct paging *paging, struct physical *physical, uint64_t virtual, enum paging_entry *kind,
		   unsigned *shift, uint64_t *target, struct fault *fault)
{
	unsigned table_bits = paging->page_shift - ENTRY_SHIFT, level = paging->levels;
	uint64_t table = paging->root;

	virtual &= paging_bits_below(paging->address_bits);
	do {
		unsigned char entry[1 << ENTRY_SHIFT];
		uint64_t index;

		*shift = paging->page_shift + --level * table_bits;
		index = virtual >> *shift & paging_bits_below(table_bits);
		if (physical_read(physical, table + (index << ENTRY_SHIFT), entry, sizeof(entry), fault))
			return fault_prepend(fault, "page table for 0x%" PRIx64, virtual | paging_start(paging));
		*kind = paging->decode(paging, get64(entry, physical_info(physical)->big_endian), level, target);
		table = *target;
	} while (*kind == PAGING_TABLE);
	*target &= ~paging_bits_below(*shift);
	return 0;
}

int paging_translate(const struct paging *paging, struct physical *physical, uint64_t virtual, struct mapping *mapping,
		     struct fault *fault)
{
	enum paging_entry kind;
	uint64_t target;
	unsigned shift;

	if (virtual < paging_start(paging))
		return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
				 "0x%" PRIx64 " is no address of the kernel", virtual);
	if (look_up(paging, physical, virtual, &kind, &shift, &target, fault))
		return -fault->code;
	if (kind != PAGING_LEAF)
		return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
				 "nothing was mapped at virtual address 0x%" PRIx64, virtual);
	*mapping = (struct mapping){ virtual & ~paging_bits_below(shift), target, UINT64_C(1) << shift };
	return 0;
}

int paging_next(const struct paging *paging, struct physical *physical, uint64_t virtual, uint64_t last,
		uint64_t *steps, struct mapping *mapping, struct fault *fault)
{
	enum paging_entry kind;
	uint64_t target;
	unsigned shift;

	for (;; virtual = (virtual | paging_bits_below(shift)) + 1) {
		if (!*steps)
			return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
					 "the page tables at 0x%" PRIx64 " make no sense", paging->root);
		--*steps;
		if (look_up(paging, physical, virtual, &kind, &shift, &target, fault))
			return -fault->code;
		if (kind == PAGING_LEAF)
			break;
		if ((virtual | paging_bits_below(shift)) >= last)
			return 0;
	}
	*mapping = (struct mapping){ virtual & ~paging_bits_below(shift), target, UINT64_C(1) << shift };
	return 1;
}
