/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds runs by address. Most readers continue where they stopped, and seeking is expensive in a compressed dump, so
 * the run that follows the last one is read by next() without a seek.
 */
#include "dump/run.h"

#define REFUSALS_MAX 8 /* faults without an address that a source may report before its first page */

int run_open(struct run_finder *finder, struct source *source, struct fault *fault)
{
	*finder = (struct run_finder){ .run_end_address = UINT64_MAX };
	if (!source->fork)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "memory cannot be searched: this input can only be read from its start to its end");
	finder->cursor = source->fork(source, fault);
	return finder->cursor ? 0 : -fault->code;
}

void run_close(struct run_finder *finder)
{
	if (finder->cursor)
		finder->cursor->close(finder->cursor);
	unpack_close(&finder->unpack);
	*finder = (struct run_finder){ 0 };
}

static int seek_run(struct run_finder *finder, uint64_t address, struct page *page, struct fault *fault)
{
	struct source *cursor = finder->cursor;
	uint32_t page_size = cursor->info.page_size;
	unsigned refusals = 0;
	int status = cursor->seek(cursor, address, fault);

	if (status)
		return status;
	do
		status = cursor->next(cursor, page, fault);
	while (status == -FAULT_DAMAGED && fault->address == FAULT_NOWHERE && refusals++ < REFUSALS_MAX);
	if (status == 1 && address >= page->address && address < run_end(page, page_size))
		return 0;
	if (status < 0 && (status == -FAULT_DAMAGED || fault_status(status) > 1))
		return status;
	return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, address - address % page_size, "not in the dump");
}

int run_find(struct run_finder *finder, uint64_t address, struct page *page, struct fault *fault)
{
	struct source *cursor = finder->cursor;
	bool follows = address == finder->run_end_address && cursor->next(cursor, page, fault) == 1 &&
		       page->address == address;
	int status = follows ? 0 : seek_run(finder, address, page, fault);

	finder->run_end_address = status ? UINT64_MAX : run_end(page, cursor->info.page_size);
	return status ? status : unpack_page(&finder->unpack, page, cursor->info.page_size, fault);
}
