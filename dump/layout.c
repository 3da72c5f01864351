/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMCOREINFO gives the kernel's page tables and, for most machines, the direct map in numbers: the machine's
 * find_paging and find_direct read them (lkcd/machine.h). Here, what they say is held against the page tables where
 * these can be read, the kernel's image is found in them, and ranges are made of both.
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

/* What was found out. Of a range of size 0 nothing is known. */
struct layout {
	struct range text, direct;
	bool has_text;   /* the kernel's image is mapped apart from the direct map */
	const char *why; /* something is not known */
};

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

/* Is the direct map where it is thought to be? The image and the page tables are memory, so they are in it. */
static bool is_direct(const struct info *info, const struct paging *paging, struct physical *physical, uint64_t offset)
{
	uint64_t stext, image;

	if (!notes_vmcoreinfo_number(info, "SYMBOL(_stext)", 16, &stext))
		return false;
	image = stext - paging->text_offset;
	return is_mapped(paging, physical, offset + paging->root, paging->root) &&
	       is_mapped(paging, physical, offset + image, image);
}

/* What the direct map maps of possible physical addresses. Size 0: nothing. */
static struct range linear(const struct machine_direct *direct)
{
	uint64_t physical = direct->start - direct->offset, left = direct->end - direct->start;

	if (physical < PAGE_ADDRESS_LIMIT)
		return (struct range){ physical, direct->start, left };
	if (direct->offset - direct->start >= left)
		return (struct range){ 0, 0, 0 };
	/* what is mapped first lies below physical address 0 */
	return (struct range){ 0, direct->offset, direct->end - direct->offset };
}

static void find(const struct info *info, struct physical *physical, struct layout *layout)
{
	const struct machine *machine = info->machine;
	struct machine_direct direct = { 0 };
	struct paging paging;

	layout->has_text = true;
	layout->why = "the dump does not say, and nothing is known here of its machine";
	if (!machine || !machine->find_direct)
		return;
	if (machine->find_paging) {
		layout->why = "the dump has no VMCOREINFO, or an old one";
		if (!paging_find(info, &paging) || !machine->find_direct(info, &paging, physical, &direct))
			return;
		layout->why = "the kernel's page tables cannot be read";
		if (physical)
			find_text(info, &paging, physical, layout);
		if (physical && !is_direct(info, &paging, physical, direct.offset))
			return;
	} else {
		layout->why = "how large the kernel's image is, the dump does not say";
		if (!machine->find_direct(info, NULL, NULL, &direct))
			return;
	}
	layout->has_text = !direct.holds_image;
	layout->direct = linear(&direct);
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
