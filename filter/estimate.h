/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The estimated size of each class of pages in an image, from a sample of them. */
#ifndef FILTER_ESTIMATE_H
#define FILTER_ESTIMATE_H

#include "filter/classes.h"
#include "lkcd/codec.h"

struct estimate {
	uint64_t kinds[LEVEL_KINDS];    /* page frames in the dump */
	uint64_t pages[PAGE_CLASSES];   /* the same by class */
	uint64_t sampled[PAGE_CLASSES]; /* those that were read and compressed */
	uint64_t packed[PAGE_CLASSES];  /* bytes of all of them in an image of version 11 */
};

/*
 * classes must be those of the same source for LEVEL_ALL; NULL: all pages are of unknown class. codec NULL: nothing is
 * read, and pages count as uncompressed. Afterwards the source starts from its first page. Unreadable pages are left
 * out of the sample. Returns 0 or a fault.
 */
int estimate_make(struct estimate *estimate, struct source *source, struct classes *classes, const struct codec *codec,
		  int level, struct fault *fault);

#endif
