/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The copy loop of every tool: it reads runs of pages from a source, writes them to a sink, and reports what is lost to
 * findings. It knows no format and no codec; sources and sinks wrap one another to do the rest.
 */
#include "dump/copy.h"

#define PROGRESS_EVERY 1024 /* runs */

/* Fill in what the sink needs before the first page. The caller frees the map. */
static int make_plan(struct copy *copy, struct source *source, struct sink_plan *plan, struct fault *fault)
{
	int status;

	if (!source->map)
		return fault_set(
			fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
			"this output needs the list of all pages before the first page, and this input has none");
	plan->map = pagemap_new();
	if (!plan->map)
		return fault_memory(fault);
	status = source->map(source, plan->map, &plan->ascending, fault);
	copy->map_bytes = pagemap_bytes(plan->map);
	return status == -FAULT_CUT ? 0 : status; /* next() will report it again */
}

/* The loop. Returns 0 at the end of the dump, where it is truncated, or at the first finding when copy is strict. */
static int copy_runs(struct copy *copy, struct source *source, struct sink *sink, struct fault *fault)
{
	for (unsigned runs = 1;; runs++) {
		struct page page;
		int status = source->next(source, &page, fault);

		if (status == 0)
			return 0;
		if (status == 1) {
			copy->pages += page.pages;
			status = sink->put(sink, &page, fault);
		} else if (fault_status(status) == 1) {
			findings_add(copy->findings, fault);
			if (status == -FAULT_CUT)
				return 0;
			status = 0;
		}
		if (status || (copy->strict && copy->findings->count))
			return status;
		if (copy->progress && runs % PROGRESS_EVERY == 0)
			copy->progress(copy->progress_argument);
	}
}

int copy_pages(struct copy *copy, struct source *source, struct sink *sink, struct fault *fault)
{
	struct sink_plan plan = { .info = &source->info };
	int status = sink->needs & SINK_MAP ? make_plan(copy, source, &plan, fault) : 0;

	if (!status)
		status = sink->begin(sink, &plan, fault);
	if (!status)
		status = copy_runs(copy, source, sink, fault);
	if (!status)
		status = sink->finish(sink, copy->findings->count == 0, fault);
	copy->whole = copy->findings->count == 0; /* finish() may still find the last pages damaged */
	pagemap_free(plan.map);
	return !status && copy->strict && !copy->whole ? -FAULT_DAMAGED : status;
}

/* A sink that adds each page frame to a page map. */
struct map_sink {
	struct sink sink;
	struct sink *also;
	struct pagemap *map;
	uint32_t page_size;
	uint64_t last; /* address of the run before */
	bool ascending;
};

static int map_sink_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	(void)fault;
	((struct map_sink *)sink)->page_size = plan->info->page_size;
	return 0;
}

static int map_sink_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct map_sink *mapper = (struct map_sink *)sink;

	mapper->ascending = mapper->ascending && page->address >= mapper->last;
	mapper->last = page->address;
	if (mapper->map && pagemap_add(mapper->map, page->address / mapper->page_size, page->pages))
		return fault_memory(fault);
	return mapper->also ? mapper->also->put(mapper->also, page, fault) : 0;
}

static int map_sink_finish(struct sink *sink, bool whole, struct fault *fault)
{
	(void)sink;
	(void)whole;
	(void)fault;
	return 0;
}

/* Keeps the fault of a truncated dump: copy_map returns it, while damage is only counted. */
struct cut_findings {
	struct findings findings;
	struct fault cut; /* code 0: none */
};

static void keep_cut_fault(struct findings *findings, const struct fault *fault)
{
	if (fault->code == FAULT_CUT)
		((struct cut_findings *)findings)->cut = *fault;
}

int copy_map(struct source *source, struct pagemap *map, bool *ascending, struct sink *also, struct fault *fault)
{
	struct map_sink mapper = {
		.sink = { .begin = map_sink_begin, .put = map_sink_put, .finish = map_sink_finish },
		.also = also,
		.map = map,
		.ascending = true,
	};
	struct cut_findings found = { .findings.found = keep_cut_fault };
	struct copy copy = { .findings = &found.findings };
	int status = copy_pages(&copy, source, &mapper.sink, fault);

	*ascending = mapper.ascending;
	if (status || !found.cut.code)
		return status;
	*fault = found.cut;
	return -FAULT_CUT;
}
