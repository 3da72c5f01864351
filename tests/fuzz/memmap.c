/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory maps of anything. What a filter gives must be what the dump gives, less pages that were dropped: none twice,
 * none changed, in the dump's order, and just those that its map told. Where nothing is known, nothing is missing. And
 * of each page that is missing there is proof in the dump that it was free, a process's or cached: looked for here page
 * by page, by what must be true of such a page, and not by what the filter does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/formats.h"
#include "dump/memory.h"
#include "dump/paging.h"
#include "filter/filter.h"
#include "filter/memmap.h"
#include "lkcd/endian.h"
#include "tests/fuzz/expect.h"

#define FRAMES_MAX 65536 /* of claimed memory that are gone through; more says nothing new */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Frames that a source gives. Pages that are lost are neither here nor there, and counted. */
static uint64_t gather(struct source *source, struct pagemap *frames, uint64_t *lost)
{
	uint64_t total = 0;
	int status;

	do {
		struct fault fault = { 0 };
		struct page page = { 0 };

		status = source->next(source, &page, &fault);
		*lost += status == -FAULT_DAMAGED;
		if (status != 1)
			continue;
		expect(page.pages && page.class < PAGE_CLASSES);
		expect(!pagemap_count(frames, page.address / source->info.page_size, page.pages));
		expect(!pagemap_add(frames, page.address / source->info.page_size, page.pages));
		total += page.pages;
	} while (status == 1 || status == -FAULT_DAMAGED);
	return total;
}

static bool is_small(struct source *source)
{
	struct pagemap *map = pagemap_new();
	struct fault fault;
	bool ascending, small = false;

	if (source->map && source->seek)
		small = source->map(source, map, &ascending, &fault) >= 0 && pagemap_total(map) <= FRAMES_MAX;
	pagemap_free(map);
	return small;
}

/* The choice is taken from the input's length, so that each input meets one of them. */
static struct level_choice choose(size_t size)
{
	struct level_choice choice = { .level = LEVEL_KERN };

	if (size % 4 == 1)
		choice.level = LEVEL_USED;
	if (size % 4 == 2)
		choice.level = LEVEL_ALL;
	if (size % 4 == 3)
		expect(level_parse_exclude("zero,cache,free", &choice));
	return choice;
}

/* --- proof --- */

struct proof {
	const struct level_choice *choice;
	struct memory *memory;
	struct vmcoreinfo core;
	struct memmap map;
};

/* One struct page, and where it stands. */
struct entry {
	uint64_t at;
	unsigned char bytes[VMCOREINFO_STRUCT_PAGE_MAX];
};

static uint64_t word(const struct proof *proof, const struct entry *entry, uint32_t offset)
{
	if (offset == VMCOREINFO_NO_OFFSET)
		return 0;
	return get_word(entry->bytes + offset, proof->core.big_endian, proof->core.bits);
}

static uint32_t half(const struct proof *proof, const struct entry *entry, uint32_t offset)
{
	return get32(entry->bytes + offset, proof->core.big_endian);
}

static bool is_of(const struct proof *proof, const struct entry *entry, struct vmcoreinfo_type type)
{
	return type.mask && (half(proof, entry, proof->core.mapcount) & type.mask) == type.value;
}

static bool read_at(struct proof *proof, uint64_t at, struct entry *entry)
{
	struct fault fault;

	entry->at = at;
	return !memory_read(proof->memory, at, entry->bytes, proof->core.size, &fault);
}

static bool read_entry(struct proof *proof, uint64_t frame, struct entry *entry)
{
	const unsigned char *pages;
	struct fault fault;
	uint64_t count = 1;

	if (memmap_get(&proof->map, frame, &count, &pages, &entry->at, &fault) != 1)
		return false;
	memcpy(entry->bytes, pages, proof->core.size);
	return true;
}

/* Is it in a free block: of some order, at whose aligned start stands an unused struct page of that type and order? */
static bool is_free(struct proof *proof, uint64_t frame)
{
	struct entry entry;

	for (unsigned order = 0; order < proof->core.orders; order++)
		if (read_entry(proof, frame >> order << order, &entry) &&
		    is_of(proof, &entry, proof->core.type_buddy) && !half(proof, &entry, proof->core.refcount) &&
		    word(proof, &entry, proof->core.private) == order)
			return true;
	return false;
}

/* The struct page that speaks for it: that of a compound page's head. */
static bool read_owner(struct proof *proof, uint64_t frame, struct entry *owner)
{
	struct entry next;
	uint64_t head;

	if (!read_entry(proof, frame, owner))
		return false;
	head = word(proof, owner, proof->core.compound_head);
	if (head & 1)
		return read_at(proof, head - 1, owner);
	if (!(word(proof, owner, proof->core.flags) & proof->core.head))
		return true;
	if (!read_at(proof, owner->at + proof->core.size, &next))
		return false;
	head = word(proof, &next, proof->core.compound_head);
	return head & 1 && read_at(proof, head - 1, owner);
}

static bool is_huge(struct proof *proof, const struct entry *owner)
{
	struct entry next;

	if (is_of(proof, owner, proof->core.type_hugetlb))
		return true;
	if (!read_at(proof, owner->at + proof->core.size, &next))
		return false;
	if (word(proof, &next, proof->core.flags) & proof->core.hugetlb)
		return true;
	return proof->core.dtor_size &&
	       next.bytes[proof->core.compound_dtor + (proof->core.big_endian ? proof->core.dtor_size - 1 : 0)] ==
		       (unsigned char)proof->core.dtor_hugetlb;
}

/* Is it cached, or a process's: on the LRU, in the swap cache, anonymous, or a huge page? And of nothing else. */
static bool is_used(struct proof *proof, uint64_t frame)
{
	const struct vmcoreinfo *core = &proof->core;
	struct entry owner;
	uint64_t flags;

	if (!read_owner(proof, frame, &owner))
		return false;
	if (is_huge(proof, &owner))
		return true;
	flags = word(proof, &owner, core->flags);
	if (flags & core->slab || is_of(proof, &owner, core->type_slab) || !half(proof, &owner, core->refcount))
		return false;
	return flags & (core->lru | core->swapcache) || word(proof, &owner, core->mapping) & 1;
}

static bool is_zero(struct proof *proof, uint64_t frame)
{
	uint32_t page_size = memory_info(proof->memory)->page_size;
	unsigned char *bytes = malloc(page_size);
	struct fault fault;
	bool zero;

	zero = !physical_read(memory_physical(proof->memory), frame * page_size, bytes, page_size, &fault) && !*bytes &&
	       !memcmp(bytes, bytes + 1, page_size - 1);
	free(bytes);
	return zero;
}

static bool is_proven(struct proof *proof, uint64_t frame)
{
	struct entry entry;

	if (proof->choice->zero && is_zero(proof, frame))
		return true;
	if (read_entry(proof, frame, &entry) && word(proof, &entry, proof->core.flags) & proof->core.poison)
		return true;
	if (level_drops(proof->choice, LEVEL_OFFLINE) && read_owner(proof, frame, &entry) &&
	    is_of(proof, &entry, proof->core.type_offline))
		return true;
	return (level_drops(proof->choice, LEVEL_FREE) && is_free(proof, frame)) ||
	       (level_drops(proof->choice, LEVEL_CACHE) && is_used(proof, frame));
}

/* Ask for proof of each frame that is in all and not in kept; of a source that still gives broken pages. */
static void prove(struct source *source, const struct level_choice *choice, struct pagemap *all, struct pagemap *kept)
{
	struct proof proof = { .choice = choice };
	uint64_t first, count, known;
	struct paging paging;
	struct fault fault;

	if (pagemap_total(all) == pagemap_total(kept))
		return;
	expect(!vmcoreinfo_read(&source->info, &proof.core, &fault));
	proof.memory = memory_open(source, &fault);
	expect(proof.memory && pagemap_run(all, 0, &known, &count));
	if (paging_find(&source->info, &paging)) /* the page table must have a struct page, else any page */
		known = paging.root / source->info.page_size;
	expect(!memmap_open(&proof.map, proof.memory, &proof.core, known, &fault));
	for (uint64_t from = 0; pagemap_run(all, from, &first, &count); from = first + count)
		for (uint64_t frame = first; frame < first + count; frame++)
			expect(pagemap_has(kept, frame) || is_proven(&proof, frame));
	memory_close(proof.memory);
}

static void compare(struct source *source, struct source *again, size_t size)
{
	struct filter filter = { .choice = choose(size) };
	struct level_choice choice = filter.choice;
	struct pagemap *all = pagemap_new(), *kept = pagemap_new(), *told = pagemap_new();
	uint64_t lost = 0, total = gather(source, all, &lost), left, first, count, from = 0;
	struct fault fault = { 0 };
	bool ascending;

	expect(!source->rewind(source, &fault));
	if (filter_open(&filter, source, &fault) == 0) {
		expect(filter.source->map(filter.source, told, &ascending, &fault) <= 0);
		left = gather(filter.source, kept, &lost);
		expect(left <= total);
		for (; pagemap_run(kept, from, &first, &count); from = first + count)
			expect(pagemap_count(all, first, count) == count && pagemap_count(told, first, count) == count);
		if (!filter.classes && !filter.choice.zero && !(source->abilities & SOURCE_CLASSES))
			expect(left == total);
		if (filter.classes && !filter.choice.zero && classes_counts(filter.classes)->kept <= left + 1)
			expect(pagemap_total(told) == classes_counts(filter.classes)->kept);
		if (filter.classes && !lost)
			prove(again, &choice, all, kept);
	}
	filter_close(&filter);
	pagemap_free(all);
	pagemap_free(kept);
	pagemap_free(told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source_options options = { 0 };
	struct source *sources[2];
	struct stream *streams[2];
	struct fault fault;

	for (int i = 0; i < 2; i++) {
		streams[i] = stream_open_memory(data, size, false, &fault);
		expect(streams[i]);
		sources[i] = formats_open_source(streams[i], &options, false, &fault);
	}
	if (sources[0] && sources[1] && is_small(sources[0]) && !sources[0]->rewind(sources[0], &fault))
		compare(sources[0], sources[1], size);
	for (int i = 0; i < 2; i++) {
		if (sources[i])
			sources[i]->close(sources[i]);
		stream_close(streams[i]);
	}
	return 0;
}
