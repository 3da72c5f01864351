/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collects findings and joins adjacent ones of the same rule into one entry, so that a destroyed area is reported once.
 * Memory is limited: beyond the maximum number of entries, findings are only counted.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "verify/damage.h"
#include "dump/array.h"
#include "verify/rules.h"

static uint64_t find_fault_end(const struct damage *damage, const struct fault *fault)
{
	return fault->address == FAULT_NOWHERE ? FAULT_NOWHERE
					       : fault->address + fault->pages * (uint64_t)damage->page_size;
}

/* Does the fault follow the entry directly, in the file or in memory? */
static bool touches_entry(const struct damage_entry *entry, const struct fault *fault)
{
	if (entry->offset != FAULT_NOWHERE && fault->offset != FAULT_NOWHERE && fault->offset == entry->past)
		return (entry->address == FAULT_NOWHERE) == (fault->address == FAULT_NOWHERE);
	return entry->address != FAULT_NOWHERE && fault->address == entry->end && fault->pages && entry->pages &&
	       (entry->offset == FAULT_NOWHERE) == (fault->offset == FAULT_NOWHERE) &&
	       (entry->offset == FAULT_NOWHERE || fault->offset >= entry->offset);
}

static void extend_entry(const struct damage *damage, struct damage_entry *entry, const struct fault *fault)
{
	uint64_t end = find_fault_end(damage, fault);

	if (fault->address != FAULT_NOWHERE) {
		entry->address = fault->address < entry->address ? fault->address : entry->address;
		entry->end = end > entry->end ? end : entry->end;
	}
	if (fault->offset != FAULT_NOWHERE)
		entry->past = fault->offset + fault->length;
	entry->pages += fault->pages;
	entry->times++;
}

static void append_entry(struct damage *damage, enum fault_rule rule, const struct fault *fault)
{
	damage->last[rule] = 0;
	if (damage->count >= damage->most ||
	    array_grow(&damage->entries, &damage->room, damage->count + 1, sizeof(*damage->entries), NULL)) {
		damage->more++;
		return;
	}
	damage->entries[damage->count++] = (struct damage_entry){
		.rule = rule,
		.address = fault->address,
		.end = find_fault_end(damage, fault),
		.pages = fault->pages,
		.offset = fault->offset,
		.past = fault->offset == FAULT_NOWHERE ? FAULT_NOWHERE : fault->offset + fault->length,
		.times = 1,
		.text = strdup(fault->text),
	};
	damage->last[rule] = damage->count;
}

static void collect_finding(struct findings *findings, const struct fault *fault)
{
	struct damage *damage = (struct damage *)findings;
	enum fault_rule rule = rules_of(fault);
	struct damage_entry *last = damage->last[rule] ? &damage->entries[damage->last[rule] - 1] : NULL;

	damage->times[rule]++;
	damage->pages[rule] += fault->pages;
	if (last && touches_entry(last, fault))
		extend_entry(damage, last, fault);
	else
		append_entry(damage, rule, fault);
}

struct damage damage_start(size_t most)
{
	return (struct damage){ .findings = { .found = collect_finding }, .most = most };
}

void damage_clear(struct damage *damage)
{
	for (size_t i = 0; i < damage->count; i++)
		free(damage->entries[i].text);
	free(damage->entries);
	*damage = damage_start(damage->most);
}

static int compare_entries(const void *a, const void *b)
{
	const struct damage_entry *x = a, *y = b;
	uint64_t at = x->offset + 1, to = y->offset + 1; /* FAULT_NOWHERE comes first */

	if (at != to)
		return at < to ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

void damage_sort(struct damage *damage)
{
	if (damage->count)
		qsort(damage->entries, damage->count, sizeof(*damage->entries), compare_entries);
}
