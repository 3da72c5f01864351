/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The classes of a dump's pages, from its kernel's own memory map. They need two bits a page, and less where adjacent
 * pages are of one class.
 */
#ifndef FILTER_CLASSES_H
#define FILTER_CLASSES_H

#include <stddef.h>

#include "filter/level.h"
#include "lkcd/classifier.h"
#include "lkcd/pagemap.h"
#include "lkcd/source.h"

struct classes;

struct classes_counts {
	uint64_t kinds[LEVEL_KINDS];    /* page frames in the dump */
	uint64_t kept;                  /* the number of these that the choice keeps */
	uint64_t classes[PAGE_CLASSES]; /* kept frames by the class of their verdict */
	uint64_t unread;                /* frames whose struct page existed, but is not in the dump */
};

/*
 * Read the memory map once, and classify all frames by the choice. The source must be able to seek and to list its
 * frames (map, fork); afterwards it starts from its first page, and skips frames with hardware errors if it can avoid
 * them. NULL and *fault: FAULT_DAMAGED when the memory map is missing, damaged or contradictory, FAULT_CANNOT when the
 * source cannot be used: every page has to be kept then.
 */
struct classes *classes_open(struct source *source, const struct level_choice *choice, struct fault *fault);
void classes_close(struct classes *classes); /* NULL is harmless */

/* Borrowed. */
struct classifier *classes_classifier(struct classes *classes);

/* The frames that are in the dump; borrowed. */
struct pagemap *classes_frames(struct classes *classes);

const struct classes_counts *classes_counts(const struct classes *classes);

/* Keys that VMCOREINFO lacks, so that some pages are not classified; "": none. */
const char *classes_missing(const struct classes *classes);

/* Bytes allocated, for -v. */
size_t classes_bytes(const struct classes *classes);

#endif
