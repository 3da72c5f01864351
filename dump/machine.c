/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <string.h>

#include "lkcd/machine.h"

/*
 * struct elf_prstatus of each architecture (the kernel's include/linux/elfcore.h with the architecture's
 * elf_gregset_t): 32-bit: pr_pid at 24, registers at 72; 64-bit: 32 and 112; pr_fpvalid behind them. PC and stack
 * pointer by each architecture's struct pt_regs or user_regs_struct.
 */
static const struct machine machines[] = {
	{ "x86_64", EM_X86_64, 64, false, 4096, { 336, 32, 112, 27 * 8, 16 * 8, 19 * 8 } },
	{ "i386", EM_386, 32, false, 4096, { 144, 24, 72, 17 * 4, 12 * 4, 15 * 4 } },
	{ "aarch64", EM_AARCH64, 64, false, 4096, { 392, 32, 112, 34 * 8, 32 * 8, 31 * 8 } },
	{ "arm", EM_ARM, 32, false, 4096, { 148, 24, 72, 18 * 4, 15 * 4, 13 * 4 } },
	{ "ppc64le", EM_PPC64, 64, false, 65536, { 504, 32, 112, 48 * 8, 32 * 8, 1 * 8 } },
	{ "ppc64", EM_PPC64, 64, true, 4096, { 504, 32, 112, 48 * 8, 32 * 8, 1 * 8 } },
	{ "ppc", EM_PPC, 32, true, 4096, { 268, 24, 72, 48 * 4, 32 * 4, 1 * 4 } },
	{ "s390x", EM_S390, 64, true, 4096, { 336, 32, 112, 27 * 8, 1 * 8, 17 * 8 } },
	{ "s390", EM_S390, 32, true, 4096, { 224, 24, 72, 36 * 4, 1 * 4, 17 * 4 } },
	{ "ia64", EM_IA_64, 64, false, 16384, { 1144, 32, 112, 128 * 8, 42 * 8, 12 * 8 } },
	{ "riscv64", EM_RISCV, 64, false, 4096, { 376, 32, 112, 32 * 8, 0, 2 * 8 } },
	{ "loongarch64", 258, 64, false, 16384, { 480, 32, 112, 45 * 8, 33 * 8, 3 * 8 } },
	{ "alpha", EM_ALPHA, 64, false, 8192, { 0 } },
	{ "mips64", EM_MIPS, 64, true, 4096, { 0 } },
	{ "mips", EM_MIPS, 32, true, 4096, { 0 } },
	{ "sparc64", EM_SPARCV9, 64, true, 8192, { 0 } },
	{ NULL, 0, 0, false, 0, { 0 } },
};

const struct machine *machine_list(void)
{
	return machines;
}

const struct machine *machine_by_name(const char *name)
{
	/* i486, i586 and i686 are what kernels call themselves; armv7l, arm64 and amd64 what people type */
	if (name[0] == 'i' && name[1] >= '3' && name[1] <= '6' && !strcmp(name + 2, "86"))
		name = "i386";
	else if (!strcmp(name, "amd64"))
		name = "x86_64";
	else if (!strcmp(name, "arm64"))
		name = "aarch64";
	else if (!strncmp(name, "armv", 4))
		name = "arm";
	for (const struct machine *machine = machines; machine->name; machine++)
		if (!strcmp(machine->name, name))
			return machine;
	return NULL;
}

const struct machine *machine_by_elf(uint16_t elf, unsigned bits, bool big_endian)
{
	const struct machine *found = NULL;

	for (const struct machine *machine = machines; machine->name; machine++) {
		if (machine->elf != elf || machine->bits != bits)
			continue;
		if (machine->big_endian == big_endian)
			return machine;
		found = machine; /* a machine that runs in either order */
	}
	return found;
}
