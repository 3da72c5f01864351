/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds pages of an LKCD image by their address, with version 11's INDEX or with an index made by reading all records
 * once. The index is made when it is first needed; a source and its forks share it under a lock.
 */
#include "convert/lkcd/cursor.h"
#include "convert/lkcd/seek.h"
#include "dump/copy.h"

/* A sink that makes an index of the records it gets. */
struct index_sink {
	struct sink sink;
	struct lkcd_index index;
	uint32_t page_size;
};

static int index_sink_put(struct sink *sink, const struct page *page, struct fault *fault)
{
	struct index_sink *made = (struct index_sink *)sink;

	return lkcd_index_add(&made->index, page->offset, page->address,
			      page->address + (uint64_t)page->pages * made->page_size, fault);
}

static bool has_index(struct lkcd_shared *shared)
{
	bool has;

	pthread_mutex_lock(&shared->lock);
	has = shared->index.count;
	pthread_mutex_unlock(&shared->lock);
	return has;
}

/* Share an index with all forks. If another thread was first, its index stays, and this one is freed. */
static void share_index(struct lkcd_shared *shared, struct lkcd_index *index)
{
	pthread_mutex_lock(&shared->lock);
	if (!shared->index.count) {
		shared->index = *index;
		*index = (struct lkcd_index){ 0 };
	}
	pthread_mutex_unlock(&shared->lock);
	lkcd_index_clear(index);
}

/*
 * Read all records with next(), so that page map and index hold exactly the pages that next() will deliver, even from a
 * damaged image. Rewinds to the first record. map may be NULL.
 */
static int index_records(struct lkcd_source *lkcd, struct pagemap *map, bool *ascending, struct fault *fault)
{
	struct index_sink made = { .sink.put = index_sink_put, .page_size = lkcd->records.page_size };
	bool reported = lkcd->header_reported;
	int status, again;

	lkcd->header_reported = true;
	status = copy_map(&lkcd->source, map, ascending, &made.sink, fault);
	lkcd->header_reported = reported;
	share_index(lkcd->shared, &made.index);
	if (status && status != -FAULT_CUT)
		return status;
	again = lkcd_cursor_rewind(lkcd, fault);
	return again ? again : status;
}

int lkcd_seek_map(struct source *source, struct pagemap *map, bool *ascending, struct fault *fault)
{
	return index_records((struct lkcd_source *)source, map, ascending, fault);
}

/* Have an index in lkcd->shared: the image's own, or a new one. */
static int load_index(struct lkcd_source *lkcd, struct fault *fault)
{
	struct lkcd_index own = { 0 };
	bool ascending;
	int status = 0;

	if (has_index(lkcd->shared))
		return 0;
	if (lkcd->header.version >= 11)
		status = lkcd_index_load(&own, &lkcd->records, lkcd->stream, lkcd->start, fault);
	if (status == 1)
		share_index(lkcd->shared, &own);
	if (status)
		return status < 0 ? status : 0;
	status = lkcd_cursor_rewind(lkcd, fault);
	if (!status)
		status = index_records(lkcd, NULL, &ascending, fault);
	return status == -FAULT_CUT ? 0 : status;
}

/*
 * Search a block for the record that holds address. Returns 1 and sets *offset to the offset of that record; 0 when it
 * is not in the block: *offset, if still UINT64_MAX, is then set to that of the first record after address; or a fault.
 * Damage is skipped: next() reports it.
 */
static int search_block(struct lkcd_source *lkcd, size_t number, uint64_t address, uint64_t *offset,
			struct fault *fault)
{
	const struct lkcd_index *index = &lkcd->shared->index;
	uint64_t end = number + 1 < index->count ? index->blocks[number + 1].offset : UINT64_MAX;
	int status = lkcd_cursor_restart(lkcd, index->blocks[number].offset, fault);

	while (status >= 0 && stream_offset(lkcd->stream) + lkcd->pending < end) {
		struct page page;

		status = lkcd_cursor_next(&lkcd->source, &page, fault);
		if (status == 0 || status == -FAULT_CUT)
			return 0;
		if (status == -FAULT_DAMAGED)
			status = 0;
		if (status < 1 || page.address + (uint64_t)page.pages * lkcd->records.page_size <= address)
			continue;
		if (page.address <= address || *offset == UINT64_MAX)
			*offset = page.offset;
		if (page.address <= address)
			return 1;
		if (!index->scattered)
			return 0;
	}
	return status < 0 ? status : 0;
}

/* Set *offset to that of the record that holds address, or else of the first one after it; UINT64_MAX: all are before.
 */
static int find_record(struct lkcd_source *lkcd, uint64_t address, uint64_t *offset, struct fault *fault)
{
	const struct lkcd_index *index = &lkcd->shared->index;
	size_t i = lkcd_index_find_block(index, 0, address);
	int status = 0;

	*offset = UINT64_MAX;
	while (i < index->count && !status) {
		if (*offset == UINT64_MAX || index->blocks[i].lowest <= address)
			status = search_block(lkcd, i, address, offset, fault);
		/* blocks that ascend hold it in this one or in none */
		i = lkcd_index_find_block(index, *offset == UINT64_MAX ? i + 1 : lkcd_index_next_turn(index, i),
					  address);
	}
	return status < 0 ? status : 0;
}

int lkcd_seek(struct source *source, uint64_t address, struct fault *fault)
{
	struct lkcd_source *lkcd = (struct lkcd_source *)source;
	bool reported = lkcd->header_reported;
	uint64_t offset;
	int status;

	lkcd->header_reported = true;
	status = load_index(lkcd, fault);
	if (!status)
		status = find_record(lkcd, address, &offset, fault);
	if (!status)
		status = lkcd_cursor_restart(lkcd, offset == UINT64_MAX ? lkcd->first_record : offset, fault);
	lkcd->done = !status && offset == UINT64_MAX;
	lkcd->header_reported = reported;
	return status;
}
