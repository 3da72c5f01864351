/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A source that leaves out the unwanted pages of another source. */
#ifndef FILTER_DROP_H
#define FILTER_DROP_H

#include "filter/level.h"
#include "lkcd/classifier.h"
#include "lkcd/source.h"

struct drop_counts {
	uint64_t dropped; /* page frames that were read and dropped; not those that a seek skipped */
	uint64_t unknown; /* page frames that were kept and have no known class */
};

/*
 * Wrap a source, which stays the caller's. classifier (borrowed) gives the verdicts; NULL: the pages' own classes
 * decide. The source's info is borrowed too, except for the level and the number of pages. pages: frames that will be
 * kept; 0: not known. NULL when out of memory.
 */
struct source *drop_open(struct source *inner, const struct level_choice *choice, struct classifier *classifier,
			 uint64_t pages, struct fault *fault);

/* Does the source skip unwanted pages: is a seek cheaper than a read, and reveals a read no damage? */
bool drop_skips(const struct source *source);

/* The counts so far; borrowed. */
const struct drop_counts *drop_counts(const struct source *source);

#endif
