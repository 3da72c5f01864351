/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "analyze/registers.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"

#define NT_PRSTATUS 1

/* struct user_regs_struct, arch/x86/include/asm/user_64.h */
static const char *const x86_64[] = {
	"r15", "r14",      "r13", "r12", "rbp",    "rbx", "r11", "r10",     "r9",      "r8", "rax", "rcx", "rdx", "rsi",
	"rdi", "orig_rax", "rip", "cs",  "eflags", "rsp", "ss",  "fs_base", "gs_base", "ds", "es",  "fs",  "gs",  NULL,
};

/* struct user_pt_regs, arch/arm64/include/uapi/asm/ptrace.h */
static const char *const aarch64[] = {
	"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",     "x10", "x11",
	"x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",    "x22", "x23",
	"x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp",  "pc",  "pstate", NULL,
};

/* struct user_regs_struct, arch/riscv/include/uapi/asm/ptrace.h */
static const char *const riscv64[] = {
	"pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1",  "a0",  "a1", "a2", "a3", "a4", "a5", "a6",
	"a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6", NULL,
};

static const struct {
	const char *machine;
	const char *const *names;
} layouts[] = { { "x86_64", x86_64 }, { "aarch64", aarch64 }, { "riscv64", riscv64 } };

bool registers_next(const struct info *info, size_t *at, struct note *note)
{
	while (notes_next(info->notes, info->notes_size, info->big_endian, at, note))
		if (note_is(note, "CORE", NT_PRSTATUS))
			return true;
	return false;
}

bool registers_get(const struct info *info, const struct note *note, struct registers *registers)
{
	const struct machine *machine = info->machine;
	const unsigned char *field;
	size_t word;

	memset(registers, 0, sizeof(*registers));
	if (!machine || !machine->prstatus.size ||
	    note->desc_size < (size_t)machine->prstatus.registers + machine->prstatus.registers_size)
		return false;
	word = machine->bits / 8;
	field = note->desc + machine->prstatus.registers;
	registers->count = machine->prstatus.registers_size / word;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++)
		if (!strcmp(layouts[i].machine, machine->name))
			registers->names = layouts[i].names;
	for (size_t i = 0; i < registers->count; i++)
		registers->value[i] = get_word(field + i * word, info->big_endian, machine->bits);
	registers->pid = (int32_t)get32(note->desc + machine->prstatus.pid, info->big_endian);
	registers->pc = get_word(field + machine->prstatus.pc, info->big_endian, machine->bits);
	registers->sp = get_word(field + machine->prstatus.sp, info->big_endian, machine->bits);
	return true;
}

uint64_t registers_value(const struct registers *registers, const char *name)
{
	for (size_t i = 0; registers->names && i < registers->count; i++)
		if (!strcmp(registers->names[i], name))
			return registers->value[i];
	return 0;
}
