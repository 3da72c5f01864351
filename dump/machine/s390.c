/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * s390x and, up to Linux 4.0, s390 of 31 bits. The kernel has its own address space, so its addresses overlap with
 * those of processes. The lowcore: struct _lowcore of 64-bit kernels, asm-s390/lowcore.h; z/Architecture
 * Principles of Operation, 4-13.
 */
#include <elf.h>

#include "dump/notes.h"
#include "lkcd/machine.h"
#include "lkcd/page.h"

/* Memory is mapped at its physical addresses; since 6.10 at IDENTITYBASE, with the image apart from it. */
static bool find_s390x_direct(const struct info *info, const struct paging *paging, struct physical *physical,
			      struct machine_direct *direct)
{
	uint64_t base = 0;

	(void)paging;
	(void)physical;
	direct->holds_image = !notes_vmcoreinfo_number(info, "IDENTITYBASE", 16, &base);
	direct->offset = direct->start = base;
	direct->end = base + PAGE_ADDRESS_LIMIT;
	return true;
}

const struct machine machine_s390x = {
	.name = "s390x",
	.elf = EM_S390,
	.bits = 64,
	.big_endian = true,
	.page_size = 4096,
	.prstatus = { .size = 336, .pid = 32, .registers = 112, .registers_size = 27 * 8, .pc = 1 * 8, .sp = 17 * 8 },
	.store_status = { { 0x1300, 0, 16 },
			  { 0x1280, 16, 128 },
			  { 0x1340, 144, 64 } }, /* PSW, GPRs, access registers */
	.identity = true,
	.find_direct = find_s390x_direct,
	.call_align = 2,
};

const struct machine machine_s390 = {
	.name = "s390",
	.elf = EM_S390,
	.bits = 32,
	.big_endian = true,
	.page_size = 4096,
	.prstatus = { .size = 224, .pid = 24, .registers = 72, .registers_size = 36 * 4, .pc = 1 * 4, .sp = 17 * 4 },
	.identity = true,
	.call_align = 2,
};
