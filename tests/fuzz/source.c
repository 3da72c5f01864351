/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One format's source, on anything: as a file and, when the size is odd, as a pipe; mapped first where that can be;
 * every page unpacked. What next() delivers must be sound, must have been announced by map() and must come once; where
 * the source can seek, from 0 on the same comes again, and from any page on nothing that is not sound.
 */
#include <stdio.h>
#include <stdlib.h>

#include "convert/formats.h"
#include "lkcd/codec.h"
#include "tests/fuzz/expect.h"

#define RUNS_MAX 20000 /* an input is small; a source that gives more than this from it is endless */
#define MEMORY_MAX (64u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void unpack(const struct page *page, uint32_t page_size)
{
	size_t size = (size_t)page->pages * page_size;
	unsigned char *out;
	void *state;

	if (size > MEMORY_MAX)
		return;
	out = malloc(size);
	state = page->codec->open(page->codec->level_default);
	if (out && state)
		page->codec->decode(state, out, size, page->data, page->bytes);
	if (state)
		page->codec->close(state);
	free(out);
}

static void look_at(const struct page *page, const struct info *info)
{
	static volatile unsigned char sum;
	const unsigned char *at = page->data;

	expect(page->pages >= 1 && page->pages <= PAGE_RUN_MAX && page->address % info->page_size == 0);
	expect(page->address < PAGE_ADDRESS_LIMIT && page->class < PAGE_CLASSES);
	expect(page->data ? page->bytes > 0 : page->bytes == 0);
	expect(page->codec || !page->data || page->bytes == (uint64_t)page->pages * info->page_size);
	for (uint32_t i = 0; i < page->bytes; i++)
		sum = (unsigned char)(sum + at[i]);
	if (page->codec)
		unpack(page, info->page_size);
}

/* All of it once. Returns a sum over it, and the address of its last page in *last. */
static uint64_t run(struct source *source, uint64_t *last)
{
	struct pagemap *map = NULL, *seen = pagemap_new();
	uint32_t page_size = source->info.page_size;
	bool ascending = false;
	struct fault fault;
	struct page page;
	uint64_t sum = 0;
	int status = 0;

	*last = 0;
	expect(page_size >= PAGE_SIZE_MIN && page_size <= PAGE_SIZE_MAX && seen);
	if (source->map) {
		map = pagemap_new();
		status = source->map(source, map, &ascending, &fault);
	}
	for (unsigned runs = 0; fault_status(status) < 2; runs++) {
		uint64_t frame;

		status = source->next(source, &page, &fault);
		if (status == 0 || status == -FAULT_CUT || fault_status(status) > 1)
			break;
		expect(runs < RUNS_MAX);
		if (status != 1)
			continue;
		status = 0;
		look_at(&page, &source->info);
		frame = page.address / page_size;
		expect(!pagemap_count(seen, frame, page.pages));
		expect(!pagemap_add(seen, frame, page.pages));
		expect(!map || pagemap_count(map, frame, page.pages) == page.pages);
		expect(!ascending || page.address >= *last);
		*last = page.address;
		sum = sum * 31 + page.address + page.pages + page.bytes;
	}
	pagemap_free(map);
	pagemap_free(seen);
	return sum * 31 + (uint64_t)status;
}

static void seek(struct source *source, uint64_t sum, uint64_t last)
{
	const uint64_t addresses[] = { last, last / 2, PAGE_ADDRESS_LIMIT - 1, 1 };
	struct fault fault;
	struct page page;

	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		expect(!source->seek(source, addresses[i], &fault));
		for (unsigned runs = 0; runs < 3; runs++)
			if (source->next(source, &page, &fault) == 1)
				look_at(&page, &source->info);
	}
	expect(!source->rewind(source, &fault));
	expect(run(source, &last) == sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct format *format = formats_find(FUZZED);
	struct source_options options = { 0 };
	struct fault fault;
	struct stream *stream = stream_open_memory(data, size, size % 2, &fault);
	struct source *source;
	uint64_t sum, last;

	expect(stream && format);
	if (format->bid && !format->bid(data, size)) {
		stream_close(stream);
		return -1;
	}
	source = format->open_source(stream, &options, &fault);
	if (source) {
		sum = run(source, &last);
		if (source->seek)
			seek(source, sum, last);
		source->close(source);
	}
	stream_close(stream);
	return 0;
}
