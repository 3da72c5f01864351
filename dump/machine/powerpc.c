/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ppc64 of both byte orders, and ppc. Memory: Documentation/arch/powerpc; the image is in the direct map. */
#include <elf.h>

#include "lkcd/machine.h"
#include "lkcd/page.h"

#define PAGE_OFFSET UINT64_C(0xc000000000000000)

/* struct pt_regs, arch/powerpc/include/uapi/asm/ptrace.h, in ELF_NGREG words */
#define PRSTATUS_64                                                                                                    \
	{                                                                                                              \
		.size = 504, .pid = 32, .registers = 112, .registers_size = 48 * 8, .pc = 32 * 8, .sp = 1 * 8          \
	}

static bool find_ppc64_direct(const struct info *info, const struct paging *paging, struct physical *physical,
			      struct machine_direct *direct)
{
	(void)info;
	(void)paging;
	(void)physical;
	*direct = (struct machine_direct){ PAGE_OFFSET, PAGE_OFFSET, PAGE_OFFSET + PAGE_ADDRESS_LIMIT, true };
	return true;
}

const struct machine machine_ppc64le = {
	.name = "ppc64le",
	.elf = EM_PPC64,
	.bits = 64,
	.page_size = 65536,
	.prstatus = PRSTATUS_64,
	.kernel_start = MACHINE_UPPER_HALF,
	.find_direct = find_ppc64_direct,
	.call_align = 4,
};

const struct machine machine_ppc64 = {
	.name = "ppc64",
	.elf = EM_PPC64,
	.bits = 64,
	.big_endian = true,
	.page_size = 4096,
	.prstatus = PRSTATUS_64,
	.kernel_start = MACHINE_UPPER_HALF,
	.find_direct = find_ppc64_direct,
	.call_align = 4,
};

const struct machine machine_ppc = {
	.name = "ppc",
	.elf = EM_PPC,
	.bits = 32,
	.big_endian = true,
	.page_size = 4096,
	.prstatus = { .size = 268, .pid = 24, .registers = 72, .registers_size = 48 * 4, .pc = 32 * 4, .sp = 1 * 4 },
	.kernel_start = 0x40000000, /* the lowest PAGE_OFFSET that can be configured */
	.call_align = 4,
};
