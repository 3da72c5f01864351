/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaves pages out, by a classifier's verdict, by the class that a page comes with, or because it is zero. A run is
 * split where verdicts differ; its data stays compressed unless it has to be split or checked for zeros.
 */
#include <stdlib.h>

#include "dump/copy.h"
#include "dump/iszero.h"
#include "dump/unpack.h"
#include "filter/drop.h"

#define SKIP_MIN 256u /* frames; fewer are read and dropped, because a seek costs as much */

struct drop {
	struct source source;
	struct source *inner;
	struct level_choice choice;
	struct classifier *classifier; /* NULL: the pages' own classes decide */
	struct drop_counts counts;
	bool skips; /* the inner source can (SOURCE_SKIPS), and verdicts need no data */

	struct page rest;    /* the rest of the inner source's run; pages 0: none */
	uint64_t next_frame; /* the one after the last run */

	struct unpack unpack;
};

static void drop_close(struct source *source)
{
	struct drop *drop = (struct drop *)source;

	unpack_close(&drop->unpack);
	free(drop);
}

/* The verdict on the first *count pages of a run. */
static struct verdict find_verdict(struct drop *drop, uint64_t frame, uint64_t most, enum page_class class,
				   uint64_t *count)
{
	const struct level_choice *choice = &drop->choice;
	uint64_t header = LEVEL_HEADER_BYTES / drop->source.info.page_size;

	*count = most;
	if (!choice->exclude && choice->level == LEVEL_NONE)
		return (struct verdict){ false, class };
	if (!choice->exclude && choice->level == LEVEL_HEADER) {
		if (frame >= header)
			return (struct verdict){ false, class };
		*count = header - frame < most ? header - frame : most;
		return (struct verdict){ true, class };
	}
	if (drop->classifier)
		return drop->classifier->class_of(drop->classifier, frame, most, count);
	return (struct verdict){ !level_drops_class(choice, class), class };
}

/* Count the first pages of an uncompressed run that are all zero, or all not zero. */
static uint32_t count_alike_pages(const struct page *page, uint32_t page_size, bool *zero)
{
	const unsigned char *data = page->data;
	uint32_t n = 1;

	*zero = iszero(data, page_size);
	while (n < page->pages && iszero(data + (size_t)n * page_size, page_size) == *zero)
		n++;
	return n;
}

/* Split the first *count pages off the rest. */
static void split_run(struct drop *drop, uint64_t count, struct page *page)
{
	uint32_t page_size = drop->source.info.page_size;
	struct page *rest = &drop->rest;

	*page = *rest;
	if (count < rest->pages) {
		page->pages = (uint32_t)count;
		page->bytes = page->data ? page->pages * page_size : 0;
	}
	rest->address += (uint64_t)page->pages * page_size;
	rest->pages -= page->pages;
	if (rest->data && rest->pages) {
		rest->data = (const unsigned char *)rest->data + page->bytes;
		rest->bytes -= page->bytes;
	}
}

/* Seek past the next pages if many of them are unwanted. Holes between runs are left to the source. */
static int skip_unwanted(struct drop *drop, struct fault *fault)
{
	uint64_t end = drop->source.info.max_frame, from = drop->next_frame, at = from, count;
	uint32_t page_size = drop->source.info.page_size;

	while (at < end && !find_verdict(drop, at, end - at, PAGE_UNKNOWN, &count).keep)
		at += count;
	if (at - from < SKIP_MIN)
		return 0;
	return drop->inner->seek(drop->inner, at * page_size, fault);
}

static int read_next_run(struct drop *drop, struct fault *fault)
{
	int status = drop->skips ? skip_unwanted(drop, fault) : 0;

	if (!status)
		status = drop->inner->next(drop->inner, &drop->rest, fault);
	if (status != 1) {
		drop->rest.pages = 0;
		return status;
	}
	drop->next_frame = drop->rest.address / drop->source.info.page_size + drop->rest.pages;
	return 1;
}

/* Split the next pages with one verdict off the rest. *keep: they are wanted. */
static int split_alike_pages(struct drop *drop, struct page *page, bool *keep, struct fault *fault)
{
	struct page *rest = &drop->rest;
	uint32_t page_size = drop->source.info.page_size;
	uint64_t count;
	struct verdict verdict = find_verdict(drop, rest->address / page_size, rest->pages, rest->class, &count);
	bool zero = !rest->data;

	*keep = verdict.keep;
	if ((count < rest->pages || (drop->choice.zero && *keep)) &&
	    unpack_page(&drop->unpack, rest, page_size, fault)) {
		rest->pages = 0;
		return -fault->code;
	}
	if (drop->choice.zero && *keep && rest->data) {
		uint32_t n = count_alike_pages(rest, page_size, &zero);

		count = n < count ? n : count;
	}
	*keep = *keep && !(drop->choice.zero && zero);
	split_run(drop, count, page);
	page->class = verdict.class;
	return 0;
}

static int drop_next(struct source *source, struct page *page, struct fault *fault)
{
	struct drop *drop = (struct drop *)source;

	for (;;) {
		bool keep;
		int status = drop->rest.pages ? 1 : read_next_run(drop, fault);

		if (status != 1)
			return status;
		status = split_alike_pages(drop, page, &keep, fault);
		if (status)
			return status;
		if (keep) {
			drop->counts.unknown += page->class == PAGE_UNKNOWN ? page->pages : 0;
			return 1;
		}
		drop->counts.dropped += page->pages;
	}
}

static int drop_seek(struct source *source, uint64_t address, struct fault *fault)
{
	struct drop *drop = (struct drop *)source;

	drop->rest.pages = 0;
	drop->next_frame = address / source->info.page_size;
	return drop->inner->seek(drop->inner, address, fault);
}

static int drop_rewind(struct source *source, struct fault *fault)
{
	struct drop *drop = (struct drop *)source;

	drop->rest.pages = 0;
	drop->next_frame = 0;
	drop->counts = (struct drop_counts){ 0 };
	return drop->inner->rewind(drop->inner, fault);
}

/* If data or the pages' own classes decide, the map needs a read of all pages. */
static int map_by_reading(struct drop *drop, struct pagemap *map, bool *ascending, struct fault *fault)
{
	int status = copy_map(&drop->source, map, ascending, NULL, fault);

	return status && status != -FAULT_CUT ? status : drop_rewind(&drop->source, fault);
}

static int drop_map(struct source *source, struct pagemap *map, bool *ascending, struct fault *fault)
{
	struct drop *drop = (struct drop *)source;
	uint64_t first, left, from = 0, count;
	struct pagemap *all;
	int status;

	if (drop->choice.zero || (!drop->classifier && level_needs_kinds(&drop->choice)))
		return map_by_reading(drop, map, ascending, fault);
	all = pagemap_new();
	if (!all)
		return fault_memory(fault);
	status = drop->inner->map(drop->inner, all, ascending, fault);
	while ((!status || status == -FAULT_CUT) && pagemap_run(all, from, &first, &left))
		for (from = first + left; first < from; first += count)
			if (find_verdict(drop, first, from - first, PAGE_UNKNOWN, &count).keep &&
			    pagemap_add(map, first, count))
				status = fault_memory(fault);
	pagemap_free(all);
	return status;
}

struct source *drop_open(struct source *inner, const struct level_choice *choice, struct classifier *classifier,
			 uint64_t pages, struct fault *fault)
{
	struct drop *drop = calloc(1, sizeof(*drop));

	if (!drop) {
		fault_memory(fault);
		return NULL;
	}
	drop->inner = inner;
	drop->choice = *choice;
	drop->classifier = classifier;
	drop->source.info = inner->info;
	drop->source.info.level = level_stored(choice, inner->info.level);
	drop->source.info.by_class = inner->info.by_class && !classifier; /* a classifier may disagree with the order */
	drop->source.info.pages = pages;
	drop->skips = (classifier || !level_needs_kinds(choice)) && inner->seek && inner->abilities & SOURCE_SKIPS;
	drop->source.abilities = classifier ? SOURCE_CLASSES : inner->abilities & SOURCE_CLASSES;
	drop->source.next = drop_next;
	drop->source.map = inner->map ? drop_map : NULL;
	drop->source.rewind = inner->rewind ? drop_rewind : NULL;
	drop->source.seek = inner->seek ? drop_seek : NULL;
	drop->source.close = drop_close;
	return &drop->source;
}

bool drop_skips(const struct source *source)
{
	return ((const struct drop *)source)->skips;
}

const struct drop_counts *drop_counts(const struct source *source)
{
	return &((const struct drop *)source)->counts;
}
