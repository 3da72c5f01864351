/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where pages come from. */
#ifndef LKCD_SOURCE_H
#define LKCD_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/info.h"
#include "lkcd/page.h"
#include "lkcd/pagemap.h"

struct physical;
struct sink;

/*
 * What callers may rely on of one dump, beyond the functions that are there. open sets the bits, and they stay until
 * close. A bit that is not set promises nothing, so a fork, and a source that wraps another, start from 0.
 */
enum source_ability {
	/* Runs come in ascending order, plain, and seek() past some of them costs less than reading them. What is not
	 * read is no finding: next() says the same of all others. */
	SOURCE_SKIPS = 1 << 0,

	/* The dump's writer knew the classes of its pages. page.class may still be PAGE_UNKNOWN. */
	SOURCE_CLASSES = 1 << 1,

	/* Every byte of the dump is under a checksum, which next() compares. */
	SOURCE_SUMS = 1 << 2,

	/* Pages may come packed: that they unpack says something about them. */
	SOURCE_PACKED = 1 << 3,

	/* All packed pages are packed with info.codec. */
	SOURCE_ONE_CODEC = 1 << 4,

	/* info.pages is a count of its own, not made from where pages are said to be: the two may differ. */
	SOURCE_COUNTED = 1 << 5,

	/* A whole dump may have no page. */
	SOURCE_EMPTY = 1 << 6,

	/* Each page's record stands for itself, and the last one says whether pages were missing when the dump was
	 * written: lkcd-repair finds what is good around damage. */
	SOURCE_RECORDS = 1 << 7,
};

/* Embedded as first member in each implementation. No page frame comes twice. */
struct source {
	/*
	 * The next run of pages into *page. Returns 1; 0 at the end of a whole dump; -FAULT_DAMAGED when a page is lost
	 * (asking again gives what follows it); any other fault ends the dump.
	 */
	int (*next)(struct source *source, struct page *page, struct fault *fault);

	/* Start anew with the first page: what next() reported once is reported again. NULL: cannot. */
	int (*rewind)(struct source *source, struct fault *fault);

	/*
	 * Make next() go on with the run that holds address, or the first one after it in the source's order. What
	 * next() has to report before the first page still comes first, but once only. NULL: cannot.
	 */
	int (*seek)(struct source *source, uint64_t address, struct fault *fault);

	/*
	 * A second cursor over the same open dump, with a position of its own: next(), rewind(), seek() and close() of
	 * the two do not disturb each other, and may run in two threads. It borrows what the first one read when it was
	 * opened, so close it before. It cannot be forked, mapped or proven. NULL and *fault. NULL in place of the
	 * function: cannot. dump/physical.h reads at random through it.
	 */
	struct source *(*fork)(struct source *source, struct fault *fault);

	/*
	 * Add the frames that next() will deliver to map, and set *ascending when they will come in ascending order.
	 * Only before the first next(), or after rewind(). NULL: cannot. Returns 0; -FAULT_CUT when the dump is cut
	 * short (the map then holds what is there, and next() will report it); any other fault.
	 */
	int (*map)(struct source *source, struct pagemap *map, bool *ascending, struct fault *fault);

	/*
	 * Neither read these frames from now on, nor give them: the memory behind them may be broken. Thousands of runs
	 * of them are not believed. NULL: cannot; such a source reads no live memory.
	 */
	int (*avoid)(struct source *source, struct pagemap *frames, struct fault *fault);

	/*
	 * Read everything in threads, and give runs to sink->put as next() would, but for their data, which are NULL.
	 * Returns 1 when next() would find nothing wrong: then nothing is. Returns 0 when it cannot say so: ask next()
	 * after rewind(); or a fault. NULL: this source cannot.
	 */
	int (*prove)(struct source *source, struct sink *sink, unsigned threads, struct fault *fault);

	void (*close)(struct source *source); /* does not close its stream */
	struct info info;                     /* owned by the source, valid until close */
	struct physical *physical;            /* dump/physical.h's; NULL until it is first needed */
	unsigned abilities;                   /* enum source_ability, or-ed */
};

#endif
