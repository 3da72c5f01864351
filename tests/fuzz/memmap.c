/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory maps of anything. What a filter gives must be what the dump gives, less pages that were dropped: none twice,
 * none changed, in the dump's order, and just those that its map told. Where nothing is known, nothing is missing. And
 * a page that has no struct page of its own is never dropped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/formats.h"
#include "filter/filter.h"
#include "tests/fuzz/expect.h"

#define FRAMES_MAX 65536 /* of claimed memory that are gone through; more says nothing new */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Frames that a source gives: pages that are lost are neither here nor there. */
static uint64_t gather(struct source *source, struct pagemap *frames)
{
	uint64_t total = 0;
	int status;

	do {
		struct fault fault = { 0 };
		struct page page = { 0 };

		status = source->next(source, &page, &fault);
		if (status != 1)
			continue;
		expect(page.pages && page.class < PAGE_CLASSES);
		expect(!pagemap_count(frames, page.address / source->info.page_size, page.pages));
		expect(!pagemap_add(frames, page.address / source->info.page_size, page.pages));
		total += page.pages;
	} while (status == 1 || status == -FAULT_DAMAGED);
	return total;
}

static bool is_small(struct source *source)
{
	struct pagemap *map = pagemap_new();
	struct fault fault;
	bool ascending, small = false;

	if (source->map && source->seek)
		small = source->map(source, map, &ascending, &fault) >= 0 && pagemap_total(map) <= FRAMES_MAX;
	pagemap_free(map);
	return small;
}

/* The choice is taken from the input's length, so that each input meets one of them. */
static struct level_choice choose(size_t size)
{
	struct level_choice choice = { .level = LEVEL_KERN };

	if (size % 4 == 1)
		choice.level = LEVEL_USED;
	if (size % 4 == 2)
		choice.level = LEVEL_ALL;
	if (size % 4 == 3)
		expect(level_parse_exclude("zero,cache,free", &choice));
	return choice;
}

static void compare(struct source *source, size_t size)
{
	struct filter filter = { .choice = choose(size) };
	struct pagemap *all = pagemap_new(), *kept = pagemap_new(), *told = pagemap_new();
	uint64_t total = gather(source, all), left, first, count, from = 0;
	struct fault fault = { 0 };
	bool ascending;

	expect(!source->seek(source, 0, &fault));
	if (filter_open(&filter, source, &fault) == 0) {
		expect(filter.source->map(filter.source, told, &ascending, &fault) <= 0);
		left = gather(filter.source, kept);
		expect(left <= total);
		for (; pagemap_run(kept, from, &first, &count); from = first + count)
			expect(pagemap_count(all, first, count) == count && pagemap_count(told, first, count) == count);
		if (!filter.classes && !filter.choice.zero && !filter_has_classes(&source->info))
			expect(left == total);
		if (filter.classes && !filter.choice.zero && classes_counts(filter.classes)->kept <= left + 1)
			expect(pagemap_total(told) == classes_counts(filter.classes)->kept);
	}
	filter_close(&filter);
	pagemap_free(all);
	pagemap_free(kept);
	pagemap_free(told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source_options options = { 0 };
	struct fault fault;
	struct stream *stream = stream_open_memory(data, size, false, &fault);
	struct source *source;

	expect(stream);
	source = formats_open_source(stream, &options, false, &fault);
	if (source && is_small(source) && !source->seek(source, 0, &fault))
		compare(source, size);
	if (source)
		source->close(source);
	stream_close(stream);
	return 0;
}
