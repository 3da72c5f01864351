/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMCOREINFO gives the kernel's page tables and, for most machines, the direct map in numbers. x86_64 moves its direct
 * map and does not say where to; but it is what the kernel's half of the tables starts with. Everything that numbers
 * say is held against the tables where they can be read.
 */
#include <inttypes.h>
#include <string.h>

#include "dump/layout.h"
#include "dump/physical.h"
#include "dump/notes.h"
#include "dump/paging.h"
#include "lkcd/machine.h"
#include "lkcd/page.h"

#define STEPS_MAX 65536      /* entries of page tables that are looked at for one answer */
#define IMAGE_MAX (1u << 30) /* no kernel's image is larger: KERNEL_IMAGE_SIZE of x86_64 */
#define IMAGE_ALIGN (2u << 20)
#define DIRECT_ALIGN (1u << 30) /* x86_64 moves its direct map by this much */
#define SAMPLES 64

/* What was found out. Of a range of size 0 nothing is known. */
struct layout {
	struct range text, direct;
	bool has_text;   /* the kernel's image is mapped apart from the direct map */
	const char *why; /* something is not known */
};

static bool number(const struct info *info, const char *key, int base, uint64_t *value)
{
	return notes_vmcoreinfo_number(info, key, base, value);
}

/* Is that physical address mapped at that virtual one? */
static bool is_mapped(const struct paging *paging, struct physical *physical, uint64_t virtual, uint64_t target)
{
	struct mapping mapping;
	struct fault fault;

	return !paging_translate(paging, physical, virtual, &mapping, &fault) &&
	       mapping.physical + (virtual - mapping.virtual) == target;
}

/*
 * The image: from _stext's 2 MiB on, everything that is mapped by the same rule, up to what is mapped by another one.
 * Holes do not end it: what the kernel needed to boot only is not mapped any more, and /proc/vmcore does not leave it
 * out either.
 */
static void find_text(const struct info *info, const struct paging *paging, struct physical *physical,
		      struct layout *layout)
{
	uint64_t stext, start, last, end, steps = STEPS_MAX;
	struct mapping mapping;
	struct fault fault;

	if (!number(info, "SYMBOL(_stext)", 16, &stext) ||
	    !is_mapped(paging, physical, stext, stext - paging->text_offset))
		return;
	start = end = stext & ~(uint64_t)(IMAGE_ALIGN - 1);
	last = UINT64_MAX - start > IMAGE_MAX ? start + IMAGE_MAX - 1 : UINT64_MAX;
	while (end <= last && end >= start && paging_next(paging, physical, end, last, &steps, &mapping, &fault) == 1) {
		if (mapping.virtual - paging->text_offset != mapping.physical)
			break;
		end = mapping.virtual + mapping.size;
	}
	if (end <= stext || start - paging->text_offset >= PAGE_ADDRESS_LIMIT)
		return;
	layout->text = (struct range){ start - paging->text_offset, start, end - start };
}

/* Is the direct map where it is thought to be? The image and the page tables are memory, so they are in it. */
static bool is_direct(const struct info *info, const struct paging *paging, struct physical *physical, uint64_t offset)
{
	uint64_t stext, image;

	if (!number(info, "SYMBOL(_stext)", 16, &stext))
		return false;
	image = stext - paging->text_offset;
	return is_mapped(paging, physical, offset + paging->root, paging->root) &&
	       is_mapped(paging, physical, offset + image, image);
}

/*
 * Documentation/arch/x86/x86_64/mm.rst: the direct map is the first of the kernel's regions, wherever they were moved
 * to; it starts with physical address 0. The first of its mappings must all be linear.
 */
static void find_direct_x86_64(const struct info *info, const struct paging *paging, struct physical *physical,
			       struct layout *layout)
{
	uint64_t at = paging_start(paging), offset = 0, steps = STEPS_MAX, bits;
	struct mapping mapping;
	struct fault fault;

	for (unsigned i = 0; i < SAMPLES; i++) {
		int status = paging_next(paging, physical, at, UINT64_MAX, &steps, &mapping, &fault);

		if (status < 0)
			return;
		if (status && !i)
			offset = mapping.virtual - mapping.physical;
		if (!status || mapping.virtual - mapping.physical != offset)
			break; /* there is so little memory, or this is not it: is_direct() tells */
		at = mapping.virtual + mapping.size;
	}
	if (offset % DIRECT_ALIGN || offset < paging_start(paging) || !is_direct(info, paging, physical, offset))
		return;
	if (!number(info, "NUMBER(MAX_PHYSMEM_BITS)", 10, &bits) || bits < 36 || bits > 52)
		bits = paging->address_bits == 57 ? 52 : 46;
	layout->direct = (struct range){ 0, offset, UINT64_C(1) << bits };
}

static void find_x86_64(const struct info *info, struct physical *physical, struct layout *layout)
{
	struct paging paging;

	layout->has_text = true;
	if (!paging_find(info, &paging)) {
		layout->why = "the dump has no VMCOREINFO, or an old one";
		return;
	}
	layout->why = "the kernel's page tables cannot be read";
	if (!physical)
		return;
	find_text(info, &paging, physical, layout);
	find_direct_x86_64(info, &paging, physical, layout);
}

/* Memory is mapped at virtual = physical + offset, from virtual address start to below end. Size 0: that cannot be. */
static struct range linear(uint64_t offset, uint64_t start, uint64_t end)
{
	uint64_t physical = start - offset, left = end - start; /* end is 0 at the end of all addresses */

	if (physical < PAGE_ADDRESS_LIMIT)
		return (struct range){ physical, start, left };
	if (offset - start >= left)
		return (struct range){ 0, 0, 0 };
	return (struct range){ 0, offset, end - offset }; /* what is mapped first lies below physical address 0 */
}

/*
 * Documentation/arch/arm64/memory.rst: the linear map is the lower half of the kernel's addresses since 5.4, where the
 * image is in the upper one; before, the other way round. PHYS_OFFSET is what its first address maps, and below memory
 * when that was moved by KASLR. With 52-bit addresses on a CPU of fewer it depends on the release what it stands for.
 */
static void find_aarch64(const struct info *info, struct physical *physical, struct layout *layout)
{
	uint64_t phys_offset, stext, va_bits, t1sz, half, offset, start, end;
	struct paging paging;
	bool certain = true;

	layout->has_text = true;
	layout->why = "the dump has no VMCOREINFO, or an old one";
	if (!paging_find(info, &paging) || !number(info, "NUMBER(PHYS_OFFSET)", 16, &phys_offset) ||
	    !number(info, "SYMBOL(_stext)", 16, &stext) || !number(info, "NUMBER(VA_BITS)", 10, &va_bits))
		return;
	half = UINT64_C(1) << (va_bits - 1);
	start = stext & half ? -half - half : -half;
	end = start + half; /* 0 for the upper half: the end of all addresses */
	if (va_bits > 48) {
		certain = number(info, "NUMBER(TCR_EL1_T1SZ)", 16, &t1sz) && t1sz == 64 - va_bits;
		/* the image's half is that of the least CPU: 48 bits, or 47 with pages of 16 KiB */
		end = -(UINT64_C(1) << (paging.page_shift == 14 ? 46 : 47));
	}
	offset = start - phys_offset;
	layout->why = "the kernel's page tables cannot be read";
	if (physical) {
		certain = is_direct(info, &paging, physical, offset);
		find_text(info, &paging, physical, layout);
	}
	if (start < paging_start(&paging))
		start = paging_start(&paging);
	if (certain)
		layout->direct = linear(offset, start, end);
}

/* arch/riscv/include/asm/page.h: linear_mapping_pa_to_va() of 64-bit kernels */
static void find_riscv64(const struct info *info, struct physical *physical, struct layout *layout)
{
	uint64_t page_offset, ram_base, offset;
	struct paging paging;
	bool certain = true;

	layout->has_text = true;
	layout->why = "the dump has no VMCOREINFO, or an old one";
	if (!paging_find(info, &paging) || !number(info, "NUMBER(PAGE_OFFSET)", 16, &page_offset) ||
	    !number(info, "NUMBER(phys_ram_base)", 16, &ram_base) || page_offset < paging_start(&paging))
		return;
	offset = page_offset - ram_base;
	layout->why = "the kernel's page tables cannot be read";
	if (physical) {
		certain = is_direct(info, &paging, physical, offset);
		find_text(info, &paging, physical, layout);
	}
	if (certain) /* half of the kernel's half is its room */
		layout->direct = linear(offset, page_offset, page_offset + (UINT64_C(1) << (paging.address_bits - 2)));
}

/* Memory is mapped where it is physically; since 6.10 at an address that is given, and the image apart from it. */
static void find_s390x(const struct info *info, struct physical *physical, struct layout *layout)
{
	uint64_t base = 0;

	(void)physical;
	layout->has_text = number(info, "IDENTITYBASE", 16, &base);
	layout->why = "how large the kernel's image is, the dump does not say";
	layout->direct = (struct range){ 0, base, PAGE_ADDRESS_LIMIT };
}

/* Documentation/arch/powerpc: the image is in the direct map. */
static void find_ppc64(const struct info *info, struct physical *physical, struct layout *layout)
{
	(void)info;
	(void)physical;
	layout->has_text = false;
	layout->direct = (struct range){ 0, UINT64_C(0xc000000000000000), PAGE_ADDRESS_LIMIT };
}

static void find(const struct info *info, struct physical *physical, struct layout *layout)
{
	static const struct {
		const char *machine;
		void (*find)(const struct info *info, struct physical *physical, struct layout *layout);
	} finders[] = {
		{ "x86_64", find_x86_64 }, { "aarch64", find_aarch64 }, { "riscv64", find_riscv64 },
		{ "s390x", find_s390x },   { "ppc64", find_ppc64 },     { "ppc64le", find_ppc64 },
	};

	layout->has_text = true;
	layout->why = "the dump does not say, and nothing is known here of its machine";
	for (size_t i = 0; info->machine && i < sizeof(finders) / sizeof(*finders); i++)
		if (!strcmp(finders[i].machine, info->machine->name))
			finders[i].find(info, physical, layout);
}

static int tell_unknown(struct info *info, const struct layout *layout, struct fault *fault)
{
	if (!layout->direct.size && !layout->text.size)
		return info_add_unknown(info, fault, "where memory was mapped is not known: %s", layout->why);
	if (!layout->direct.size)
		return info_add_unknown(info, fault,
					"where memory was mapped is not known but for the kernel's image: %s",
					layout->why);
	if (layout->has_text && !layout->text.size)
		return info_add_unknown(info, fault, "where the kernel's image was mapped is not known: %s",
					layout->why);
	return 0;
}

int layout_ranges(struct info *info, struct physical *physical, struct fault *fault)
{
	struct layout layout = { 0 };
	struct range *direct = &layout.direct;
	uint64_t end;
	int status;

	if (info->range_count)
		return 0;
	find(info, physical, &layout);
	status = tell_unknown(info, &layout, fault);
	if (status || (!direct->size && !layout.text.size))
		return status;
	info->ranges_made = true;
	if (layout.text.size)
		status = info_add_range(info, layout.text, fault);
	/* all memory must be in some range: what is in the dump and in none of them would be left out */
	if (!status && direct->physical)
		status = info_add_range(info, (struct range){ 0, RANGE_NOT_MAPPED, direct->physical }, fault);
	if (!status && direct->size)
		status = info_add_range(info, *direct, fault);
	end = direct->physical + direct->size;
	if (!status && end < PAGE_ADDRESS_LIMIT)
		status = info_add_range(info, (struct range){ end, RANGE_NOT_MAPPED, PAGE_ADDRESS_LIMIT - end }, fault);
	return status;
}
