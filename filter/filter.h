/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filter of lkcd-filter: from the user's choice to a source of the wanted pages. */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include "filter/classes.h"
#include "filter/drop.h"
#include "filter/passes.h"

struct filter {
	struct level_choice choice; /* set by the caller, like strict */
	bool strict;                /* fail if pages cannot be classified, instead of keeping them */
	bool by_class; /* set by the caller: give pages in passes, if the input can seek and classes are known */

	struct classes *classes; /* NULL: the choice needs none, the pages bring their own, or they are not known */
	struct source *dropping, *passes; /* the wanted pages, and the same in passes; NULL: not in passes */
	struct source *source;            /* one of these two: read this one */
};

/*
 * Open the filter over inner, which stays the caller's; what remains unknown is added to its info. Returns 0 or a
 * fault; with strict, -FAULT_DAMAGED or -FAULT_CANNOT if pages cannot be classified. filter_close must follow in both
 * cases.
 */
int filter_open(struct filter *filter, struct source *inner, struct fault *fault);

/*
 * Only classify the pages by their kernel's memory map, into filter->classes. NULL there: they are not known, and
 * info.unknown has the reason. Faults and filter_close as above.
 */
int filter_classify(struct filter *filter, struct source *inner, struct fault *fault);

/* After the copy: add to info how many pages with classes of their own were of unknown class. Returns 0 or a fault. */
int filter_finish(struct filter *filter, struct info *info, struct fault *fault);

void filter_close(struct filter *filter);

#endif
