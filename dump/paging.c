/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "dump/physical.h"
#include "dump/notes.h"
#include "dump/paging.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"

#define ENTRY_SHIFT 3 /* log2 of an entry's size */
#define X86_START_KERNEL_MAP UINT64_C(0xffffffff80000000)
#define LEVELS_MAX 5

static uint64_t bits_below(unsigned shift)
{
	return (UINT64_C(1) << shift) - 1;
}

/* Intel SDM 3A, 4.5: present bit 0, page size bit 7, address bits 12 to 51. */
static enum paging_entry x86_64_decode(const struct paging *paging, uint64_t entry, unsigned level, uint64_t *physical)
{
	*physical = entry & bits_below(52) & ~bits_below(12) & ~paging->ignored;
	if (!(entry & 1))
		return PAGING_ABSENT;
	return !level || (level <= 2 && entry & 0x80) ? PAGING_LEAF : PAGING_TABLE;
}

/* Arm ARM D8.3: bits 0 and 1 are 01 for a block, 11 for a table and, in the last level, a page. */
static enum paging_entry aarch64_decode(const struct paging *paging, uint64_t entry, unsigned level, uint64_t *physical)
{
	*physical = entry & bits_below(48) & ~bits_below(paging->page_shift);
	if (paging->page_shift == 16)
		*physical |= (entry >> 12 & 0xf) << 48;
	if (!(entry & 1) || (!level && !(entry & 2)))
		return PAGING_ABSENT;
	return !level || !(entry & 2) ? PAGING_LEAF : PAGING_TABLE;
}

/* The same with FEAT_LPA2: addresses of 52 bits in pages of 4 or 16 KiB; bits 8 and 9 are the highest two. */
static enum paging_entry aarch64_wide_decode(const struct paging *paging, uint64_t entry, unsigned level,
					     uint64_t *physical)
{
	enum paging_entry kind = aarch64_decode(paging, entry, level, physical);

	*physical = (entry & bits_below(50) & ~bits_below(paging->page_shift)) | (entry >> 8 & 3) << 50;
	return kind;
}

/* RISC-V privileged ISA, 4.4: valid bit 0; what may be read, written or executed is a leaf; frame from bit 10 on. */
static enum paging_entry riscv64_decode(const struct paging *paging, uint64_t entry, unsigned level, uint64_t *physical)
{
	*physical = (entry >> 10 & bits_below(44)) << paging->page_shift;
	if (!(entry & 1) || (!level && !(entry & 0xe)))
		return PAGING_ABSENT;
	return entry & 0xe ? PAGING_LEAF : PAGING_TABLE;
}

static bool number(const struct info *info, const char *key, int base, uint64_t *value)
{
	return notes_vmcoreinfo_number(info, key, base, value);
}

static bool find_x86_64(const struct info *info, struct paging *paging, uint64_t *top)
{
	uint64_t phys_base, five = 0;

	paging->decode = x86_64_decode;
	if (!number(info, "NUMBER(phys_base)", 10, &phys_base))
		return false;
	if (!number(info, "SYMBOL(init_top_pgt)", 16, top) && !number(info, "SYMBOL(init_level4_pgt)", 16, top) &&
	    !number(info, "SYMBOL(swapper_pg_dir)", 16, top))
		return false;
	number(info, "NUMBER(pgtable_l5_enabled)", 10, &five);
	number(info, "NUMBER(sme_mask)", 10, &paging->ignored);
	paging->text_offset = X86_START_KERNEL_MAP - phys_base;
	paging->page_shift = 12;
	paging->address_bits = five ? 57 : 48;
	return true;
}

static bool find_aarch64(const struct info *info, struct paging *paging, uint64_t *top)
{
	uint64_t va_bits, t1sz;

	paging->decode = aarch64_decode;
	paging->kernel_only = true;
	if (!number(info, "NUMBER(VA_BITS)", 10, &va_bits) ||
	    !number(info, "NUMBER(kimage_voffset)", 16, &paging->text_offset) ||
	    !number(info, "SYMBOL(swapper_pg_dir)", 16, top))
		return false;
	paging->page_shift = (unsigned)__builtin_ctz(info->page_size);
	if (va_bits < 36 || va_bits > 52 || paging->page_shift > 16)
		return false;
	/* arch/arm64/kernel/pi/map_kernel.c, since 6.9: on a CPU without LPA2 there is a level less */
	if (va_bits > 48 && paging->page_shift < 16) {
		if (!number(info, "NUMBER(TCR_EL1_T1SZ)", 16, &t1sz) || t1sz < 64 - va_bits || t1sz > 64 - 36)
			return false;
		va_bits = 64 - t1sz;
		if (va_bits > 48)
			paging->decode = aarch64_wide_decode;
	}
	paging->address_bits = (unsigned)va_bits;
	return true;
}

static bool find_riscv64(const struct info *info, struct paging *paging, uint64_t *top)
{
	uint64_t va_bits;

	paging->decode = riscv64_decode;
	if (!number(info, "NUMBER(VA_BITS)", 10, &va_bits) || !number(info, "SYMBOL(swapper_pg_dir)", 16, top) ||
	    !number(info, "NUMBER(va_kernel_pa_offset)", 16, &paging->text_offset))
		return false;
	paging->page_shift = 12;
	paging->address_bits = (unsigned)va_bits;
	return va_bits == 39 || va_bits == 48 || va_bits == 57;
}

bool paging_find(const struct info *info, struct paging *paging)
{
	static const struct {
		const char *machine;
		bool (*find)(const struct info *info, struct paging *paging, uint64_t *top);
	} finders[] = { { "x86_64", find_x86_64 }, { "aarch64", find_aarch64 }, { "riscv64", find_riscv64 } };
	uint64_t top = 0;
	unsigned table_bits;
	size_t i = 0;

	*paging = (struct paging){ 0 };
	if (!info->machine)
		return false;
	while (strcmp(finders[i].machine, info->machine->name))
		if (++i == sizeof(finders) / sizeof(*finders))
			return false;
	if (!finders[i].find(info, paging, &top))
		return false;
	table_bits = paging->page_shift - ENTRY_SHIFT;
	paging->levels = (paging->address_bits - paging->page_shift + table_bits - 1) / table_bits;
	paging->root = (top - paging->text_offset) & ~paging->ignored;
	return paging->levels <= LEVELS_MAX && !(paging->root & bits_below(ENTRY_SHIFT));
}

uint64_t paging_start(const struct paging *paging)
{
	return ~bits_below(paging->address_bits - !paging->kernel_only);
}

/* Follow the tables to the entry that says what an address is; *shift is the log2 of how much memory it speaks for. */
static int look_up(const struct paging *paging, struct physical *physical, uint64_t virtual, enum paging_entry *kind,
		   unsigned *shift, uint64_t *target, struct fault *fault)
{
	unsigned table_bits = paging->page_shift - ENTRY_SHIFT, level = paging->levels;
	uint64_t table = paging->root;

	virtual &= bits_below(paging->address_bits);
	do {
		unsigned char entry[1 << ENTRY_SHIFT];
		uint64_t index;

		*shift = paging->page_shift + --level * table_bits;
		index = virtual >> *shift & bits_below(table_bits);
		if (physical_read(physical, table + (index << ENTRY_SHIFT), entry, sizeof(entry), fault))
			return fault_prepend(fault, "page table for 0x%" PRIx64, virtual | paging_start(paging));
		*kind = paging->decode(paging, get64(entry, physical_info(physical)->big_endian), level, target);
		table = *target;
	} while (*kind == PAGING_TABLE);
	*target &= ~bits_below(*shift);
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
	*mapping = (struct mapping){ virtual & ~bits_below(shift), target, UINT64_C(1) << shift };
	return 0;
}

int paging_next(const struct paging *paging, struct physical *physical, uint64_t virtual, uint64_t last,
		uint64_t *steps, struct mapping *mapping, struct fault *fault)
{
	enum paging_entry kind;
	uint64_t target;
	unsigned shift;

	for (;; virtual = (virtual | bits_below(shift)) + 1) {
		if (!*steps)
			return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
					 "the page tables at 0x%" PRIx64 " make no sense", paging->root);
		--*steps;
		if (look_up(paging, physical, virtual, &kind, &shift, &target, fault))
			return -fault->code;
		if (kind == PAGING_LEAF)
			break;
		if ((virtual | bits_below(shift)) >= last)
			return 0;
	}
	*mapping = (struct mapping){ virtual & ~bits_below(shift), target, UINT64_C(1) << shift };
	return 1;
}
