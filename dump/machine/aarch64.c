/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * aarch64, with pages of 4, 16 and 64 KiB and addresses of 36 to 52 bits. Page tables: Arm ARM, D8.3. Memory:
 * Documentation/arch/arm64/memory.rst.
 */
#include <elf.h>

#include "dump/notes.h"
#include "dump/paging.h"
#include "lkcd/machine.h"

/* struct user_pt_regs, arch/arm64/include/uapi/asm/ptrace.h */
static const char *const registers[] = {
	"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",     "x10", "x11",
	"x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",    "x22", "x23",
	"x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp",  "pc",  "pstate", NULL,
};

/* Bits 0 and 1 are 01 for a block, 11 for a table and, in the last level, a page. */
static enum paging_entry decode_aarch64_entry(const struct paging *paging, uint64_t entry, unsigned level,
					      uint64_t *physical)
{
	*physical = entry & paging_bits_below(48) & ~paging_bits_below(paging->page_shift);
	if (paging->page_shift == 16)
		*physical |= (entry >> 12 & 0xf) << 48;
	if (!(entry & 1) || (!level && !(entry & 2)))
		return PAGING_ABSENT;
	return !level || !(entry & 2) ? PAGING_LEAF : PAGING_TABLE;
}

/* The same with FEAT_LPA2: addresses of 52 bits in pages of 4 or 16 KiB; bits 8 and 9 are the highest two. */
static enum paging_entry decode_aarch64_lpa2_entry(const struct paging *paging, uint64_t entry, unsigned level,
						   uint64_t *physical)
{
	enum paging_entry kind = decode_aarch64_entry(paging, entry, level, physical);

	*physical = (entry & paging_bits_below(50) & ~paging_bits_below(paging->page_shift)) | (entry >> 8 & 3) << 50;
	return kind;
}

static bool find_aarch64_paging(const struct info *info, struct paging *paging, uint64_t *top)
{
	uint64_t va_bits, t1sz;

	paging->decode = decode_aarch64_entry;
	paging->execute_mask = UINT64_C(1) << 53; /* PXN */
	paging->kernel_only = true;
	if (!notes_vmcoreinfo_number(info, "NUMBER(VA_BITS)", 10, &va_bits) ||
	    !notes_vmcoreinfo_number(info, "NUMBER(kimage_voffset)", 16, &paging->text_offset) ||
	    !notes_vmcoreinfo_number(info, "SYMBOL(swapper_pg_dir)", 16, top))
		return false;
	paging->page_shift = (unsigned)__builtin_ctz(info->page_size);
	if (va_bits < 36 || va_bits > 52 || paging->page_shift > 16)
		return false;
	/* arch/arm64/kernel/pi/map_kernel.c, since 6.9: a CPU without LPA2 has one level less */
	if (va_bits > 48 && paging->page_shift < 16) {
		if (!notes_vmcoreinfo_number(info, "NUMBER(TCR_EL1_T1SZ)", 16, &t1sz) || t1sz < 64 - va_bits ||
		    t1sz > 64 - 36)
			return false;
		va_bits = 64 - t1sz;
		if (va_bits > 48)
			paging->decode = decode_aarch64_lpa2_entry;
	}
	paging->address_bits = (unsigned)va_bits;
	return true;
}

/*
 * Since 5.4 the linear map is the lower half of the kernel's addresses and the image is in the upper half; before, the
 * other way round. PHYS_OFFSET is the physical address of the linear map's start, which is below memory when KASLR
 * moved it. For 52-bit addresses on a CPU with fewer, its meaning depends on the release.
 */
static bool find_aarch64_direct(const struct info *info, const struct paging *paging, struct physical *physical,
				struct machine_direct *direct)
{
	uint64_t phys_offset, stext, va_bits, t1sz, half;

	if (!notes_vmcoreinfo_number(info, "NUMBER(PHYS_OFFSET)", 16, &phys_offset) ||
	    !notes_vmcoreinfo_number(info, "SYMBOL(_stext)", 16, &stext) ||
	    !notes_vmcoreinfo_number(info, "NUMBER(VA_BITS)", 10, &va_bits))
		return false;
	half = UINT64_C(1) << (va_bits - 1);
	direct->start = stext & half ? -half - half : -half;
	direct->end = direct->start + half; /* 0 for the upper half */
	direct->offset = direct->start - phys_offset;
	if (direct->start < paging_start(paging))
		direct->start = paging_start(paging);
	if (va_bits <= 48)
		return true;
	/* the image is placed for a CPU with the fewest bits: 48, or 47 with pages of 16 KiB */
	direct->end = -(UINT64_C(1) << (paging->page_shift == 14 ? 46 : 47));
	if (!physical && (!notes_vmcoreinfo_number(info, "NUMBER(TCR_EL1_T1SZ)", 16, &t1sz) || t1sz != 64 - va_bits))
		*direct = (struct machine_direct){ 0 };
	return true;
}

const struct machine machine_aarch64 = {
	.name = "aarch64",
	.aliases = { "arm64" },
	.elf = EM_AARCH64,
	.bits = 64,
	.page_size = 4096,
	.prstatus = { .size = 392,
		      .pid = 32,
		      .registers = 112,
		      .registers_size = 34 * 8,
		      .pc = 32 * 8,
		      .sp = 31 * 8,
		      .fp = 29 * 8,
		      .names = registers },
	.kernel_start = MACHINE_UPPER_HALF,
	.find_paging = find_aarch64_paging,
	.find_direct = find_aarch64_direct,
	.call_align = 4,
	.sign_mask = "NUMBER(KERNELPACMASK)", /* pointer authentication; these bits are ones in kernel addresses */
};
