/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page maps: an array of chunks of 4096 frames. A hash finds a chunk while frames are added in any order; queries that
 * need an order sort the array first. A full chunk has no bits and an empty one does not exist, so a hostile file of
 * scattered pages costs about 600 bytes for each of its page records, and no time beyond one sort.
 */
#include <stdlib.h>
#include <string.h>

#include "lkcd/pagemap.h"

#define CHUNK_FRAMES 4096u
#define CHUNK_WORDS (CHUNK_FRAMES / 64)

struct chunk {
	uint64_t number; /* frame / CHUNK_FRAMES */
	uint64_t *bits;  /* NULL: all set */
	uint64_t rank;   /* frames in earlier chunks; valid after pagemap_rank_prepare */
	uint32_t count;
};

struct pagemap {
	struct chunk *chunks;
	size_t count, room;
	uint32_t *slots; /* hash of chunk numbers: index into chunks plus one, 0 = free; slot_count is a power of two */
	size_t slot_count;
	size_t recent;  /* the chunk found last */
	size_t partial; /* chunks that have bits */
	bool sorted;
	uint64_t total;
};

struct pagemap *pagemap_new(void)
{
	struct pagemap *map = calloc(1, sizeof(*map));

	if (map)
		map->sorted = true;
	return map;
}

void pagemap_free(struct pagemap *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < map->count; i++)
		free(map->chunks[i].bits);
	free(map->chunks);
	free(map->slots);
	free(map);
}

/* The slot that holds a chunk number, or the free slot for it. */
static size_t find_hash_slot(const struct pagemap *map, uint64_t number)
{
	size_t slot = (size_t)((number * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (map->slot_count - 1);

	while (map->slots[slot] && map->chunks[map->slots[slot] - 1].number != number)
		slot = (slot + 1) & (map->slot_count - 1);
	return slot;
}

static void fill_hash_slots(struct pagemap *map)
{
	memset(map->slots, 0, map->slot_count * sizeof(*map->slots));
	for (size_t i = 0; i < map->count; i++)
		map->slots[find_hash_slot(map, map->chunks[i].number)] = (uint32_t)(i + 1);
}

static int grow_chunks(struct pagemap *map)
{
	size_t room = map->room ? map->room * 2 : 64;
	struct chunk *chunks = room > UINT32_MAX / 2 ? NULL : reallocarray(map->chunks, room, sizeof(*chunks));
	uint32_t *slots;

	if (!chunks)
		return -1;
	map->chunks = chunks;
	slots = reallocarray(map->slots, room * 2, sizeof(*slots));
	if (!slots)
		return -1;
	map->slots = slots;
	map->slot_count = room * 2;
	map->room = room;
	fill_hash_slots(map);
	return 0;
}

static struct chunk *chunk_find(struct pagemap *map, uint64_t number)
{
	size_t slot;

	if (!map->count)
		return NULL;
	if (map->chunks[map->recent].number == number)
		return &map->chunks[map->recent];
	slot = find_hash_slot(map, number);
	if (!map->slots[slot])
		return NULL;
	map->recent = map->slots[slot] - 1;
	return &map->chunks[map->recent];
}

/* Find or create a chunk; a new one is empty. full: the caller fills it at once, so it gets no bits. */
static struct chunk *chunk_make(struct pagemap *map, uint64_t number, bool full)
{
	struct chunk *chunk = chunk_find(map, number);

	if (chunk)
		return chunk;
	if (map->count == map->room && grow_chunks(map))
		return NULL;
	chunk = &map->chunks[map->count];
	*chunk = (struct chunk){ .number = number };
	if (!full) {
		chunk->bits = calloc(CHUNK_WORDS, sizeof(*chunk->bits));
		if (!chunk->bits)
			return NULL;
		map->partial++;
	}
	if (map->count && chunk[-1].number > number)
		map->sorted = false;
	map->slots[find_hash_slot(map, number)] = (uint32_t)++map->count;
	map->recent = map->count - 1;
	return chunk;
}

static int chunk_compare(const void *a, const void *b)
{
	const struct chunk *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* Index of the first chunk whose number is not below the given one, in ascending order. */
static size_t chunk_at_or_after(struct pagemap *map, uint64_t number)
{
	size_t low = 0, high = map->count;

	if (!map->sorted) {
		qsort(map->chunks, map->count, sizeof(*map->chunks), chunk_compare);
		fill_hash_slots(map);
		map->sorted = true;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->chunks[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A mask of the bits first ... first + count - 1 of a word, count 1 ... 64. */
static uint64_t word_mask(unsigned first, unsigned count)
{
	return (count == 64 ? ~UINT64_C(0) : (UINT64_C(1) << count) - 1) << first;
}

static unsigned word_share(unsigned first, unsigned count)
{
	return count < 64 - first % 64 ? count : 64 - first % 64;
}

static int chunk_add(struct pagemap *map, uint64_t number, unsigned first, unsigned count)
{
	struct chunk *chunk = chunk_make(map, number, count == CHUNK_FRAMES);
	unsigned added = 0;

	if (!chunk)
		return -1;
	if (!chunk->bits) { /* full already, or to be filled now */
		added = CHUNK_FRAMES - chunk->count;
	} else {
		for (unsigned share; count; first += share, count -= share) {
			uint64_t *word = &chunk->bits[first / 64], mask;

			share = word_share(first, count);
			mask = word_mask(first % 64, share);
			added += (unsigned)__builtin_popcountll(mask & ~*word);
			*word |= mask;
		}
	}
	chunk->count += added;
	map->total += added;
	if (chunk->bits && chunk->count == CHUNK_FRAMES) {
		free(chunk->bits);
		chunk->bits = NULL;
		map->partial--;
	}
	return 0;
}

int pagemap_add(struct pagemap *map, uint64_t first, uint64_t count)
{
	while (count) {
		unsigned at = (unsigned)(first % CHUNK_FRAMES);
		unsigned share = CHUNK_FRAMES - at;

		if (count < share)
			share = (unsigned)count;
		if (chunk_add(map, first / CHUNK_FRAMES, at, share))
			return -1;
		first += share;
		count -= share;
	}
	return 0;
}

bool pagemap_has(struct pagemap *map, uint64_t frame)
{
	const struct chunk *chunk = chunk_find(map, frame / CHUNK_FRAMES);
	unsigned at = (unsigned)(frame % CHUNK_FRAMES);

	return chunk && (!chunk->bits || chunk->bits[at / 64] >> at % 64 & 1);
}

static uint64_t chunk_count(const struct chunk *chunk, unsigned first, unsigned count)
{
	uint64_t found = 0;

	if (!chunk->bits)
		return count;
	for (unsigned share; count; first += share, count -= share) {
		share = word_share(first, count);
		found += (unsigned)__builtin_popcountll(chunk->bits[first / 64] & word_mask(first % 64, share));
	}
	return found;
}

uint64_t pagemap_count(struct pagemap *map, uint64_t first, uint64_t count)
{
	uint64_t found = 0, end = first + count;

	for (size_t i = chunk_at_or_after(map, first / CHUNK_FRAMES); i < map->count; i++) {
		uint64_t start = map->chunks[i].number * CHUNK_FRAMES;
		uint64_t low = first > start ? first : start;
		uint64_t high = end < start + CHUNK_FRAMES ? end : start + CHUNK_FRAMES;

		if (low >= high)
			break;
		found += chunk_count(&map->chunks[i], (unsigned)(low - start), (unsigned)(high - low));
	}
	return found;
}

uint64_t pagemap_total(const struct pagemap *map)
{
	return map->total;
}

/* The first bit at or after from that is set (or clear); CHUNK_FRAMES when there is none. */
static unsigned chunk_find_bit(const struct chunk *chunk, unsigned from, bool set)
{
	if (!chunk->bits)
		return set ? from : CHUNK_FRAMES;
	while (from < CHUNK_FRAMES) {
		uint64_t word = chunk->bits[from / 64];

		word = (set ? word : ~word) >> from % 64;
		if (word)
			return from + (unsigned)__builtin_ctzll(word);
		from = (from / 64 + 1) * 64;
	}
	return CHUNK_FRAMES;
}

uint64_t pagemap_end(struct pagemap *map)
{
	const struct chunk *last;
	unsigned word = CHUNK_WORDS;

	chunk_at_or_after(map, 0);
	if (!map->count)
		return 0;
	last = &map->chunks[map->count - 1];
	if (!last->bits)
		return (last->number + 1) * CHUNK_FRAMES;
	while (!last->bits[--word])
		;
	return last->number * CHUNK_FRAMES + word * 64 + 64 - (unsigned)__builtin_clzll(last->bits[word]);
}

bool pagemap_run(struct pagemap *map, uint64_t from, uint64_t *first, uint64_t *count)
{
	size_t i = chunk_at_or_after(map, from / CHUNK_FRAMES);
	unsigned at = 0, end;

	for (; i < map->count; i++) {
		uint64_t start = map->chunks[i].number * CHUNK_FRAMES;

		at = chunk_find_bit(&map->chunks[i], from > start ? (unsigned)(from - start) : 0, true);
		if (at < CHUNK_FRAMES)
			break;
	}
	if (i == map->count)
		return false;
	*first = map->chunks[i].number * CHUNK_FRAMES + at;
	end = chunk_find_bit(&map->chunks[i], at, false);
	*count = end - at;
	while (end == CHUNK_FRAMES && ++i < map->count && map->chunks[i].number == map->chunks[i - 1].number + 1) {
		end = chunk_find_bit(&map->chunks[i], 0, false);
		*count += end;
	}
	return true;
}

void pagemap_rank_prepare(struct pagemap *map)
{
	uint64_t rank = 0;

	chunk_at_or_after(map, 0);
	for (size_t i = 0; i < map->count; i++) {
		map->chunks[i].rank = rank;
		rank += map->chunks[i].count;
	}
}

uint64_t pagemap_rank(struct pagemap *map, uint64_t frame)
{
	size_t i = chunk_at_or_after(map, frame / CHUNK_FRAMES);

	if (i == map->count)
		return map->total;
	if (map->chunks[i].number > frame / CHUNK_FRAMES)
		return map->chunks[i].rank;
	return map->chunks[i].rank + chunk_count(&map->chunks[i], 0, (unsigned)(frame % CHUNK_FRAMES));
}

size_t pagemap_bytes(const struct pagemap *map)
{
	return sizeof(*map) + map->room * sizeof(struct chunk) + map->slot_count * sizeof(*map->slots) +
	       map->partial * CHUNK_WORDS * sizeof(uint64_t);
}
