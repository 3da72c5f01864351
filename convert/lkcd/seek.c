/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in an LKCD image a page stands: by version 11's INDEX, or by an index that is made in going through it once. */
#include "convert/lkcd/cursor.h"
#include "convert/lkcd/seek.h"
#include "dump/copy.h"

/* Makes an index of the records that pass. */
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

/* Keep an index for all cursors; the first one that was made stays. */
static void keep_index(struct lkcd_shared *shared, struct lkcd_index *index)
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
 * Read all records as next() will do it, so that map and index hold what will come, whatever is damaged. Ends at the
 * first record again. map may be NULL.
 */
static int survey(struct lkcd_source *lkcd, struct pagemap *map, bool *ascending, struct fault *fault)
{
	struct index_sink made = { .sink.put = index_sink_put, .page_size = lkcd->records.page_size };
	bool reported = lkcd->header_reported;
	int status, again;

	lkcd->header_reported = true;
	status = copy_map(&lkcd->source, map, ascending, &made.sink, fault);
	lkcd->header_reported = reported;
	keep_index(lkcd->shared, &made.index);
	if (status && status != -FAULT_CUT)
		return status;
	again = lkcd_cursor_rewind(lkcd, fault);
	return again ? again : status;
}

int lkcd_seek_map(struct source *source, struct pagemap *map, bool *ascending, struct fault *fault)
{
	return survey((struct lkcd_source *)source, map, ascending, fault);
}

/* The image's own index, or one that is made. */
static int make_index(struct lkcd_source *lkcd, struct fault *fault)
{
	struct lkcd_index own = { 0 };
	bool ascending;
	int status = 0;

	if (has_index(lkcd->shared))
		return 0;
	if (lkcd->header.version >= 11)
		status = lkcd_index_load(&own, &lkcd->records, lkcd->stream, lkcd->start, fault);
	if (status == 1)
		keep_index(lkcd->shared, &own);
	if (status)
		return status < 0 ? status : 0;
	status = lkcd_cursor_rewind(lkcd, fault);
	if (!status)
		status = survey(lkcd, NULL, &ascending, fault);
	return status == -FAULT_CUT ? 0 : status;
}

/*
 * Look through one block for the record that holds address. Returns 1 and sets *offset to the record's; 0 when it is
 * not there, *offset is then set, if it was not, to that of the first record behind address; or a fault. Damage is left
 * to next().
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

/* The offset of the record that holds address, or else of the first one behind it; UINT64_MAX: all are before it. */
static int find_record(struct lkcd_source *lkcd, uint64_t address, uint64_t *offset, struct fault *fault)
{
	const struct lkcd_index *index = &lkcd->shared->index;
	size_t i = lkcd_index_find(index, 0, address);
	int status = 0;

	*offset = UINT64_MAX;
	while (i < index->count && !status) {
		if (*offset == UINT64_MAX || index->blocks[i].lowest <= address)
			status = search_block(lkcd, i, address, offset, fault);
		/* what ascends holds it in that block or not at all */
		i = lkcd_index_find(index, *offset == UINT64_MAX ? i + 1 : lkcd_index_turn(index, i), address);
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
	status = make_index(lkcd, fault);
	if (!status)
		status = find_record(lkcd, address, &offset, fault);
	if (!status)
		status = lkcd_cursor_restart(lkcd, offset == UINT64_MAX ? lkcd->first_record : offset, fault);
	lkcd->done = !status && offset == UINT64_MAX;
	lkcd->header_reported = reported;
	return status;
}
