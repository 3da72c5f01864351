/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The check of a dump, and its conclusions: a verdict, the lost pages, the state of each class. */
#ifndef VERIFY_CHECK_H
#define VERIFY_CHECK_H

#include "dump/copy.h"
#include "lkcd/source.h"
#include "verify/damage.h"
#include "verify/rules.h"

struct seal;

/* The state of the pages of one class. */
enum check_class { CLASS_UNKNOWN, CLASS_WHOLE, CLASS_LOST };

struct check {
	struct copy copy;        /* set by the caller: progress */
	bool unpack;             /* set by the caller: decompress every page, too */
	unsigned threads;        /* set by the caller */
	const struct seal *seal; /* set by the caller, after seal_check; NULL: the file is not sealed */
	struct damage *damage;   /* set by the caller; may hold findings already */

	enum weight verdict;                    /* WEIGHT_NOTE: whole */
	uint64_t good, damaged, missing;        /* page frames */
	enum check_class classes[PAGE_CLASSES]; /* by enum page_class; PAGE_UNKNOWN is not used */
};

/* Check a whole dump. Returns 0 with a verdict, or the fault that prevented one. */
int check_dump(struct check *check, struct source *source, struct fault *fault);

/* Draw the verdict again, after other findings were added to the damage. */
void check_conclude(struct check *check);

/* A sentence on what a check without findings proves: "every bit is as it was written". */
const char *check_proof(const struct source *source, bool unpacked, bool sealed);

#endif
