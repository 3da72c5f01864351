/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loongarch64. Registers: struct user_pt_regs, arch/loongarch/include/uapi/asm/ptrace.h. */
#include <elf.h>

#include "lkcd/machine.h"

#ifndef EM_LOONGARCH /* since glibc 2.36 */
#define EM_LOONGARCH 258
#endif

const struct machine machine_loongarch64 = {
	.name = "loongarch64",
	.elf = EM_LOONGARCH,
	.bits = 64,
	.page_size = 16384,
	.prstatus = { .size = 480, .pid = 32, .registers = 112, .registers_size = 45 * 8, .pc = 33 * 8, .sp = 3 * 8 },
	.kernel_start = MACHINE_UPPER_HALF,
	.call_align = 4,
};
