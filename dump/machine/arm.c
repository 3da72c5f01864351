/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arm of 32 bits. Registers: struct pt_regs, arch/arm/include/uapi/asm/ptrace.h. */
#include <elf.h>

#include "lkcd/machine.h"

const struct machine machine_arm = {
	.name = "arm",
	.aliases = { "armv*" }, /* armv5tel, armv7l and the like */
	.elf = EM_ARM,
	.bits = 32,
	.page_size = 4096,
	.prstatus = { .size = 148, .pid = 24, .registers = 72, .registers_size = 18 * 4, .pc = 15 * 4, .sp = 13 * 4 },
	.kernel_start = 0x40000000, /* CONFIG_VMSPLIT_1G, the lowest PAGE_OFFSET */
	.call_align = 4,
};
