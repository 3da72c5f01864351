/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sink of a check: it counts pages by class, checks their addresses and order, and decompresses them in threads if
 * that is wanted. It relies on compress/pipeline.h, and passes decompressed pages to a sink that discards them.
 */
#include <stdlib.h>

#include "compress/pipeline.h"
#include "verify/tally.h"

/* --- a sink that discards pages --- */

static int discard_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	(void)sink;
	(void)plan;
	(void)fault;
	return 0;
}

static int discard_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	(void)sink;
	(void)page;
	(void)fault;
	return 0;
}

static int discard_finish(struct sink *sink, bool whole, struct fault *fault)
{
	(void)sink;
	(void)whole;
	(void)fault;
	return 0;
}

static void discard_close(struct sink *sink)
{
	free(sink);
}

static struct sink *discard_open(struct fault *fault)
{
	struct sink *sink = calloc(1, sizeof(*sink));

	if (!sink) {
		fault_memory(fault);
		return NULL;
	}
	*sink = (struct sink){ SINK_PLAIN, 0, NULL, discard_begin, discard_put, discard_finish, discard_close };
	return sink;
}

/* --- the sink --- */

static int tally_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	struct tally *tally = (struct tally *)sink;
	int status = ranges_load(&tally->memory, plan->info, fault);

	return status || !tally->unpacker ? status : tally->unpacker->begin(tally->unpacker, plan, fault);
}

static void report_broken(struct tally *tally, const struct page *page, uint64_t first, uint64_t count)
{
	uint64_t size = tally->memory.page_size;
	struct fault fault;

	if (!count)
		return;
	fault_set(&fault, FAULT_DAMAGED, page->codec ? page->offset : page->offset + first * size,
		  page->address + first * size, "its bytes have changed since the file was sealed");
	fault_mark(&fault, RULE_SUM, count, page->codec ? page->bytes : count * size);
	findings_add(tally->findings, &fault);
}

/* Count and report pages of a run that are in broken pieces of a sealed file. */
static uint64_t count_broken(struct tally *tally, const struct page *page)
{
	uint64_t size = tally->memory.page_size, all = 0, first = 0, n = 0;

	if (!tally->seal || !page->data || !page->offset)
		return 0;
	if (page->codec)
		all = n = seal_is_broken(tally->seal, page->offset, page->bytes) ? page->pages : 0;
	for (uint64_t i = 0; i < page->pages && !page->codec; i++) {
		if (seal_is_broken(tally->seal, page->offset + i * size, size)) {
			first = n ? first : i;
			n++;
			all++;
			continue;
		}
		report_broken(tally, page, first, n);
		n = 0;
	}
	report_broken(tally, page, first, n);
	return all;
}

unsigned tally_pass(enum page_class class)
{
	return class == PAGE_USED ? 1 : class == PAGE_UNUSED ? 2 : 0;
}

static int tally_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct tally *tally = (struct tally *)sink;
	uint64_t lost;

	if (ranges_refuse(&tally->memory, page, tally->findings, fault))
		return 0;
	tally->disordered |= tally_pass(page->class) < tally->pass;
	if (tally_pass(page->class) > tally->pass)
		tally->pass = tally_pass(page->class);
	lost = count_broken(tally, page);
	tally->pages[page->class] += page->pages - lost;
	return page->codec && !lost && tally->unpacker ? tally->unpacker->put(tally->unpacker, page, fault) : 0;
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
	nothing = discard_open(fault);
	if (!nothing)
		return -fault->code;
	tally->unpacker = pipeline_open(nothing, 0, threads, findings, fault);
	return tally->unpacker ? 0 : -fault->code;
}

void tally_clear(struct tally *tally)
{
	if (tally->unpacker)
		tally->unpacker->close(tally->unpacker);
	ranges_clear(&tally->memory);
	*tally = (struct tally){ 0 };
}
