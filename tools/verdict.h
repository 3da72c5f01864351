/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How lkcd-verify tells what it found, as lines or as JSON objects; part of that main, so it prints. */
#ifndef TOOLS_VERDICT_H
#define TOOLS_VERDICT_H

#include <stdbool.h>

#include "lkcd/source.h"
#include "verify/check.h"

/* What is known of a file. */
struct told {
	const char *file;
	const struct source *source; /* NULL: no dump was opened */
	const struct check *check;   /* NULL: there is no verdict */
	const struct fault *fault;   /* why not */
	bool unpacked, sealed;
};

/* How much is told: with -q only what is not whole, with -v every finding; a list of them only if wanted. */
struct tell {
	bool quiet, verbose, list;
};

void verdict_text(const struct tell *tell, const struct told *told);
void verdict_json(const struct told *told);

/* The table of rules. */
void verdict_rules(void);

#endif
