/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every page of a dump is, by its kernel's own memory map. Two bits a page are kept, and less where pages of a
 * kind lie together.
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
	uint64_t kept;                  /* of them */
	uint64_t classes[PAGE_CLASSES]; /* of these, by the class that the verdicts have */
	uint64_t unread;                /* whose struct page is not in the dump, though the kernel had one */
};

/*
 * Go through the memory map, once. The source must be able to seek and to tell its frames; it starts from its first
 * page again, and gives no broken page any more, if it can avoid them. NULL and *fault: -FAULT_DAMAGED when nothing can
 * be known, or nothing of it can be believed: then every page has to be kept.
 */
struct classes *classes_open(struct source *source, const struct level_choice *choice, struct fault *fault);
void classes_close(struct classes *classes); /* NULL is harmless */

struct classifier *classes_classifier(struct classes *classes);

/* The frames of the dump. */
struct pagemap *classes_frames(struct classes *classes);

const struct classes_counts *classes_counts(const struct classes *classes);

/* What VMCOREINFO lacks, so that some pages are not known; "": nothing. */
const char *classes_missing(const struct classes *classes);

/* Bytes allotted, for -v. */
size_t classes_bytes(const struct classes *classes);

#endif
