/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "compress/pipeline.h"
#include "verify/tally.h"

/* --- where unpacked pages go --- */

static int nothing_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	(void)sink;
	(void)plan;
	(void)fault;
	return 0;
}

static int nothing_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	(void)sink;
	(void)page;
	(void)fault;
	return 0;
}

static int nothing_finish(struct sink *sink, bool whole, struct fault *fault)
{
	(void)sink;
	(void)whole;
	(void)fault;
	return 0;
}

static void nothing_close(struct sink *sink)
{
	free(sink);
}

static struct sink *nothing_open(struct fault *fault)
{
	struct sink *sink = calloc(1, sizeof(*sink));

	if (!sink) {
		fault_memory(fault);
		return NULL;
	}
	*sink = (struct sink){ SINK_PLAIN, 0, NULL, nothing_begin, nothing_put, nothing_finish, nothing_close };
	return sink;
}

/* --- where memory was --- */

static int range_compare(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->physical < y->physical ? -1 : x->physical > y->physical;
}

/* The dump's ranges, in whole pages, sorted and joined. One that cannot be is the source's affair. */
static int learn_memory(struct tally *tally, const struct info *info, struct fault *fault)
{
	uint64_t size = info->page_size;
	size_t n = 0;

	if (!info->range_count || info->ranges_made)
		return 0;
	tally->memory = calloc(info->range_count, sizeof(*tally->memory));
	if (!tally->memory)
		return fault_memory(fault);
	memcpy(tally->memory, info->ranges, info->range_count * sizeof(*tally->memory));
	qsort(tally->memory, info->range_count, sizeof(*tally->memory), range_compare);
	for (size_t i = 0; i < info->range_count; i++) {
		struct range range = tally->memory[i];
		uint64_t start = range.physical / size * size;
		uint64_t end = (range.physical + range.size + size - 1) / size * size;
		struct range *last = n ? &tally->memory[n - 1] : NULL;

		if (last && start <= last->physical + last->size) {
			if (end > last->physical + last->size)
				last->size = end - last->physical;
		} else {
			tally->memory[n++] = (struct range){ .physical = start, .size = end - start };
		}
	}
	tally->memory_count = n;
	return 0;
}

static bool in_memory(const struct tally *tally, const struct page *page)
{
	uint64_t end = page->address + (uint64_t)page->pages * tally->page_size;
	size_t low = 0, high = tally->memory_count;

	if (!tally->memory)
		return true;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct range *range = &tally->memory[middle];

		if (range->physical + range->size <= page->address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < tally->memory_count && tally->memory[low].physical <= page->address &&
	       end <= tally->memory[low].physical + tally->memory[low].size;
}

/* --- the sink --- */

static int tally_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	struct tally *tally = (struct tally *)sink;
	int status = learn_memory(tally, plan->info, fault);

	tally->page_size = plan->info->page_size;
	return status || !tally->unpacker ? status : tally->unpacker->begin(tally->unpacker, plan, fault);
}

static int tally_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct tally *tally = (struct tally *)sink;

	if (!in_memory(tally, page)) {
		fault_set(fault, FAULT_DAMAGED, page->offset ? page->offset : FAULT_NOWHERE, page->address,
			  "the dump's list of memory ranges has no memory there");
		fault_mark(fault, RULE_RANGES, page->pages, page->bytes);
		findings_add(tally->findings, fault);
		return 0;
	}
	tally->pages[page->class] += page->pages;
	return page->codec && tally->unpacker ? tally->unpacker->put(tally->unpacker, page, fault) : 0;
}

static int tally_finish(struct sink *sink, bool whole, struct fault *fault)
{
	struct tally *tally = (struct tally *)sink;

	return tally->unpacker ? tally->unpacker->finish(tally->unpacker, whole, fault) : 0;
}

int tally_open(struct tally *tally, bool unpack, unsigned threads, struct findings *findings, struct fault *fault)
{
	struct sink *nothing;

	*tally = (struct tally){ .findings = findings };
	tally->sink.begin = tally_begin;
	tally->sink.put = tally_put;
	tally->sink.finish = tally_finish;
	if (!unpack)
		return 0;
	nothing = nothing_open(fault);
	if (!nothing)
		return -fault->code;
	tally->unpacker = pipeline_open(nothing, 0, threads, findings, fault);
	return tally->unpacker ? 0 : -fault->code;
}

void tally_clear(struct tally *tally)
{
	if (tally->unpacker)
		tally->unpacker->close(tally->unpacker);
	free(tally->memory);
	*tally = (struct tally){ 0 };
}
