/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts what a dump contains, for lkcd-info and lkcd-analyze: copy_pages() into a sink that keeps only the counts. So
 * damage is found and reported as in a conversion.
 */
#include "tools/contents.h"
#include "dump/copy.h"

struct counting {
	struct sink sink;
	struct findings findings; /* counts each finding, then passes it to those of the input */
	struct copy copy;
	struct input *input;
	struct contents *contents;
};

static int counting_begin(struct sink *sink, const struct sink_plan *plan, struct fault *fault)
{
	(void)sink;
	(void)plan;
	(void)fault;
	return 0;
}

static int counting_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct counting *counting = (struct counting *)sink;
	struct contents *contents = counting->contents;
	uint64_t plain = (uint64_t)page->pages * counting->input->source->info.page_size, end = page->address + plain;

	(void)fault;
	contents->pages += page->pages;
	contents->classes[page->class] += page->pages;
	if (!page->data)
		contents->zero_pages += page->pages;
	contents->stored += page->bytes;
	contents->plain += plain;
	if (end > contents->end)
		contents->end = end;
	return 0;
}

static int counting_finish(struct sink *sink, bool whole, struct fault *fault)
{
	(void)sink;
	(void)whole;
	(void)fault;
	return 0;
}

static void count_fault(struct findings *findings, const struct fault *fault)
{
	struct counting *counting = (struct counting *)((char *)findings - offsetof(struct counting, findings));

	if (!counting->contents->faults++)
		counting->contents->fault = *fault;
	counting->contents->damaged += fault->code == FAULT_DAMAGED;
	findings_add(&counting->input->findings.findings, fault);
}

int contents_read(struct input *input, struct contents *contents)
{
	struct counting counting = {
		.sink = { .begin = counting_begin, .put = counting_put, .finish = counting_finish },
		.findings.found = count_fault,
		.copy = { .findings = &counting.findings, .progress = input_show_progress, .progress_argument = input },
		.input = input,
		.contents = contents,
	};
	struct fault fault;
	int status = copy_pages(&counting.copy, input->source, &counting.sink, &fault);

	if (status)
		findings_add(&counting.findings, &fault);
	progress_end(&input->shown);
	message_rest(&input->findings);
	return status ? fault_status(status) : counting.copy.whole ? 0 : 1;
}
