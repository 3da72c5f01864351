/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's page tables, on machines that can locate them by VMCOREINFO (find_paging in lkcd/machine.h). */
#ifndef DUMP_PAGING_H
#define DUMP_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/info.h"

struct physical;

#define PAGING_STEPS_MAX 65536 /* page table entries that are read for one answer, at most */

enum paging_entry { PAGING_ABSENT, PAGING_TABLE, PAGING_LEAF };

/* Where the tables are and how they are read. */
struct paging {
	uint64_t root;                  /* physical address of the top table */
	uint64_t text_offset;           /* virtual minus physical address in the kernel's image */
	uint64_t ignored;               /* bits of an entry that are not part of the address: memory encryption */
	uint64_t execute_mask, execute; /* a leaf is executable by the kernel when these of the mask's bits are set */
	unsigned page_shift;
	unsigned address_bits; /* that the tables translate; all higher bits are ones in the kernel's half */
	unsigned levels;
	bool kernel_only; /* the tables map the kernel's half only; else half of them maps processes */
	/* Decode an entry of a level (0: the last): its kind, and the physical address in it. */
	enum paging_entry (*decode)(const struct paging *paging, uint64_t entry, unsigned level, uint64_t *physical);
};

/* Memory that one entry maps. size is a power of two, and virtual and physical are multiples of it. */
struct mapping {
	uint64_t virtual, physical, size;
	bool executable; /* by the kernel; false when the mapping comes from a range, not from page tables */
};

/* A mask of all bits below bit, which is less than 64. */
static inline uint64_t paging_bits_below(unsigned bit)
{
	return (UINT64_C(1) << bit) - 1;
}

/* Locate the tables by VMCOREINFO. False: it lacks what is needed, or this machine's tables are not supported. */
bool paging_find(const struct info *info, struct paging *paging);

/* The first address of the kernel's half. */
uint64_t paging_start(const struct paging *paging);

/* Find the mapping of an address. -FAULT_DAMAGED: it was not mapped, or a table is not in the dump. */
int paging_translate(const struct paging *paging, struct physical *physical, uint64_t virtual, struct mapping *mapping,
		     struct fault *fault);

/*
 * Find the mapping of the first mapped address from virtual to last. *steps is reduced by each entry that is read.
 * Returns 1; 0 when there is none; -FAULT_DAMAGED when a table is not in the dump, or *steps is 0.
 */
int paging_next(const struct paging *paging, struct physical *physical, uint64_t virtual, uint64_t last,
		uint64_t *steps, struct mapping *mapping, struct fault *fault);

#endif
