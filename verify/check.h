/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The check of a dump: copy(checked(source), nothing), and what follows from it. */
#ifndef VERIFY_CHECK_H
#define VERIFY_CHECK_H

#include "dump/copy.h"
#include "lkcd/source.h"
#include "verify/damage.h"
#include "verify/rules.h"

struct seal;

/* What became of the pages of one class. */
enum check_class { CLASS_UNKNOWN, CLASS_WHOLE, CLASS_LOST };

struct check {
	struct copy copy;        /* set by the caller: progress */
	bool unpack;             /* set by the caller: unpack every page, too */
	unsigned threads;        /* set by the caller */
	const struct seal *seal; /* set by the caller, and checked already; NULL: the file is not sealed */
	struct damage *damage;   /* set by the caller; may hold findings already */

	enum weight verdict;                    /* WEIGHT_NOTE: whole */
	uint64_t good, damaged, missing;        /* page frames */
	enum check_class classes[PAGE_CLASSES]; /* by enum page_class; that of PAGE_UNKNOWN says nothing */
};

/* Read it all. Returns 0 when there is a verdict, or the fault that prevented it. */
int check_dump(struct check *check, struct source *source, struct fault *fault);

/* The verdict when other findings were added to the damage afterwards. */
void check_conclude(struct check *check);

/* What the source of a dump without findings was proven to be: "every bit is as it was written". */
const char *check_proof(const struct source *source, bool unpacked, bool sealed);

#endif
