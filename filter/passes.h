/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A source that gives the pages of another one in the order in which a dump that is cut off is worth most: the kernel's
 * pages first, but for its code, which vmlinux has as well; then the code; then used pages; then unused ones. Pages of
 * unknown class may be the kernel's, and come with these. Each pass goes through the other source once, and seeks past
 * what other passes take.
 */
#ifndef FILTER_PASSES_H
#define FILTER_PASSES_H

#include "lkcd/classifier.h"
#include "lkcd/pagemap.h"
#include "lkcd/source.h"

/*
 * Wrap a source that can seek and whose runs are of one class each, as drop.h's are; it stays the caller's, and its
 * info is borrowed. classifier (borrowed) says what the frames are that frames (borrowed) holds. NULL, both: the
 * classes that the pages come with do, which the first pass learns, and code comes with the rest.
 *
 * skips: already the first pass may seek past pages, for no damage can be found there, and it costs less than to read
 * them. What next() reports of damage it reports in the first pass. NULL when out of memory.
 */
struct source *passes_open(struct source *inner, struct classifier *classifier, struct pagemap *frames, bool skips,
			   struct fault *fault);

/* Page frames of unknown class that next() gave. */
uint64_t passes_unknown(const struct source *source);

#endif
