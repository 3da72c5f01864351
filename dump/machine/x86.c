/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86_64 and i386. Page tables: Intel SDM 3A, chapter 4. Memory: Documentation/arch/x86/x86_64/mm.rst. The direct
 * map of i386 is at PAGE_OFFSET, which VMCOREINFO lacks, and its tables have two formats: they are not read.
 */
#include <elf.h>
#include <stdlib.h>

#include "dump/notes.h"
#include "dump/paging.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"

#define START_KERNEL_MAP UINT64_C(0xffffffff80000000)
#define DIRECT_ALIGN (1u << 30) /* KASLR moves the direct map by this much */
#define SAMPLES 64

/* struct user_regs_struct, arch/x86/include/asm/user_64.h; up to ss it is struct pt_regs */
static const char *const registers[] = {
	"r15", "r14",      "r13", "r12", "rbp",    "rbx", "r11", "r10",     "r9",      "r8", "rax", "rcx", "rdx", "rsi",
	"rdi", "orig_rax", "rip", "cs",  "eflags", "rsp", "ss",  "fs_base", "gs_base", "ds", "es",  "fs",  "gs",  NULL,
};

/* SDM 3A, 4.5: present bit 0, page size bit 7, address bits 12 to 51. */
static enum paging_entry decode_x86_64_entry(const struct paging *paging, uint64_t entry, unsigned level,
					     uint64_t *physical)
{
	*physical = entry & paging_bits_below(52) & ~paging_bits_below(12) & ~paging->ignored;
	if (!(entry & 1))
		return PAGING_ABSENT;
	return !level || (level <= 2 && entry & 0x80) ? PAGING_LEAF : PAGING_TABLE;
}

static bool find_x86_64_paging(const struct info *info, struct paging *paging, uint64_t *top)
{
	uint64_t phys_base, five = 0;

	paging->decode = decode_x86_64_entry;
	paging->execute_mask = UINT64_C(1) << 63; /* XD */
	if (!notes_vmcoreinfo_number(info, "NUMBER(phys_base)", 10, &phys_base))
		return false;
	if (!notes_vmcoreinfo_number(info, "SYMBOL(init_top_pgt)", 16, top) &&
	    !notes_vmcoreinfo_number(info, "SYMBOL(init_level4_pgt)", 16, top) &&
	    !notes_vmcoreinfo_number(info, "SYMBOL(swapper_pg_dir)", 16, top))
		return false;
	notes_vmcoreinfo_number(info, "NUMBER(pgtable_l5_enabled)", 10, &five);
	notes_vmcoreinfo_number(info, "NUMBER(sme_mask)", 10, &paging->ignored);
	paging->text_offset = START_KERNEL_MAP - phys_base;
	paging->page_shift = 12;
	paging->address_bits = five ? 57 : 48;
	return true;
}

/*
 * The direct map is the first of the kernel's regions, wherever KASLR moved them, and starts with physical address 0.
 * VMCOREINFO does not contain its address. Its first mappings must all have the same offset.
 */
static bool find_x86_64_direct(const struct info *info, const struct paging *paging, struct physical *physical,
			       struct machine_direct *direct)
{
	uint64_t at = paging_start(paging), offset = 0, steps = PAGING_STEPS_MAX, bits;
	struct mapping mapping;
	struct fault fault;

	if (!physical)
		return true;
	for (unsigned i = 0; i < SAMPLES; i++) {
		int status = paging_next(paging, physical, at, UINT64_MAX, &steps, &mapping, &fault);

		if (status < 0)
			return true;
		if (status && !i)
			offset = mapping.virtual - mapping.physical;
		if (!status || mapping.virtual - mapping.physical != offset)
			break; /* memory ends here, or this is not the direct map: the caller checks that */
		at = mapping.virtual + mapping.size;
	}
	if (offset % DIRECT_ALIGN || offset < paging_start(paging))
		return true;
	if (!notes_vmcoreinfo_number(info, "NUMBER(MAX_PHYSMEM_BITS)", 10, &bits) || bits < 36 || bits > 52)
		bits = paging->address_bits == 57 ? 52 : 46;
	*direct = (struct machine_direct){ offset, offset, offset + (UINT64_C(1) << bits), false };
	return true;
}

/* Kernels are relocatable since 2.6.22; older ones run where they were linked (their asm-x86_64/page.h). */
static bool find_x86_64_image(const struct info *info, struct range *image)
{
	unsigned a = 0, b = 0, c = 0;
	char *end;

	a = (unsigned)strtoul(info->uts.release, &end, 10);
	if (*end == '.')
		b = (unsigned)strtoul(end + 1, &end, 10);
	if (*end == '.')
		c = (unsigned)strtoul(end + 1, &end, 10);
	*image = (struct range){ 0, START_KERNEL_MAP, 40u << 20 }; /* KERNEL_TEXT_SIZE */
	return a == 2 && (b < 6 || (b == 6 && c < 22)) && b;
}

/* SDM 2, CALL: E8 and FF /2. */
static bool is_x86_call(const unsigned char code[MACHINE_CALL_BYTES], uint64_t end, uint64_t *target)
{
	if (code[2] == 0xe8) {
		*target = end + (uint64_t)(int32_t)get32(code + 3, false);
		return true;
	}
	return (code[5] == 0xff && (code[6] & 0xf8) == 0xd0) ||                    /* by a register */
	       (code[4] == 0xff && (code[5] & 0xf8) == 0x50 && code[5] != 0x54) || /* disp8 */
	       (code[3] == 0xff && code[4] == 0x54) ||                             /* SIB, disp8 */
	       (code[1] == 0xff && (((code[2] & 0xf8) == 0x90 && code[2] != 0x94) || code[2] == 0x15)) || /* disp32 */
	       (code[0] == 0xff && (code[1] == 0x94 || (code[1] == 0x14 && code[2] == 0x25))) || /* SIB, disp32 */
	       (code[5] == 0xff && (code[6] & 0xf8) == 0x10 && (code[6] & 7) < 4) ||             /* at a register */
	       (code[4] == 0xff && code[5] == 0x14);                                             /* SIB */
}

const struct machine machine_x86_64 = {
	.name = "x86_64",
	.aliases = { "amd64" },
	.elf = EM_X86_64,
	.bits = 64,
	.page_size = 4096,
	.prstatus = { .size = 336,
		      .pid = 32,
		      .registers = 112,
		      .registers_size = 27 * 8,
		      .pc = 16 * 8,
		      .sp = 19 * 8,
		      .fp = 4 * 8,
		      .user = 17 * 8,
		      .user_bits = 3,
		      .names = registers }, /* cs: the privilege level */
	.kernel_start = MACHINE_UPPER_HALF,
	.text_base = START_KERNEL_MAP,
	.image_apart = true,
	.find_paging = find_x86_64_paging,
	.find_direct = find_x86_64_direct,
	.find_image = find_x86_64_image,
	.orc = true,
	.call_align = 1,
	.is_call = is_x86_call,
};

const struct machine machine_i386 = {
	.name = "i386",
	.aliases = { "i[3-6]86" },
	.elf = EM_386,
	.bits = 32,
	.page_size = 4096,
	.u64_align_4 = true,
	.prstatus = { .size = 144, .pid = 24, .registers = 72, .registers_size = 17 * 4, .pc = 12 * 4, .sp = 15 * 4 },
	.kernel_start = 0x40000000, /* CONFIG_VMSPLIT_1G, the lowest PAGE_OFFSET */
	.call_align = 1,
	.is_call = is_x86_call,
};
