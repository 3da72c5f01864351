/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks a dump and draws conclusions: first by the source's own proof, which is quick and only succeeds on a whole
 * dump, then by a copy of all pages to a tally. Every fault becomes a finding; the verdict, the lost pages and the
 * state of each class follow from the findings and from the counts in the dump.
 */
#include <inttypes.h>

#include "dump/class.h"
#include "dump/notes.h"
#include "lkcd/codec.h"
#include "verify/check.h"
#include "verify/tally.h"

/* Notes follow each other to the end of the notes area; kernels pad it with zeros. */
static void check_notes(struct check *check, const struct info *info, struct fault *fault)
{
	struct note note;
	size_t at = 0;

	if (info->notes_made)
		return;
	while (notes_next(info->notes, info->notes_size, info->big_endian, &at, &note))
		;
	for (size_t i = at; i < info->notes_size; i++) {
		if (!info->notes[i])
			continue;
		fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
			  "the notes area is damaged after the first %zu of its %zu bytes", at, info->notes_size);
		fault_mark(fault, RULE_NOTES, 0, 0);
		findings_add(&check->damage->findings, fault);
		return;
	}
}

/* Is there a finding other than of weight note? */
static bool has_defect(const struct damage *damage)
{
	for (int i = 0; i < RULES; i++)
		if (damage->times[i] && rules_get((enum fault_rule)i)->weight != WEIGHT_NOTE)
			return true;
	return false;
}

/* Forwards findings to the damage, and remembers which passes were complete before the first one. */
struct watch {
	struct findings findings;
	struct check *check;
	const struct tally *tally;
	bool lost;
	unsigned intact; /* earlier passes were complete at the first finding, or at the end */
};

static void mark_intact(struct watch *watch)
{
	if (!watch->lost)
		watch->intact = watch->tally->pass;
}

static void forward_finding(struct findings *findings, const struct fault *fault)
{
	struct watch *watch = (struct watch *)findings;

	if (fault->rule != RULE_HEADER) {
		mark_intact(watch);
		watch->lost = true;
	}
	findings_add(&watch->check->damage->findings, fault);
}

static bool has_all_pages(const struct check *check)
{
	return check->good && !check->damaged && !check->missing && !check->damage->times[RULE_CUT] &&
	       !check->damage->times[RULE_INCOMPLETE];
}

/*
 * By the number of pages that the class should have. A lost page of unknown class may be of any class, so then no class
 * is known to be whole. The same holds for a page that does not decompress, because it was counted before.
 */
static enum check_class judge_class_by_count(const struct check *check, const uint64_t *there, const uint64_t *wanted,
					     enum page_class class)
{
	if (there[class] < wanted[class])
		return CLASS_LOST;
	if (there[PAGE_UNKNOWN] < wanted[PAGE_UNKNOWN] || check->damage->pages[RULE_UNPACK] ||
	    check->damage->times[RULE_INCOMPLETE])
		return CLASS_UNKNOWN;
	return CLASS_WHOLE;
}

/* By the counts of END or of the header, or by the order of the pages. */
static enum check_class judge_class(const struct check *check, const struct info *info, const struct watch *watch,
				    enum page_class class)
{
	const uint64_t *there = watch->tally->pages;

	if (!has_defect(check->damage) || has_all_pages(check))
		return CLASS_WHOLE;
	if (info->classes_known && class_total(info->classes) > info->classes[PAGE_UNKNOWN])
		return judge_class_by_count(check, there, info->classes, class);
	if (info->by_class && class_total(info->planned))
		return judge_class_by_count(check, there, info->planned, class);
	/* in passes: a class is whole if a page of a later pass came before the first loss */
	return info->by_class && !watch->tally->disordered && !check->damage->pages[RULE_UNPACK] &&
			       tally_pass(class) < watch->intact
		       ? CLASS_WHOLE
		       : CLASS_UNKNOWN;
}

static void judge_classes(struct check *check, const struct info *info, const struct watch *watch)
{
	for (int class = PAGE_KERNEL; class < PAGE_CLASSES; class ++)
		check->classes[class] = judge_class(check, info, watch, (enum page_class) class);
}

void check_conclude(struct check *check)
{
	const struct damage *damage = check->damage;

	check->verdict = WEIGHT_NOTE;
	for (int i = 0; i < RULES; i++) {
		enum weight weight = rules_get((enum fault_rule)i)->weight;

		if (damage->times[i] && weight > check->verdict)
			check->verdict = weight;
	}
}

/* Count lost pages by the findings, and by the number that the dump claims: the larger one is right. */
static void count_losses(struct check *check, const struct info *info, const struct tally *tally)
{
	const struct damage *damage = check->damage;
	uint64_t claimed = info->classes_known ? class_total(info->classes) : info->pages, known;

	for (int i = 0; i < RULES; i++) {
		enum weight weight = rules_get((enum fault_rule)i)->weight;

		if (weight == WEIGHT_DAMAGED)
			check->damaged += damage->pages[i];
		else if (weight == WEIGHT_INCOMPLETE)
			check->missing += damage->pages[i];
	}
	check->good = class_total(tally->pages);
	check->good -= damage->pages[RULE_UNPACK] < check->good ? damage->pages[RULE_UNPACK] : check->good;
	known = check->good + check->damaged + check->missing;
	if (has_defect(damage) && claimed > known && claimed - known < PAGE_ADDRESS_LIMIT / info->page_size)
		check->missing += claimed - known;
}

static void report_page_count(struct check *check, const struct source *source, struct fault *fault)
{
	const struct info *info = &source->info;

	if (!(source->abilities & SOURCE_COUNTED) || !info->pages || info->pages == check->good ||
	    has_defect(check->damage))
		return;
	fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
		  "the header counts %" PRIu64 " pages; END came after %" PRIu64, info->pages, check->good);
	fault_mark(fault, RULE_COUNT, 0, 0);
	findings_add(&check->damage->findings, fault);
}

/* A dump without pages has lost its bitmap or list of ranges, unless it may be empty (LKCD's level HEADER). */
static void report_no_pages(struct check *check, const struct source *source, struct fault *fault)
{
	if (check->good + check->damaged + check->missing || source->abilities & SOURCE_EMPTY)
		return;
	fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE, "the dump contains no pages");
	fault_mark(fault, RULE_CUT, 0, 0);
	findings_add(&check->damage->findings, fault);
}

/* The quick check, which succeeds only on a whole dump. Returns 1 with a verdict, 0 without one, or a fault. */
static int prove_whole(struct check *check, struct source *source, struct fault *fault)
{
	struct findings ignored = { 0 };
	struct sink_plan plan = { .info = &source->info };
	struct tally tally;
	int status;

	if (check->unpack || !source->prove || has_defect(check->damage))
		return 0;
	status = tally_open(&tally, false, 1, &ignored, fault);
	if (!status)
		status = tally.sink.begin(&tally.sink, &plan, fault);
	if (!status)
		status = source->prove(source, &tally.sink, check->threads, fault);
	if (status == 1 && !ignored.count) {
		count_losses(check, &source->info, &tally);
		report_page_count(check, source, fault);
		judge_classes(check, &source->info, &(struct watch){ .tally = &tally });
		check_conclude(check);
	} else if (status >= 0) {
		status = source->rewind(source, fault);
	}
	tally_clear(&tally);
	return status;
}

int check_dump(struct check *check, struct source *source, struct fault *fault)
{
	struct tally tally;
	struct watch watch = { .findings = { .found = forward_finding }, .check = check, .tally = &tally };
	int status;

	check->damage->page_size = source->info.page_size;
	check->copy.findings = &watch.findings;
	check_notes(check, &source->info, fault);
	status = prove_whole(check, source, fault);
	if (status)
		return status < 0 ? status : 0;
	status = tally_open(&tally, check->unpack, check->threads, &watch.findings, fault);
	tally.seal = check->seal;
	if (!status)
		status = copy_pages(&check->copy, source, &tally.sink, fault);
	if (!status) {
		count_losses(check, &source->info, &tally);
		report_page_count(check, source, fault);
		report_no_pages(check, source, fault);
		mark_intact(&watch);
		judge_classes(check, &source->info, &watch);
		check_conclude(check);
	}
	tally_clear(&tally);
	return status;
}

const char *check_proof(const struct source *source, bool unpacked, bool sealed)
{
	const struct codec *codec = source->abilities & SOURCE_ONE_CODEC ? source->info.codec : NULL;

	if (sealed || source->abilities & SOURCE_SUMS)
		return unpacked ? "every bit is as it was written, and every page decompresses"
				: "every bit is as it was written";
	if (unpacked && codec && codec->sums)
		return "the structure is right, and the checksum of every compressed page";
	if (unpacked && source->abilities & SOURCE_PACKED)
		return "the structure is right, and every compressed page decompresses";
	return "the structure is right; only a sealed dump can be checked bit by bit: see --seal";
}
