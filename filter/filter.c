/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chooses how pages are classified: by the classes that they come with, by the kernel's memory map, or not at all. When
 * in doubt pages are kept, and info.unknown has the reason.
 */
#include <inttypes.h>

#include "filter/filter.h"

/*
 * An image of version 11 with a level may have been made from one without classes: its first page shows that. A pipe
 * cannot return to its start, so there it is not checked, and pages of unknown class are kept.
 */
static int detect_classes(const struct filter *filter, struct source *inner, bool *brings, struct fault *fault)
{
	struct page page;
	int status;

	*brings = inner->abilities & SOURCE_CLASSES;
	if (!*brings || !inner->rewind)
		return 0;
	status = inner->next(inner, &page, fault);
	if (status == 1 && page.class == PAGE_UNKNOWN && !inner->info.by_class)
		*brings = false;
	/* classes do not distinguish the kinds of used pages: only the memory map does */
	if (filter->choice.exclude && (filter->choice.kinds >> LEVEL_CACHE & 7) % 7)
		*brings = false;
	return inner->rewind(inner, fault);
}

/* Without classes: keep every page and record the reason, or fail if strict. */
static int keep_all_pages(struct filter *filter, struct info *info, struct fault *fault)
{
	struct fault why = *fault;

	if ((why.code != FAULT_DAMAGED && why.code != FAULT_CANNOT && why.code != FAULT_CUT) || filter->strict)
		return -why.code;
	filter->choice =
		(struct level_choice){ .exclude = true, .zero = filter->choice.exclude && filter->choice.zero };
	return info_add_unknown(info, fault, "every page is kept, because their classes are not known: %s", why.text);
}

static int report_missing_keys(const struct filter *filter, struct info *info, struct fault *fault)
{
	const struct classes_counts *counts = classes_counts(filter->classes);
	const char *missing = classes_missing(filter->classes);

	if (filter->strict && *missing)
		return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE, "VMCOREINFO lacks %s", missing);
	if (filter->strict && counts->unread)
		return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
				 "the memory map of %" PRIu64 " pages is not in the dump", counts->unread);
	if (*missing &&
	    info_add_unknown(info, fault, "pages of some kinds are kept, because VMCOREINFO lacks %s", missing))
		return -fault->code;
	if (!counts->unread)
		return 0;
	return info_add_unknown(info, fault, "%" PRIu64 " pages are kept because their memory map is not in the dump",
				counts->unread);
}

int filter_classify(struct filter *filter, struct source *inner, struct fault *fault)
{
	filter->classes = classes_open(inner, &filter->choice, fault);
	return filter->classes ? report_missing_keys(filter, &inner->info, fault)
			       : keep_all_pages(filter, &inner->info, fault);
}

/* Announce the number of pages of each class. If zero pages are dropped, it is not known in advance. */
static void plan_classes(const struct filter *filter, struct info *info)
{
	for (int class = 0; class < PAGE_CLASSES; class ++) {
		if (filter->classes)
			info->planned[class] = classes_counts(filter->classes)->classes[class];
		if (filter->choice.zero || level_drops_class(&filter->choice, (enum page_class) class))
			info->planned[class] = 0;
	}
}

static int open_passes(struct filter *filter, struct classifier *classifier, struct fault *fault)
{
	struct source *dropping = filter->dropping;

	if (dropping->info.by_class)
		return 0;
	filter->passes = passes_open(dropping, classifier, classifier ? classes_frames(filter->classes) : NULL,
				     drop_skips(dropping), fault);
	filter->source = filter->passes;
	return filter->passes ? 0 : -fault->code;
}

int filter_open(struct filter *filter, struct source *inner, struct fault *fault)
{
	struct classifier *classifier = NULL;
	bool brings = false;
	uint64_t pages = 0;
	int status = 0;

	if (level_needs_kinds(&filter->choice))
		status = detect_classes(filter, inner, &brings, fault);
	if (status)
		return status;
	if (level_needs_kinds(&filter->choice) && !brings)
		status = filter_classify(filter, inner, fault);
	if (status)
		return status;
	if (filter->classes) {
		classifier = classes_classifier(filter->classes);
		pages = classes_counts(filter->classes)->kept;
	}
	filter->source = filter->dropping = drop_open(inner, &filter->choice, classifier, pages, fault);
	if (filter->source)
		plan_classes(filter, &filter->source->info);
	if (filter->source && filter->by_class && inner->seek && inner->rewind && (classifier || brings))
		return open_passes(filter, classifier, fault);
	return filter->source ? 0 : -fault->code;
}

int filter_finish(struct filter *filter, struct info *info, struct fault *fault)
{
	uint64_t unknown = filter->passes ? passes_unknown(filter->passes) : drop_counts(filter->dropping)->unknown;

	if (filter->classes || !unknown || !level_needs_kinds(&filter->choice))
		return 0;
	if (filter->strict)
		return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
				 "the class of %" PRIu64 " pages is not known", unknown);
	return info_add_unknown(info, fault, "%" PRIu64 " pages are kept because their class is not known", unknown);
}

void filter_close(struct filter *filter)
{
	if (filter->passes)
		filter->passes->close(filter->passes);
	if (filter->dropping)
		filter->dropping->close(filter->dropping);
	classes_close(filter->classes);
}
