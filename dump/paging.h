/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's page tables, where its machine's file can find them by VMCOREINFO (find_paging in lkcd/machine.h). */
#ifndef DUMP_PAGING_H
#define DUMP_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/info.h"

struct physical;

#define PAGING_STEPS_MAX 65536 /* entries of page tables that are looked at for one answer */

enum paging_entry { PAGING_ABSENT, PAGING_TABLE, PAGING_LEAF };

/* Where the tables are and how they are read. */
struct paging {
	uint64_t root;                  /* physical address of the top table */
	uint64_t text_offset;           /* virtual minus physical address in the kernel's image */
	uint64_t ignored;               /* bits of an entry that are no address: memory encryption */
	uint64_t execute_mask, execute; /* the kernel may execute what a leaf maps if it has these bits of the mask */
	unsigned page_shift;
	unsigned address_bits; /* that the tables translate; all bits above them are ones in the kernel's half */
	unsigned levels;
	bool kernel_only; /* the tables are for the kernel's half alone; else half of them is for processes */
	/* What an entry of a level (0: the last) says, and the physical address in it. */
	enum paging_entry (*decode)(const struct paging *paging, uint64_t entry, unsigned level, uint64_t *physical);
};

/* Memory that one entry maps. size is a power of two, and virtual and physical are multiples of it. */
struct mapping {
	uint64_t virtual, physical, size;
	bool executable; /* by the kernel; false for memory that no page table was asked of */
};

/* All bits below one, which is less than 64. */
static inline uint64_t paging_bits_below(unsigned bit)
{
	return (UINT64_C(1) << bit) - 1;
}

/* By VMCOREINFO. False: it does not say, or this machine's tables are not known here. */
bool paging_find(const struct info *info, struct paging *paging);

/* The first address of the kernel's half. */
uint64_t paging_start(const struct paging *paging);

/* What maps an address. -FAULT_DAMAGED: nothing does, or a table is not in the dump. */
int paging_translate(const struct paging *paging, struct physical *physical, uint64_t virtual, struct mapping *mapping,
		     struct fault *fault);

/*
 * The mapping of the first mapped address from virtual to last. Takes one of *steps for each entry that it looks at.
 * Returns 1; 0 when there is none; -FAULT_DAMAGED when a table is not in the dump, or no step is left.
 */
int paging_next(const struct paging *paging, struct physical *physical, uint64_t virtual, uint64_t last,
		uint64_t *steps, struct mapping *mapping, struct fault *fault);

#endif
