/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

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

/* --- the sink --- */

static int tally_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	struct tally *tally = (struct tally *)sink;
	int status = ranges_learn(&tally->memory, plan->info, fault);

	return status || !tally->unpacker ? status : tally->unpacker->begin(tally->unpacker, plan, fault);
}

static int tally_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct tally *tally = (struct tally *)sink;

	if (ranges_refuse(&tally->memory, page, tally->findings, fault))
		return 0;
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
	ranges_clear(&tally->memory);
	*tally = (struct tally){ 0 };
}
