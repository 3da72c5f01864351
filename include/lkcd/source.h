/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contract of sources: where pages are read from. */
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
 * What callers may rely on, beyond the functions that are not NULL. open sets the bits, and they stay until close. A
 * clear bit promises nothing, so a fork, and a source that wraps another, start from 0.
 */
enum source_ability {
	/* Runs come in ascending order, plain, and seek() past some of them costs less than reading them. Skipped runs
	 * cause no findings: next() reports the same about all others. */
	SOURCE_SKIPS = 1 << 0,

	/* The dump's writer knew the classes of its pages. page.class may still be PAGE_UNKNOWN. */
	SOURCE_CLASSES = 1 << 1,

	/* Checksums cover every byte of the dump, and next() compares them. */
	SOURCE_SUMS = 1 << 2,

	/* Pages may come compressed: decompressing them is a check. */
	SOURCE_PACKED = 1 << 3,

	/* All compressed pages use info.codec. */
	SOURCE_ONE_CODEC = 1 << 4,

	/* info.pages is stored in the dump, not counted from page descriptors: the two may differ. */
	SOURCE_COUNTED = 1 << 5,

	/* A whole dump may have no pages. */
	SOURCE_EMPTY = 1 << 6,

	/* Each page has its own record, and the END record states whether pages were missing when the dump was written:
	 * lkcd-repair finds good records around damage. */
	SOURCE_RECORDS = 1 << 7,
};

/* Embedded as first member in each implementation. No page frame comes twice. */
struct source {
	/*
	 * The next run of pages into *page. Returns 1; 0 at the end of a whole dump; -FAULT_DAMAGED when a page is lost
	 * (asking again gives what follows it); any other fault ends the dump.
	 */
	int (*next)(struct source *source, struct page *page, struct fault *fault);

	/* Go back to the first page: next() also repeats its reports. NULL: cannot. */
	int (*rewind)(struct source *source, struct fault *fault);

	/*
	 * Make next() continue with the run that holds address, or the first one after it in the source's order. Faults
	 * that next() reports before the first page still come first, but only once. NULL: cannot.
	 */
	int (*seek)(struct source *source, uint64_t address, struct fault *fault);

	/*
	 * A second cursor over the same open dump, with a position of its own: next(), rewind(), seek() and close() of
	 * the two do not disturb each other, and may run in two threads. It borrows what the first one read when it was
	 * opened, so close it first. It cannot be forked, mapped or proven. Returns NULL and fills *fault. NULL:
	 * cannot. dump/physical.h uses it for random access.
	 */
	struct source *(*fork)(struct source *source, struct fault *fault);

	/*
	 * Add the frames that next() will return to map, and set *ascending when they will come in ascending order.
	 * Call it only before the first next(), or after rewind(). NULL: cannot. Returns 0; -FAULT_CUT when the dump is
	 * truncated (the map then holds the pages before that, and next() will report it); or another fault.
	 */
	int (*map)(struct source *source, struct pagemap *map, bool *ascending, struct fault *fault);

	/*
	 * From now on, neither read nor return these frames: their memory may be faulty. A list of thousands of runs is
	 * ignored as implausible. NULL: cannot; such a source reads no live memory.
	 */
	int (*avoid)(struct source *source, struct pagemap *frames, struct fault *fault);

	/*
	 * Read everything by threads, and pass the runs that next() would return to sink->put, without data. Returns 1
	 * when the dump is whole: next() would find nothing wrong. Returns 0 when that is not certain: use rewind() and
	 * next(); or a fault. NULL: cannot.
	 */
	int (*prove)(struct source *source, struct sink *sink, unsigned threads, struct fault *fault);

	void (*close)(struct source *source); /* does not close its stream */
	struct info info;                     /* owned by the source, valid until close */
	struct physical *physical;            /* of dump/physical.h; NULL while nobody has it open */
	unsigned abilities;                   /* enum source_ability, or-ed */
};

#endif
