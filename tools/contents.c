/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting what a dump holds: a copy into a sink that keeps nothing but the counts. */
#include "tools/contents.h"
#include "dump/copy.h"

struct counting {
	struct sink sink;
	struct findings findings; /* counts what is handed on to the input's */
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

static void show_progress(struct copy *copy)
{
	input_progress(((struct counting *)((char *)copy - offsetof(struct counting, copy)))->input);
}

int contents_read(struct input *input, struct contents *contents)
{
	struct counting counting = {
		.sink = { .begin = counting_begin, .put = counting_put, .finish = counting_finish },
		.findings.found = count_fault,
		.copy = { .findings = &counting.findings, .progress = show_progress },
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
