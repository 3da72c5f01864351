/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/copy.h"

#define PROGRESS_EVERY 1024 /* runs */

/* What the sink needs to know before the first page. The map is the caller's to free. */
static int plan_make(struct copy *copy, struct source *source, struct sink_plan *plan, struct fault *fault)
{
	int status;

	if (!source->map)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "this output must know all pages before the first, and this input cannot tell them");
	plan->map = pagemap_new();
	if (!plan->map)
		return fault_memory(fault);
	status = source->map(source, plan->map, &plan->ascending, fault);
	copy->map_bytes = pagemap_bytes(plan->map);
	return status == -FAULT_CUT ? 0 : status; /* next() will come upon the cut again */
}

/* The loop. Returns 0 at the end of the dump, or where nothing more can, or need, be had of it. */
static int copy_through(struct copy *copy, struct source *source, struct sink *sink, struct fault *fault)
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
			copy->progress(copy);
	}
}

int copy_pages(struct copy *copy, struct source *source, struct sink *sink, struct fault *fault)
{
	struct sink_plan plan = { .info = &source->info };
	int status = sink->needs & SINK_MAP ? plan_make(copy, source, &plan, fault) : 0;

	if (!status)
		status = sink->begin(sink, &plan, fault);
	if (!status)
		status = copy_through(copy, source, sink, fault);
	if (!status)
		status = sink->finish(sink, copy->findings->count == 0, fault);
	copy->whole = copy->findings->count == 0; /* the last pages may be found damaged in finish() only */
	pagemap_free(plan.map);
	return !status && copy->strict && !copy->whole ? -FAULT_DAMAGED : status;
}
