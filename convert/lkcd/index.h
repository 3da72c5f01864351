/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An index of an LKCD image: where to search for a page. It divides the image into blocks of LKCD_INDEX_EVERY bytes,
 * and holds the addresses of each. Blocks are numbered from 0 in file order.
 */
#ifndef CONVERT_LKCD_INDEX_H
#define CONVERT_LKCD_INDEX_H

#include "convert/lkcd/head.h"
#include "lkcd/stream.h"

/* A row of records; all addresses of their pages are in lowest ... beyond - 1. */
struct lkcd_block {
	uint64_t offset;         /* of its first record, in the stream */
	uint64_t lowest, beyond; /* physical addresses; beyond is UINT64_MAX when it is not known */
};

#define LKCD_INDEX_TURNS 16

/* All zero is an empty index. */
struct lkcd_index {
	struct lkcd_block *blocks; /* by offset; owned */
	size_t count, room;
	/* Numbers of the blocks that start with a lower address than the block before, as each pass of an image in
	 * passes does. Between two turns addresses ascend. */
	size_t turns[LKCD_INDEX_TURNS], turn_count;
	bool scattered; /* there are more turns: the addresses of blocks are in no order */
};

/* Free what an index holds, and make it empty. */
void lkcd_index_clear(struct lkcd_index *index);

/*
 * Add a record: its offset in the stream, which is above all others, and its physical addresses from lowest to below
 * beyond. Returns 0 or -FAULT_MEMORY.
 */
int lkcd_index_add(struct lkcd_index *index, uint64_t offset, uint64_t lowest, uint64_t beyond, struct fault *fault);

/*
 * The rule of the note INDEX (lkcd-dump(5)): it has an entry for the first record, for each record whose address is
 * lower than that of the record before, and otherwise one every LKCD_INDEX_EVERY bytes. All zero before the first
 * record.
 */
struct lkcd_index_rule {
	bool begun;
	uint64_t address; /* of the record before */
	uint64_t entered; /* offset of the last record that has an entry */
};

/* Does INDEX have an entry for this record? offset is in the image. Call it for each record, in file order. */
bool lkcd_index_needs_entry(struct lkcd_index_rule *rule, uint64_t address, uint64_t offset);

/*
 * Read the index from INDEX in END of a version 11 image, which starts at an offset of the stream and ends with the
 * stream. Moves the stream. Returns 1; 0 when there is no valid INDEX (the index is empty then); or a fault.
 */
int lkcd_index_load(struct lkcd_index *index, struct lkcd_records *records, struct stream *stream, uint64_t start,
		    struct fault *fault);

/* The first block, from number on, that may hold an address at or above the given one; count when there is none. */
size_t lkcd_index_find_block(const struct lkcd_index *index, size_t number, uint64_t address);

/* The first block after number whose addresses turn back; count when all ascend. */
size_t lkcd_index_next_turn(const struct lkcd_index *index, size_t number);

#endif
