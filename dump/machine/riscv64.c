/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * riscv64 with Sv39, Sv48 and Sv57. Page tables: RISC-V privileged ISA, 4.4. Memory: arch/riscv/include/asm/page.h,
 * linear_mapping_pa_to_va() of 64-bit kernels.
 */
#include <elf.h>

#include "dump/notes.h"
#include "dump/paging.h"
#include "lkcd/machine.h"

/* struct user_regs_struct, arch/riscv/include/uapi/asm/ptrace.h; s0 is the frame pointer */
static const char *const registers[] = {
	"pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1",  "a0",  "a1", "a2", "a3", "a4", "a5", "a6",
	"a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6", NULL,
};

/* Bit 0 is valid; an entry that allows read, write or execute is a leaf; the frame starts at bit 10. */
static enum paging_entry decode_riscv64_entry(const struct paging *paging, uint64_t entry, unsigned level,
					      uint64_t *physical)
{
	*physical = (entry >> 10 & paging_bits_below(44)) << paging->page_shift;
	if (!(entry & 1) || (!level && !(entry & 0xe)))
		return PAGING_ABSENT;
	return entry & 0xe ? PAGING_LEAF : PAGING_TABLE;
}

static bool find_riscv64_paging(const struct info *info, struct paging *paging, uint64_t *top)
{
	uint64_t va_bits;

	paging->decode = decode_riscv64_entry;
	paging->execute_mask = paging->execute = 8; /* X */
	if (!notes_vmcoreinfo_number(info, "NUMBER(VA_BITS)", 10, &va_bits) ||
	    !notes_vmcoreinfo_number(info, "SYMBOL(swapper_pg_dir)", 16, top) ||
	    !notes_vmcoreinfo_number(info, "NUMBER(va_kernel_pa_offset)", 16, &paging->text_offset))
		return false;
	paging->page_shift = 12;
	paging->address_bits = (unsigned)va_bits;
	return va_bits == 39 || va_bits == 48 || va_bits == 57;
}

/* The direct map may fill half of the kernel's half. */
static bool find_riscv64_direct(const struct info *info, const struct paging *paging, struct physical *physical,
				struct machine_direct *direct)
{
	uint64_t page_offset, ram_base;

	(void)physical;
	if (!notes_vmcoreinfo_number(info, "NUMBER(PAGE_OFFSET)", 16, &page_offset) ||
	    !notes_vmcoreinfo_number(info, "NUMBER(phys_ram_base)", 16, &ram_base) ||
	    page_offset < paging_start(paging))
		return false;
	direct->offset = page_offset - ram_base;
	direct->start = page_offset;
	direct->end = page_offset + (UINT64_C(1) << (paging->address_bits - 2));
	return true;
}

const struct machine machine_riscv64 = {
	.name = "riscv64",
	.elf = EM_RISCV,
	.bits = 64,
	.page_size = 4096,
	.prstatus = { .size = 376,
		      .pid = 32,
		      .registers = 112,
		      .registers_size = 32 * 8,
		      .pc = 0,
		      .sp = 2 * 8,
		      .fp = 8 * 8,
		      .names = registers },
	.kernel_start = MACHINE_UPPER_HALF,
	.find_paging = find_riscv64_paging,
	.find_direct = find_riscv64_direct,
	.frame_below = 2,
	.call_align = 2, /* compressed instructions */
};
