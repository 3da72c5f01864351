/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Architecture headers: the registers of every CPU at the time of the dump, and where an architecture maps memory. The
 * layouts come from dump.h of each architecture in the LKCD kernel patches and from crash's lkcd_dump_v8.h; struct
 * pt_regs and elf_gregset_t come from the kernels.
 */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "convert/lkcd/arch.h"
#include "convert/lkcd/lkcd.h"
#include "dump/notes.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"

#define ARCH_MAGIC UINT64_C(0xdeaddead)
#define S390_MAGIC UINT64_C(0x733339302d64756d) /* "s390-dum" */
#define S390_SIZE 2068
#define S390_CPUS_MAX 512
#define ARCH_MAX (16u << 20) /* tens of thousands of CPUs */
#define CPUS_LEAST 32        /* DUMP_MAX_NUM_CPUS: tables are never shorter in what we write */

/* count words of struct pt_regs, from word pt on, are words elf ... of elf_gregset_t. */
struct words {
	uint8_t pt, elf, count;
};

struct arch {
	uint16_t machine;           /* ELF's e_machine */
	bool big_endian;            /* byte order, for machines that have both */
	uint32_t version;           /* of the headers that are written here */
	uint32_t since;             /* the lowest version of this layout */
	uint16_t regs, regs_size;   /* of the dumping CPU; the size of one CPU's registers in all tables */
	uint16_t cpus, dumping_cpu; /* offsets of two u32: CPUs in use, and which one dumped */
	uint16_t table;             /* offset of smp_regs[]; smp_current_task, stack and stack_ptr follow */
	uint8_t pointers;           /* how many tables of pointers follow */
	struct words words[24];     /* ended by count 0 */
};

static const struct arch arches[] = {
	{ EM_386, false, 3, 0, 24, 60, 84, 88, 92, 3, { { 0, 0, 9 }, { 9, 11, 6 } } },
	{ EM_X86_64, false, 2, 0, 16, 168, 184, 188, 192, 3, { { 0, 0, 21 } } },
	{ EM_PPC64, true, 5, 2, 16, 352, 368, 372, 376, 3, { { 0, 0, 44 } } },
	{ EM_PPC64, true, 1, 0, 16, 352, 368, 372, 376, 2, { { 0, 0, 44 } } },
	{ EM_IA_64, false, 4, 0, 24, 448, 496, 500, 504, 3, { { 0, 40, 2 },  { 2, 55, 2 },   { 4, 8, 4 },
							      { 8, 44, 1 },  { 9, 42, 1 },   { 10, 43, 1 },
							      { 11, 50, 1 }, { 12, 52, 1 },  { 13, 45, 1 },
							      { 14, 48, 1 }, { 15, 47, 1 },  { 16, 33, 1 },
							      { 17, 34, 1 }, { 19, 1, 1 },   { 20, 12, 2 },
							      { 22, 51, 1 }, { 23, 15, 1 },  { 24, 14, 1 },
							      { 25, 2, 2 },  { 27, 16, 16 }, { 43, 49, 1 } } },
};

/* The layout of info's architecture header, or the newest one where it has none. */
static const struct arch *find_arch_layout(const struct info *info)
{
	uint32_t version = info->arch ? get32(info->arch + 8, info->big_endian) : UINT32_MAX;
	const struct machine *machine = info->machine;

	for (size_t i = 0; machine && i < sizeof(arches) / sizeof(*arches); i++)
		if (arches[i].machine == machine->elf && arches[i].big_endian == machine->big_endian &&
		    version >= arches[i].since)
			return &arches[i];
	return NULL;
}

/* Bytes that one CPU needs in all tables. */
static size_t cpu_size(const struct arch *arch, unsigned bits)
{
	return arch->regs_size + (size_t)arch->pointers * bits / 8;
}

size_t lkcd_arch_size(const unsigned char *bytes, size_t room, bool big_endian)
{
	uint32_t size;

	if (room < 16)
		return 0;
	size = get32(bytes + 12, big_endian);
	if (get64(bytes, big_endian) == S390_MAGIC)
		return size == S390_SIZE && size <= room ? size : 0;
	if (get64(bytes, big_endian) != ARCH_MAGIC || size < 16 || size > room || size > ARCH_MAX)
		return 0;
	return size;
}

/*
 * A PRSTATUS note from one struct pt_regs. pr_pid is the CPU's number plus one, as QEMU writes it: the header has no
 * process number, and gdb merges CPUs with the same pr_pid.
 */
static int add_prstatus(struct info *info, const struct arch *arch, size_t cpu, const unsigned char *pt_regs,
			struct fault *fault)
{
	const struct machine *machine = info->machine;
	unsigned char desc[2048] = { 0 };
	size_t word = machine->bits / 8;

	put32(desc + machine->prstatus.pid, info->big_endian, (uint32_t)cpu + 1);
	for (const struct words *w = arch->words; w->count; w++)
		memcpy(desc + machine->prstatus.registers + w->elf * word, pt_regs + w->pt * word, w->count * word);
	return notes_add(info, "CORE", NT_PRSTATUS, desc, machine->prstatus.size, fault);
}

static bool is_all_zero(const unsigned char *at, size_t size)
{
	while (size && !*at)
		at++, size--;
	return !size;
}

/* The number of CPUs in the tables: the header's count, but no more than fit in the header. */
static size_t count_arch_cpus(const struct info *info, const struct arch *arch)
{
	size_t room, cpus;

	if (info->arch_size < arch->table)
		return 0;
	room = (info->arch_size - arch->table) / cpu_size(arch, info->machine->bits);
	cpus = get32(info->arch + arch->cpus, info->big_endian);
	return cpus < room ? cpus : room;
}

int lkcd_arch_notes(struct info *info, struct fault *fault)
{
	const struct arch *arch = find_arch_layout(info);
	const unsigned char *regs;
	size_t cpus;
	int status = 0;

	if (info->arch && get64(info->arch, info->big_endian) == S390_MAGIC)
		return 0; /* the registers are in memory: lkcd_arch_lowcore_note */
	if (!info->arch)
		return info_add_unknown(info, fault, "no registers: the dump has no architecture header");
	if (!arch)
		return info_add_unknown(info, fault, "no registers: the architecture header of '%s' is not known",
					info->uts.machine);
	cpus = count_arch_cpus(info, arch);
	info->notes_made = true;
	regs = info->arch + arch->table;
	for (size_t i = 0; i < cpus && !status; i++)
		status = add_prstatus(info, arch, i, regs + i * arch->regs_size, fault);
	if (cpus || status || info->arch_size < (size_t)arch->regs + arch->regs_size)
		return status;
	regs = info->arch + arch->regs; /* versions 2 and 3 may have one CPU only */
	if (is_all_zero(regs, arch->regs_size))
		return info_add_unknown(info, fault, "no registers: the architecture header holds none");
	return add_prstatus(info, arch, 0, regs, fault);
}

/* Fill pt_regs from the n-th PRSTATUS note. False: there are fewer notes. */
static bool copy_pt_regs(const struct info *info, const struct arch *arch, unsigned n, unsigned char *pt_regs)
{
	const struct machine *machine = info->machine;
	size_t word = machine->bits / 8;
	struct note note;

	if (!notes_prstatus(info, n, &note))
		return false;
	if (note.desc_size >= (size_t)machine->prstatus.registers + machine->prstatus.registers_size)
		for (const struct words *w = arch->words; w->count; w++)
			memcpy(pt_regs + w->pt * word, note.desc + machine->prstatus.registers + w->elf * word,
			       w->count * word);
	return true;
}

int lkcd_arch_make(const struct info *info, unsigned char **out, size_t *size, struct fault *fault)
{
	const struct arch *arch = find_arch_layout(info);
	struct note note;
	unsigned cpus = 0, room;
	bool big = info->big_endian;
	unsigned char *made;

	*out = NULL;
	*size = 0;
	if (!arch)
		return 0;
	while (cpus < UINT16_MAX && notes_prstatus(info, cpus, &note))
		cpus++;
	room = cpus > CPUS_LEAST ? cpus : CPUS_LEAST;
	*size = arch->table + room * cpu_size(arch, info->machine->bits);
	made = *out = calloc(1, *size);
	if (!made)
		return fault_memory(fault);
	put64(made, big, ARCH_MAGIC);
	put32(made + 8, big, arch->version);
	put32(made + 12, big, (uint32_t)*size);
	put32(made + arch->cpus, big, cpus);
	for (unsigned i = 0; i < cpus; i++)
		copy_pt_regs(info, arch, i, made + arch->table + (size_t)i * arch->regs_size);
	return 0;
}

int lkcd_arch_ranges(struct info *info, struct fault *fault)
{
	const struct machine *machine = info->machine;
	struct range direct = { 0, info->memory_start, PAGE_ADDRESS_LIMIT }, image;
	bool identity = machine && machine->identity;
	int status = 0;

	info->ranges_made = true;
	if (machine && machine->find_image && machine->find_image(info, &image))
		status = info_add_range(info, image, fault);
	else if (machine && machine->image_apart)
		status = info_add_unknown(info, fault,
					  "where the kernel's text was mapped is not known: only the direct map is");
	if (status)
		return status;
	if (identity)
		direct.virtual = 0;
	else if (!direct.virtual || direct.virtual == LKCD_MAGIC || (info->bits == 32 && direct.virtual > UINT32_MAX)) {
		direct.virtual = RANGE_NOT_MAPPED;
		status = info_add_unknown(info, fault,
					  "where memory was mapped is not known: virtual addresses are left out");
	}
	if (status || info->bits == 64 || direct.virtual == RANGE_NOT_MAPPED || identity)
		return status ? status : info_add_range(info, direct, fault);
	/* 32 bits: memory up to 896 MiB at most, and not into the 128 MiB that the kernel keeps for vmalloc
	 * (asm-i386/page.h) */
	direct.size = UINT64_C(0x100000000) - direct.virtual;
	direct.size = direct.size > 128u << 20 ? direct.size - (128u << 20) : 0;
	if (direct.size > 896u << 20)
		direct.size = 896u << 20;
	status = info_add_range(info, direct, fault);
	direct = (struct range){ direct.size, RANGE_NOT_MAPPED, PAGE_ADDRESS_LIMIT - direct.size };
	return status ? status : info_add_range(info, direct, fault);
}

size_t lkcd_arch_lowcores(const struct info *info, uint64_t *addresses, size_t room)
{
	size_t cpus;

	if (!info->machine || !info->machine->store_status[0].size)
		return 0;
	if (!info->arch || info->arch_size != S390_SIZE || get64(info->arch, info->big_endian) != S390_MAGIC)
		return 0;
	cpus = get16(info->arch + 16, info->big_endian);
	if (cpus > S390_CPUS_MAX)
		cpus = S390_CPUS_MAX;
	if (cpus > room)
		cpus = room;
	for (size_t i = 0; i < cpus; i++)
		addresses[i] = get32(info->arch + 20 + 4 * i, info->big_endian);
	return cpus;
}

int lkcd_arch_lowcore_note(struct info *info, size_t cpu, const unsigned char *lowcore, struct fault *fault)
{
	const struct machine *machine = info->machine;
	unsigned char desc[512] = { 0 }, *regs = desc + machine->prstatus.registers;

	put32(desc + machine->prstatus.pid, info->big_endian, (uint32_t)cpu + 1);
	for (const struct machine_move *move = machine->store_status; move->size; move++)
		memcpy(regs + move->to, lowcore + move->from, move->size);
	info->notes_made = true;
	return notes_add(info, "CORE", NT_PRSTATUS, desc, machine->prstatus.size, fault);
}
