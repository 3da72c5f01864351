/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page map against one byte a frame. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lkcd/pagemap.h"
#include "tests/unit/random.h"
#include "tests/unit/tap.h"

#define FRAMES 100000u

/* A map, and the same as plainly as can be: frame base + i is in it when model[i] is set. */
struct pair {
	struct pagemap *map;
	uint64_t base;
	unsigned char model[FRAMES];
};

static void pair_add(struct pair *pair, uint64_t first, uint64_t count)
{
	if (pagemap_add(pair->map, pair->base + first, count))
		abort();
	memset(pair->model + first, 1, count);
}

static bool same_has(struct pair *pair)
{
	for (uint64_t i = 0; i < FRAMES; i++)
		if (pagemap_has(pair->map, pair->base + i) != pair->model[i])
			return false;
	return !pagemap_has(pair->map, pair->base + FRAMES) && (!pair->base || !pagemap_has(pair->map, pair->base - 1));
}

/* Each frame's rank, the total and the end. */
static bool same_rank(struct pair *pair)
{
	uint64_t rank = 0, end = 0;

	pagemap_rank_prepare(pair->map);
	for (uint64_t i = 0; i < FRAMES; i++) {
		if (pagemap_rank(pair->map, pair->base + i) != rank)
			return false;
		rank += pair->model[i];
		if (pair->model[i])
			end = pair->base + i + 1;
	}
	return pagemap_rank(pair->map, UINT64_MAX) == rank && pagemap_total(pair->map) == rank &&
	       pagemap_end(pair->map) == end;
}

/* The runs, from the first to the last, and the one that each frame is asked for. */
static bool same_runs(struct pair *pair)
{
	uint64_t from = 0, first, count;

	while (from < FRAMES) {
		uint64_t start = from, end;

		while (start < FRAMES && !pair->model[start])
			start++;
		for (end = start; end < FRAMES && pair->model[end];)
			end++;
		if (start == FRAMES)
			break;
		for (; from < end; from += 1 + (end - from) / 7) {
			uint64_t want = from > start ? from : start;

			if (!pagemap_run(pair->map, pair->base + from, &first, &count) || first != pair->base + want ||
			    count != end - want)
				return false;
		}
		from = end;
	}
	return !pagemap_run(pair->map, pair->base + from, &first, &count);
}

static bool same_counts(struct pair *pair, uint64_t *seed)
{
	for (unsigned i = 0; i < 300; i++) {
		uint64_t first = random_below(seed, FRAMES), count = random_below(seed, FRAMES - first + 1), want = 0;

		for (uint64_t at = first; at < first + count; at++)
			want += pair->model[at];
		if (pagemap_count(pair->map, pair->base + first, count) != want)
			return false;
	}
	return pagemap_count(pair->map, 0, UINT64_MAX) == pagemap_total(pair->map);
}

static void compare(struct pair *pair, uint64_t *seed, const char *what)
{
	ok(same_has(pair), "%s at 0x%" PRIx64 ": has", what, pair->base);
	ok(same_rank(pair), "%s at 0x%" PRIx64 ": rank, total and end", what, pair->base);
	ok(same_runs(pair), "%s at 0x%" PRIx64 ": runs", what, pair->base);
	ok(same_counts(pair, seed), "%s at 0x%" PRIx64 ": counts", what, pair->base);
}

static void pair_reset(struct pair *pair)
{
	pagemap_free(pair->map);
	pair->map = pagemap_new();
	memset(pair->model, 0, sizeof(pair->model));
}

/* Runs of up to longest frames, in random order, with questions in between that sort the map. */
static void add_runs(struct pair *pair, uint64_t *seed, unsigned runs, uint64_t longest)
{
	for (unsigned i = 0; i < runs; i++) {
		uint64_t first = random_below(seed, FRAMES), count = 1 + random_below(seed, longest);

		pair_add(pair, first, count < FRAMES - first ? count : FRAMES - first);
		if (i % 61 == 7)
			pagemap_end(pair->map);
	}
}

static void compare_shapes(struct pair *pair, uint64_t base)
{
	uint64_t seed = 11400714819323198485u;

	pair->base = base;
	pair_reset(pair);
	compare(pair, &seed, "nothing");
	pair_add(pair, 4095, 2);
	compare(pair, &seed, "two frames of two chunks");
	pair_reset(pair);
	pair_add(pair, 0, 4096);
	pair_add(pair, 8192, 8192);
	pair_add(pair, 20480, 1);
	compare(pair, &seed, "whole chunks, and none between them");
	pair_reset(pair);
	pair_add(pair, FRAMES - 1, 1);
	for (uint64_t i = FRAMES - 3; i > FRAMES - 20000; i -= 2)
		pair_add(pair, i, 1);
	compare(pair, &seed, "every other frame, backwards");
	pair_reset(pair);
	add_runs(pair, &seed, 4000, 1);
	compare(pair, &seed, "single frames");
	pair_reset(pair);
	add_runs(pair, &seed, 300, 700);
	compare(pair, &seed, "short runs");
	pair_reset(pair);
	add_runs(pair, &seed, 12, 20000);
	compare(pair, &seed, "long runs");
	add_runs(pair, &seed, 1000, 3);
	compare(pair, &seed, "long runs and short ones in them");
	pair_add(pair, 0, FRAMES);
	compare(pair, &seed, "everything, again");
}

/* One frame in each chunk, in an order that no hash likes: one bit each, and bounded memory. */
static void scattered(void)
{
	enum { COUNT = 50000 };
	struct pagemap *map = pagemap_new();
	bool good = true;

	for (uint64_t i = 0; i < COUNT; i++)
		good &= !pagemap_add(map, i * 40503 % COUNT << 30, 1);
	ok(good, "%d frames, 2^30 apart, are added", COUNT);
	ok(pagemap_total(map) == COUNT, "each counts once");
	ok(pagemap_bytes(map) <= COUNT * 600, "they take at most 600 bytes each: %zu", pagemap_bytes(map) / COUNT);
	pagemap_rank_prepare(map);
	for (uint64_t i = 0; i < COUNT; i++)
		good &= pagemap_has(map, i << 30) && !pagemap_has(map, (i << 30) + 1) &&
			pagemap_rank(map, i << 30) == i;
	ok(good, "each is found, and has its rank");
	ok(pagemap_end(map) == ((uint64_t)(COUNT - 1) << 30) + 1, "the last one ends the map");
	pagemap_free(map);
}

/* A TiB in 4 KiB pages: memory by chunks of 4096 frames, none by frames. */
static void contiguous(void)
{
	struct pagemap *map = pagemap_new();
	uint64_t frames = UINT64_C(1) << 28, first, count;

	ok(!pagemap_add(map, 0, frames) && pagemap_total(map) == frames, "1 TiB is added");
	ok(pagemap_bytes(map) <= frames / 4096 * 40 + 256, "it takes 40 bytes for 16 MiB: %zu", pagemap_bytes(map));
	ok(pagemap_run(map, 5, &first, &count) && first == 5 && count == frames - 5, "it is one run");
	ok(!pagemap_run(map, frames, &first, &count), "which ends where it ends");
	ok(!pagemap_add(map, 1, frames - 2) && pagemap_total(map) == frames, "adding it again changes nothing");
	pagemap_free(map);
	map = pagemap_new();
	for (uint64_t i = 0; i < 64 * 4096; i++)
		pagemap_add(map, i ^ 0x555, 1);
	ok(pagemap_total(map) == 64 * 4096 && pagemap_bytes(map) <= 64 * 40 + 256,
	   "1 GiB, added page by page, costs no more: %zu", pagemap_bytes(map));
	pagemap_free(map);
}

int main(void)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	compare_shapes(pair, 0);
	compare_shapes(pair, 4000);
	compare_shapes(pair, (UINT64_C(1) << 48) - FRAMES);
	pagemap_free(pair->map);
	free(pair);
	scattered();
	contiguous();
	pagemap_free(NULL);
	return tap_done();
}
