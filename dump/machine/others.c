/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machines with only the facts that headers need: their dumps are converted, without registers. A machine with more
 * facts gets its own file.
 */
#include <elf.h>

#include "lkcd/machine.h"

const struct machine machine_alpha = {
	.name = "alpha",
	.elf = EM_ALPHA,
	.bits = 64,
	.page_size = 8192,
	.kernel_start = MACHINE_UPPER_HALF,
	.call_align = 4,
};

const struct machine machine_mips64 = {
	.name = "mips64",
	.elf = EM_MIPS,
	.bits = 64,
	.big_endian = true,
	.page_size = 4096,
	.kernel_start = MACHINE_UPPER_HALF,
	.call_align = 4,
};

const struct machine machine_mips = {
	.name = "mips",
	.elf = EM_MIPS,
	.bits = 32,
	.big_endian = true,
	.page_size = 4096,
	.kernel_start = 0x80000000, /* KSEG0 */
	.call_align = 4,
};

/* The kernel has an address space of its own. */
const struct machine machine_sparc64 = {
	.name = "sparc64",
	.elf = EM_SPARCV9,
	.bits = 64,
	.big_endian = true,
	.page_size = 8192,
	.call_align = 4,
};
