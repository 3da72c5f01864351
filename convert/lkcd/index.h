/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in an LKCD image a page is to be looked for: the blocks of some MiB that it is made of, and their addresses. */
#ifndef CONVERT_LKCD_INDEX_H
#define CONVERT_LKCD_INDEX_H

#include "convert/lkcd/head.h"
#include "lkcd/stream.h"

/* Records that follow one another: what they hold lies in lowest ... beyond - 1. */
struct lkcd_block {
	uint64_t offset;         /* of the first one, in the stream */
	uint64_t lowest, beyond; /* physical addresses; UINT64_MAX: not known */
};

#define LKCD_INDEX_TURNS 16

/* All zero is an empty index. */
struct lkcd_index {
	struct lkcd_block *blocks; /* by offset; owned */
	size_t count, room;
	/* Blocks before which addresses turn back, as they do with each pass of an image in passes; between two of them
	 * they ascend. */
	size_t turns[LKCD_INDEX_TURNS], turn_count;
	bool scattered; /* they turn back more often: addresses of one block may lie behind those of a later one */
};

void lkcd_index_clear(struct lkcd_index *index);

/*
 * Add the record at that offset, which is behind all others. Blocks grow to LKCD_INDEX_EVERY bytes, so an index takes
 * a fraction of the image. Returns 0 or -FAULT_MEMORY.
 */
int lkcd_index_add(struct lkcd_index *index, uint64_t offset, uint64_t lowest, uint64_t beyond, struct fault *fault);

/*
 * Which records INDEX names: the first, one wherever the addresses turn back, and else one for each LKCD_INDEX_EVERY
 * bytes of image. All zero before the first record.
 */
struct lkcd_index_rule {
	bool begun;
	uint64_t address; /* of the record before */
	uint64_t entered; /* offset of the record that was named last */
};

/* Does INDEX name the record of that address, at that offset of the image? Ask of each record, in turn. */
bool lkcd_index_wants(struct lkcd_index_rule *rule, uint64_t address, uint64_t offset);

/*
 * Take it from the INDEX in the END of a version 11 image that starts at that offset of the stream and ends with it.
 * The stream is moved. Returns 1; 0 when there is none, or none that makes sense (the index is empty then); or a fault.
 */
int lkcd_index_load(struct lkcd_index *index, struct lkcd_records *records, struct stream *stream, uint64_t start,
		    struct fault *fault);

/* The first block from number on that may hold something at or behind address; count when there is none. */
size_t lkcd_index_find(const struct lkcd_index *index, size_t number, uint64_t address);

/* The block behind the ones that ascend from block number on; count when all do. */
size_t lkcd_index_turn(const struct lkcd_index *index, size_t number);

#endif
