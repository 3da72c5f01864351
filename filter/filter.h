/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what the user wants to a source that gives no more than that. */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include "filter/classes.h"
#include "filter/drop.h"
#include "filter/passes.h"

struct filter {
	struct level_choice choice; /* set by the caller, like strict */
	bool strict;                /* pages that cannot be known end it, instead of being kept */
	bool by_class; /* set by the caller: where the input can seek and classes are known, pages come in passes */

	struct classes *classes; /* NULL: the choice needs none, or the pages bring their own, or nothing is known */
	struct source *dropping, *passes; /* what is left of the input, and that in passes; NULL: it is not */
	struct source *source;            /* what is left: one of these */
};

/*
 * inner stays the caller's, and its info is told what could not be known. Returns 0, or a fault; with strict,
 * -FAULT_DAMAGED or -FAULT_CANNOT where something could not be known. filter_close has to follow in either case.
 */
int filter_open(struct filter *filter, struct source *inner, struct fault *fault);

/*
 * Only find out what the pages are, by their kernel's memory map, for the choice: classes. NULL: nothing is known, and
 * info says why. Faults and filter_close as above.
 */
int filter_classify(struct filter *filter, struct source *inner, struct fault *fault);

/* After the copy: tell info what was not known of pages that brought their own classes. */
int filter_finish(struct filter *filter, struct info *info, struct fault *fault);

void filter_close(struct filter *filter);

#endif
