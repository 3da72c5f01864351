/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Version 11's END record: counts records as they are read, and compares the counts with TOTALS and INDEX. Every reader
 * counts with lkcd_end_count(), so the copy loop, the scan in threads and the cursor agree.
 */
#include <inttypes.h>
#include <string.h>

#include "convert/lkcd/end.h"
#include "dump/class.h"
#include "dump/crc32c.h"
#include "dump/notes.h"
#include "lkcd/endian.h"

void lkcd_end_count(struct lkcd_counts *counts, const struct lkcd_records *records, const struct lkcd_record *record,
		    uint64_t offset)
{
	unsigned char entry[LKCD_INDEX_SIZE];

	if (lkcd_index_needs_entry(&counts->rule, record->address, offset)) {
		put64(entry, records->big_endian, record->address);
		put64(entry + 8, records->big_endian, offset);
		counts->crc = crc32c(counts->crc, entry, sizeof(entry));
		counts->entries++;
	}
	counts->records++;
	counts->classes[record->class] += record->pages;
	if (!record->size)
		counts->zeros += record->pages;
}

static int check_totals(const struct lkcd_end *end, const struct lkcd_record *record, const struct note *note,
			const struct lkcd_counts *counts, struct info *info, struct fault *fault)
{
	uint64_t stored[LKCD_TOTALS_SIZE / 8], all, here = class_total(counts->classes);

	for (size_t i = 0; i < LKCD_TOTALS_SIZE / 8; i++)
		stored[i] = get64(note->desc + 8 * i, end->records->big_endian);
	memcpy(info->classes, stored, sizeof(info->classes));
	info->classes_known = true;
	all = class_total(stored);
	if (!end->all)
		return 0;
	if (all != here)
		fault_set(fault, FAULT_CUT, end->offset, FAULT_NOWHERE,
			  "END counts %" PRIu64 " pages, but %" PRIu64 " are here", all, here);
	else if (!memcmp(stored, counts->classes, sizeof(counts->classes)) && stored[4] == counts->zeros &&
		 stored[5] == counts->records && stored[6] == end->offset - end->start &&
		 stored[7] == record->truncated)
		return 0;
	else
		fault_set(fault, FAULT_CUT, end->offset, FAULT_NOWHERE,
			  "END's totals are not those of the %" PRIu64 " records before it", counts->records);
	return fault_mark(fault, RULE_TOTALS, all > here ? all - here : 0, record->whole);
}

static int check_index(const struct lkcd_end *end, const struct lkcd_record *record, const struct note *note,
		       const struct lkcd_counts *counts, struct fault *fault)
{
	if (!end->all || (note->desc_size == counts->entries * LKCD_INDEX_SIZE &&
			  crc32c(0, note->desc, note->desc_size) == counts->crc))
		return 0;
	fault_set(fault, FAULT_CUT, end->offset, FAULT_NOWHERE,
		  "END's index is not that of the records before it; every page is there");
	return fault_mark(fault, RULE_INDEX, 0, record->whole);
}

int lkcd_end_check(const struct lkcd_end *end, const struct lkcd_record *record, const struct lkcd_counts *counts,
		   struct info *info, struct fault *fault)
{
	bool totals = false, index = !end->strict;
	struct note note;
	size_t at = 0;
	int status = 0;

	while (!status && notes_next(record->data, record->size, end->records->big_endian, &at, &note)) {
		if (note_is(&note, "LKCD", LKCD_NOTE_TOTALS) && note.desc_size == LKCD_TOTALS_SIZE) {
			totals = true;
			status = check_totals(end, record, &note, counts, info, fault);
		} else if (end->strict && note_is(&note, "LKCD", LKCD_NOTE_INDEX)) {
			index = true;
			status = check_index(end, record, &note, counts, fault);
		}
	}
	if (status || (totals && index))
		return status;
	fault_set(fault, FAULT_CUT, end->offset, FAULT_NOWHERE, "END has no %s",
		  totals ? "index; every page is there" : "totals");
	return fault_mark(fault, totals ? RULE_INDEX : RULE_TOTALS, 0, record->whole);
}
