/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/contents.h"

#define PROGRESS_EVERY 1024 /* runs */

static void count(struct contents *contents, const struct page *page, uint32_t page_size)
{
	uint64_t plain = (uint64_t)page->pages * page_size, end = page->address + plain;

	contents->pages += page->pages;
	contents->classes[page->class] += page->pages;
	if (!page->data)
		contents->zero_pages += page->pages;
	contents->stored += page->bytes;
	contents->plain += plain;
	if (end > contents->end)
		contents->end = end;
}

int contents_read(struct input *input, struct contents *contents)
{
	struct source *source = input->source;
	unsigned runs = 0;
	int status;

	for (;;) {
		struct fault fault;
		struct page page;

		status = source->next(source, &page, &fault);
		if (status > 0) {
			count(contents, &page, source->info.page_size);
			if (++runs % PROGRESS_EVERY == 0)
				input_progress(input);
			continue;
		}
		if (status == 0)
			break;
		if (!contents->faults++)
			contents->fault = fault;
		contents->damaged += status == -FAULT_DAMAGED;
		findings_add(&input->findings.findings, &fault);
		if (status != -FAULT_DAMAGED)
			break;
	}
	progress_end(&input->shown);
	die_rest(&input->findings);
	return status ? fault_status(status) : contents->faults > 0;
}
