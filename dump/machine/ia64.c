/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ia64, up to Linux 6.6. Registers: ELF_CORE_COPY_REGS, arch/ia64/kernel/process.c: ip is word 42, r12 the stack
 * pointer. The image is in region 5 (0xa000000100000000), the direct map in region 7.
 */
#include <elf.h>

#include "lkcd/machine.h"

const struct machine machine_ia64 = {
	.name = "ia64",
	.elf = EM_IA_64,
	.bits = 64,
	.page_size = 16384,
	.prstatus = { .size = 1144,
		      .pid = 32,
		      .registers = 112,
		      .registers_size = 128 * 8,
		      .pc = 42 * 8,
		      .sp = 12 * 8 },
	.kernel_start = MACHINE_UPPER_HALF,
	.image_apart = true,
	.call_align = 4,
};
