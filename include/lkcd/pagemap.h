/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page maps: which page frames are in a dump. One bit a page, in chunks that exist only where the map is neither empty
 * nor full. A map of contiguous memory costs about 40 bytes for each 4096 frames, a scattered one 512 bytes more.
 * Counts of a range, runs, ranks and pagemap_end sort the map when frames were added out of order: call them after the
 * last pagemap_add.
 */
#ifndef LKCD_PAGEMAP_H
#define LKCD_PAGEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pagemap;

/* An empty map; NULL when out of memory. pagemap_free(NULL) is harmless. */
struct pagemap *pagemap_new(void);
void pagemap_free(struct pagemap *map);

/* Add frames first ... first + count - 1. Returns 0, or -1 when out of memory. */
int pagemap_add(struct pagemap *map, uint64_t first, uint64_t count);

bool pagemap_has(struct pagemap *map, uint64_t frame);

/* How many frames of first ... first + count - 1 are in the map. */
uint64_t pagemap_count(struct pagemap *map, uint64_t first, uint64_t count);

/* How many frames are in the map. */
uint64_t pagemap_total(const struct pagemap *map);

/* The highest frame plus one; 0 for an empty map. */
uint64_t pagemap_end(struct pagemap *map);

/* The first run of frames that starts at or after from. Returns false when there is none. */
bool pagemap_run(struct pagemap *map, uint64_t from, uint64_t *first, uint64_t *count);

/* The rank of a frame: how many frames below it are in the map. Valid only after pagemap_rank_prepare. */
void pagemap_rank_prepare(struct pagemap *map);
uint64_t pagemap_rank(struct pagemap *map, uint64_t frame);

/* Bytes allocated, for -v. */
size_t pagemap_bytes(const struct pagemap *map);

#endif
