/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the memory ranges of a dump that has none. VMCOREINFO locates the page tables and, for most machines, the
 * direct map: the machine's find_paging and find_direct read it (lkcd/machine.h). Their answer is checked against the
 * page tables where these can be read; the kernel's image is found in the page tables.
 */
#include <inttypes.h>

#include "dump/layout.h"
#include "dump/notes.h"
#include "dump/paging.h"
#include "dump/physical.h"
#include "lkcd/machine.h"
#include "lkcd/page.h"

#define IMAGE_MAX (1u << 30) /* no kernel's image is larger: KERNEL_IMAGE_SIZE of x86_64 */
#define IMAGE_ALIGN (2u << 20)

/* A range of size 0 is unknown. */
struct layout {
	struct range text, direct;
	bool has_text;   /* the kernel's image is mapped apart from the direct map */
	const char *why; /* why something is unknown */
};

/* Is physical address target mapped at virtual? */
static bool is_mapped(const struct paging *paging, struct physical *physical, uint64_t virtual, uint64_t target)
{
	struct mapping mapping;
	struct fault fault;

	return !paging_translate(paging, physical, virtual, &mapping, &fault) &&
	       mapping.physical + (virtual - mapping.virtual) == target;
}

/*
 * The image starts at the 2 MiB boundary below _stext and ends at the first address with another offset. Holes do not
 * end it: the kernel unmaps what it needed only to boot, and /proc/vmcore includes these holes as well.
 */
static void find_kernel_image(const struct info *info, const struct paging *paging, struct physical *physical,
			      struct layout *layout)
{
	uint64_t stext, start, last, end, steps = PAGING_STEPS_MAX;
	struct mapping mapping;
	struct fault fault;

	if (!notes_vmcoreinfo_number(info, "SYMBOL(_stext)", 16, &stext) ||
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

/* Is that the offset of the direct map? The image and the page tables are memory, so the direct map must hold them. */
static bool is_direct_offset(const struct info *info, const struct paging *paging, struct physical *physical,
			     uint64_t offset)
{
	uint64_t stext, image;

	if (!notes_vmcoreinfo_number(info, "SYMBOL(_stext)", 16, &stext))
		return false;
	image = stext - paging->text_offset;
	return is_mapped(paging, physical, offset + paging->root, paging->root) &&
	       is_mapped(paging, physical, offset + image, image);
}

/* The part of the direct map that maps possible physical addresses. Size 0: none. */
static struct range compute_linear_range(const struct machine_direct *direct)
{
	uint64_t physical = direct->start - direct->offset, left = direct->end - direct->start;

	if (physical < PAGE_ADDRESS_LIMIT)
		return (struct range){ physical, direct->start, left };
	if (direct->offset - direct->start >= left)
		return (struct range){ 0, 0, 0 };
	/* the direct map starts below physical address 0 */
	return (struct range){ 0, direct->offset, direct->end - direct->offset };
}

static void find_kernel_layout(const struct info *info, struct physical *physical, struct layout *layout)
{
	const struct machine *machine = info->machine;
	struct machine_direct direct = { 0 };
	struct paging paging;

	layout->has_text = true;
	layout->why = "the dump does not contain it, and the layout of this machine is not supported";
	if (!machine || !machine->find_direct)
		return;
	if (machine->find_paging) {
		layout->why = "the dump has no VMCOREINFO, or an old one";
		if (!paging_find(info, &paging) || !machine->find_direct(info, &paging, physical, &direct))
			return;
		layout->why = "the kernel's page tables cannot be read";
		if (physical)
			find_kernel_image(info, &paging, physical, layout);
		if (physical && !is_direct_offset(info, &paging, physical, direct.offset))
			return;
	} else {
		layout->why = "the dump does not contain the size of the kernel's image";
		if (!machine->find_direct(info, NULL, NULL, &direct))
			return;
	}
	layout->has_text = !direct.holds_image;
	layout->direct = compute_linear_range(&direct);
}

static int report_unknown_layout(struct info *info, const struct layout *layout, struct fault *fault)
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
	find_kernel_layout(info, physical, &layout);
	status = report_unknown_layout(info, &layout, fault);
	if (status || (!direct->size && !layout.text.size))
		return status;
	info->ranges_made = true;
	if (layout.text.size)
		status = info_add_range(info, layout.text, fault);
	/* all memory must be in some range: a page of the dump that is in none would be left out of ELF output */
	if (!status && direct->physical)
		status = info_add_range(info, (struct range){ 0, RANGE_NOT_MAPPED, direct->physical }, fault);
	if (!status && direct->size)
		status = info_add_range(info, *direct, fault);
	end = direct->physical + direct->size;
	if (!status && end < PAGE_ADDRESS_LIMIT)
		status = info_add_range(info, (struct range){ end, RANGE_NOT_MAPPED, PAGE_ADDRESS_LIMIT - end }, fault);
	return status;
}
