/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dump's memory ranges in whole pages, sorted and joined, for a binary search. Ranges that were made from the pages
 * themselves prove nothing, and are ignored.
 */
#include <stdlib.h>
#include <string.h>

#include "verify/ranges.h"

static int compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->physical < y->physical ? -1 : x->physical > y->physical;
}

int ranges_load(struct ranges *ranges, const struct info *info, struct fault *fault)
{
	uint64_t size = info->page_size;
	size_t n = 0;

	*ranges = (struct ranges){ .page_size = info->page_size };
	if (!info->range_count || info->ranges_made)
		return 0;
	ranges->list = calloc(info->range_count, sizeof(*ranges->list));
	if (!ranges->list)
		return fault_memory(fault);
	memcpy(ranges->list, info->ranges, info->range_count * sizeof(*ranges->list));
	qsort(ranges->list, info->range_count, sizeof(*ranges->list), compare_ranges);
	for (size_t i = 0; i < info->range_count; i++) {
		struct range range = ranges->list[i];
		uint64_t start = range.physical / size * size;
		uint64_t end = (range.physical + range.size + size - 1) / size * size;
		struct range *last = n ? &ranges->list[n - 1] : NULL;

		if (last && start <= last->physical + last->size) {
			if (end > last->physical + last->size)
				last->size = end - last->physical;
		} else {
			ranges->list[n++] = (struct range){ .physical = start, .size = end - start };
		}
	}
	ranges->count = n;
	return 0;
}

static bool is_in_memory(const struct ranges *ranges, const struct page *page)
{
	uint64_t end = page->address + (uint64_t)page->pages * ranges->page_size;
	size_t low = 0, high = ranges->count;

	if (!ranges->list)
		return true;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct range *range = &ranges->list[middle];

		if (range->physical + range->size <= page->address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ranges->count && ranges->list[low].physical <= page->address &&
	       end <= ranges->list[low].physical + ranges->list[low].size;
}

void ranges_clear(struct ranges *ranges)
{
	free(ranges->list);
	*ranges = (struct ranges){ 0 };
}

bool ranges_refuse(const struct ranges *ranges, const struct page *page, struct findings *findings, struct fault *fault)
{
	if (is_in_memory(ranges, page))
		return false;
	fault_set(fault, FAULT_DAMAGED, page->offset ? page->offset : FAULT_NOWHERE, page->address,
		  "the dump's list of memory ranges has no memory there");
	fault_mark(fault, RULE_RANGES, page->pages, page->bytes);
	findings_add(findings, fault);
	return true;
}
