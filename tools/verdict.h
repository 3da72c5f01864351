/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints what lkcd-verify found, as lines or as JSON objects; part of that main. */
#ifndef TOOLS_VERDICT_H
#define TOOLS_VERDICT_H

#include <stdbool.h>

#include "lkcd/source.h"
#include "verify/check.h"

/* What is known of a file; all pointers are borrowed. */
struct verdict {
	const char *file;
	const struct source *source; /* NULL: no dump was opened */
	const struct check *check;   /* NULL: there is no verdict */
	const struct fault *fault;   /* why there is none */
	bool unpacked, sealed;
};

/* How much is printed: with -q only what is not whole, with -v every finding; findings only with list. */
struct verdict_options {
	bool quiet, verbose, list;
};

/* Print one file, to stdout. Text has nothing for a file without a verdict: the caller prints its fault. */
void verdict_print_text(const struct verdict_options *options, const struct verdict *verdict);
void verdict_print_json(const struct verdict *verdict);

/* Print the table of rules. */
void verdict_print_rules(void);

#endif
