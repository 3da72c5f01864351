/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in an LKCD image a page stands: by version 11's INDEX, or by an index that is made in going through it once. */
#include "convert/lkcd/source.h"

/*
 * All records are gone through as next() will do it, so that map and index say what will come, whatever is damaged.
 * Ends at the first record again. map may be NULL.
 */
static int survey(struct lkcd_source *lkcd, struct pagemap *map, bool *ascending, struct fault *fault)
{
	uint32_t page_size = lkcd->records.page_size;
	bool told = lkcd->header_told;
	uint64_t last = 0;
	struct page page;
	int status, again;

	*ascending = true;
	lkcd_index_clear(&lkcd->index);
	while ((status = lkcd_source_next(&lkcd->source, &page, fault)) != 0) {
		if (status == -FAULT_DAMAGED)
			continue;
		if (status < 0)
			break;
		*ascending = *ascending && page.address >= last;
		last = page.address;
		if (map && pagemap_add(map, page.address / page_size, page.pages))
			return fault_memory(fault);
		again = lkcd_index_add(&lkcd->index, page.offset, page.address,
				       page.address + (uint64_t)page.pages * page_size, fault);
		if (again)
			return again;
	}
	lkcd->header_told = told;
	if (status && status != -FAULT_CUT)
		return status;
	again = lkcd_source_rewind(lkcd, fault);
	return again ? again : status;
}

int lkcd_seek_map(struct source *source, struct pagemap *map, bool *ascending, struct fault *fault)
{
	return survey((struct lkcd_source *)source, map, ascending, fault);
}

/* The image's own index, or one that is made. */
static int make_index(struct lkcd_source *lkcd, struct fault *fault)
{
	bool ascending;
	int status = 0;

	if (lkcd->index.count)
		return 0;
	if (lkcd->header.version >= 11)
		status = lkcd_index_load(&lkcd->index, &lkcd->records, lkcd->stream, lkcd->start, fault);
	if (status)
		return status < 0 ? status : 0;
	status = lkcd_source_rewind(lkcd, fault);
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
	const struct lkcd_index *index = &lkcd->index;
	uint64_t end = number + 1 < index->count ? index->blocks[number + 1].offset : UINT64_MAX;
	int status = lkcd_source_restart(lkcd, index->blocks[number].offset, fault);

	while (status >= 0 && stream_offset(lkcd->stream) + lkcd->pending < end) {
		struct page page;

		status = lkcd_source_next(&lkcd->source, &page, fault);
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
	const struct lkcd_index *index = &lkcd->index;
	size_t i = lkcd_index_find(index, 0, address);
	int status = 0;

	*offset = UINT64_MAX;
	for (; i < index->count && !status; i = lkcd_index_find(index, i + 1, address)) {
		if (*offset == UINT64_MAX || index->blocks[i].lowest <= address)
			status = search_block(lkcd, i, address, offset, fault);
		if (*offset != UINT64_MAX && !index->scattered)
			break;
	}
	return status < 0 ? status : 0;
}

int lkcd_seek(struct source *source, uint64_t address, struct fault *fault)
{
	struct lkcd_source *lkcd = (struct lkcd_source *)source;
	bool told = lkcd->header_told;
	uint64_t offset;
	int status;

	if (!address) {
		lkcd->header_told = false;
		return lkcd_source_rewind(lkcd, fault);
	}
	lkcd->header_told = true;
	status = make_index(lkcd, fault);
	if (!status)
		status = find_record(lkcd, address, &offset, fault);
	if (!status)
		status = lkcd_source_restart(lkcd, offset == UINT64_MAX ? lkcd->first_record : offset, fault);
	lkcd->done = !status && offset == UINT64_MAX;
	lkcd->header_told = told;
	return status;
}
