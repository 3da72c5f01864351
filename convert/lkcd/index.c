/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index of an LKCD image: built from records as they pass, or read from INDEX. It holds one block for about a MiB
 * of image, so it stays small for any dump.
 */
#include <stdlib.h>

#include "convert/lkcd/index.h"
#include "convert/lkcd/record.h"
#include "dump/array.h"
#include "dump/notes.h"
#include "lkcd/endian.h"

void lkcd_index_clear(struct lkcd_index *index)
{
	free(index->blocks);
	*index = (struct lkcd_index){ 0 };
}

static int append_block(struct lkcd_index *index, struct lkcd_block block, struct fault *fault)
{
	if (array_grow(&index->blocks, &index->room, index->count + 1, sizeof(*index->blocks), fault))
		return -fault->code;
	index->blocks[index->count++] = block;
	return 0;
}

int lkcd_index_add(struct lkcd_index *index, uint64_t offset, uint64_t lowest, uint64_t beyond, struct fault *fault)
{
	struct lkcd_block *last = index->count ? &index->blocks[index->count - 1] : NULL;
	bool turns = last && !index->scattered && lowest < last->beyond;

	if (turns && index->turn_count < LKCD_INDEX_TURNS)
		index->turns[index->turn_count++] = index->count;
	else if (turns)
		index->scattered = true;
	if (!last || (turns && !index->scattered) || offset - last->offset >= LKCD_INDEX_EVERY)
		return append_block(index, (struct lkcd_block){ offset, lowest, beyond }, fault);
	last->lowest = lowest < last->lowest ? lowest : last->lowest;
	last->beyond = beyond > last->beyond ? beyond : last->beyond;
	return 0;
}

bool lkcd_index_needs_entry(struct lkcd_index_rule *rule, uint64_t address, uint64_t offset)
{
	bool needed = !rule->begun || address < rule->address || offset - rule->entered >= LKCD_INDEX_EVERY;

	rule->begun = true;
	rule->address = address;
	if (needed)
		rule->entered = offset;
	return needed;
}

/* The offset of END in the stream, by the trailer in its last bytes; UINT64_MAX when there is no good trailer. */
static uint64_t find_end_record(const struct lkcd_records *records, struct stream *stream, uint64_t start)
{
	unsigned char trailer[LKCD_TRAILER_SIZE];
	uint64_t size = stream_size(stream), end, length;
	struct fault fault;

	if (size == STREAM_SIZE_UNKNOWN || size < start || size - start < LKCD_TRAILER_SIZE ||
	    stream_read_at(stream, size - LKCD_TRAILER_SIZE, trailer, sizeof(trailer), &fault))
		return UINT64_MAX;
	end = get64(trailer, records->big_endian);
	length = get64(trailer + 8, records->big_endian);
	size -= start + LKCD_TRAILER_SIZE;
	return end <= size && length == size - end && lkcd_trailer_is_good(records, trailer, end, length) ? start + end
													  : UINT64_MAX;
}

/*
 * Add the entries of INDEX. Each one starts a block, whose addresses end where those of the next one start; where
 * addresses turn back the end is not known. Returns 1; 0 when INDEX breaks a rule of lkcd-dump(5); or a fault.
 */
static int read_index_entries(struct lkcd_index *index, const struct note *note, bool big, uint64_t start, uint64_t end,
			      struct fault *fault)
{
	size_t count = note->desc_size / LKCD_INDEX_SIZE;
	uint64_t before = 0;

	for (size_t i = 0; i < count; i++) {
		const unsigned char *at = note->desc + i * LKCD_INDEX_SIZE;
		uint64_t address = get64(at, big), offset = get64(at + 8, big), beyond = UINT64_MAX;

		if (offset >= end - start || offset <= before)
			return 0;
		before = offset;
		if (i + 1 < count && get64(at + LKCD_INDEX_SIZE, big) > address)
			beyond = get64(at + LKCD_INDEX_SIZE, big);
		if (lkcd_index_add(index, start + offset, address, beyond, fault))
			return -FAULT_MEMORY;
	}
	return count && !(note->desc_size % LKCD_INDEX_SIZE);
}

int lkcd_index_load(struct lkcd_index *index, struct lkcd_records *records, struct stream *stream, uint64_t start,
		    struct fault *fault)
{
	uint64_t end = find_end_record(records, stream, start);
	struct lkcd_record record = { 0 };
	struct note note;
	size_t at = 0;
	int status;

	if (end == UINT64_MAX)
		return 0;
	status = stream_seek(stream, end, fault);
	if (!status)
		status = lkcd_record_read(records, stream, &record, fault);
	if (status || !record.end)
		return status == -FAULT_READ ? status : 0;
	while (notes_next(record.data, record.size, records->big_endian, &at, &note)) {
		if (!note_is(&note, "LKCD", LKCD_NOTE_INDEX))
			continue;
		status = read_index_entries(index, &note, records->big_endian, start, end, fault);
		if (status != 1)
			lkcd_index_clear(index);
		return status;
	}
	return 0;
}

size_t lkcd_index_next_turn(const struct lkcd_index *index, size_t number)
{
	size_t turn = 0;

	if (index->scattered)
		return number + 1;
	while (turn < index->turn_count && index->turns[turn] <= number)
		turn++;
	return turn < index->turn_count ? index->turns[turn] : index->count;
}

/* lkcd_index_find_block() among blocks from number to below beyond, whose addresses ascend. */
static size_t find_ascending(const struct lkcd_index *index, size_t number, size_t beyond, uint64_t address)
{
	while (number < beyond) {
		size_t middle = number + (beyond - number) / 2;

		if (index->blocks[middle].beyond <= address)
			number = middle + 1;
		else
			beyond = middle;
	}
	return number;
}

size_t lkcd_index_find_block(const struct lkcd_index *index, size_t number, uint64_t address)
{
	while (number < index->count) {
		size_t turn = lkcd_index_next_turn(index, number), found = find_ascending(index, number, turn, address);

		if (found < turn)
			return found;
		number = turn;
	}
	return number;
}
