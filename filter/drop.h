/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A source without the pages that nobody wants: what stands between a dump and everything that can be done with it. */
#ifndef FILTER_DROP_H
#define FILTER_DROP_H

#include "filter/level.h"
#include "lkcd/classifier.h"
#include "lkcd/source.h"

struct drop_counts {
	uint64_t dropped; /* page frames; without those that were passed over without being read */
	uint64_t unknown; /* kept, and of no known class */
};

/*
 * Wrap a source, which stays the caller's. classifier (borrowed) gives the verdicts; NULL: the classes that the pages
 * come with do. The source's info is borrowed too, but for the level and the number of pages. pages: how many frames
 * will be kept; 0: not known. NULL when out of memory.
 */
struct source *drop_open(struct source *inner, const struct level_choice *choice, struct classifier *classifier,
			 uint64_t pages, struct fault *fault);

/* Does it cost less to seek past pages than to read them, and can no damage be found in them? */
bool drop_skips(const struct source *source);

const struct drop_counts *drop_counts(const struct source *source);

#endif
