/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How large a dump of each class of pages will be, from a sample of them. */
#ifndef FILTER_ESTIMATE_H
#define FILTER_ESTIMATE_H

#include "filter/classes.h"
#include "lkcd/codec.h"

struct estimate {
	uint64_t kinds[LEVEL_KINDS];    /* page frames in the dump */
	uint64_t pages[PAGE_CLASSES];   /* the same by class */
	uint64_t sampled[PAGE_CLASSES]; /* of them, read and packed */
	uint64_t packed[PAGE_CLASSES];  /* bytes that all of them will take in an image of version 11 */
};

/*
 * classes must have been made for LEVEL_ALL, of the same source, which starts from its first page again; NULL: nothing
 * is known of any page. codec NULL: nothing is read or packed, and pages take what they take unpacked. Pages that
 * cannot be read are passed over.
 */
int estimate_make(struct estimate *estimate, struct source *source, struct classes *classes, const struct codec *codec,
		  int level, struct fault *fault);

#endif
