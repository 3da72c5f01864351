/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A source that gives the pages of another one by class, so that a truncated dump has the most important ones: first
 * the kernel's pages without its code, which vmlinux contains too; then the code; then used pages; then unused ones.
 * Pages of unknown class may be the kernel's, and come with these. Each pass reads the other source once, and seeks
 * past the pages of other passes.
 */
#ifndef FILTER_PASSES_H
#define FILTER_PASSES_H

#include "lkcd/classifier.h"
#include "lkcd/pagemap.h"
#include "lkcd/source.h"

/*
 * Wrap a source that can seek and whose runs are of one class each, like those of drop.h; it stays the caller's, and
 * its info is borrowed. classifier and frames (the frames of the dump) are borrowed. Both NULL: the pages' own classes
 * decide, the first pass collects them, and code comes with the kernel's other pages.
 *
 * skips: even the first pass may seek past pages, because a seek is cheaper than a read, and a read reveals no damage.
 * next() reports damage in the first pass only. NULL when out of memory.
 */
struct source *passes_open(struct source *inner, struct classifier *classifier, struct pagemap *frames, bool skips,
			   struct fault *fault);

/* The number of page frames of unknown class that next() returned. */
uint64_t passes_unknown(const struct source *source);

#endif
