/* SPDX-License-Identifier: GPL-2.0-or-later */
/* analysis.N: what lkcd-analyze tells of a dump, as text and as JSON; part of its main. */
#ifndef TOOLS_ANALYSIS_H
#define TOOLS_ANALYSIS_H

#include <limits.h>

#include "analyze/btf.h"
#include "analyze/modules.h"
#include "analyze/symbols.h"
#include "cli/report.h"
#include "tools/facts.h"

struct memory;

/* What is at hand for it. */
struct analysis {
	struct info *info;
	struct memory *memory; /* NULL: the input cannot be searched */
	const char *root;      /* below it /boot and /sys are looked for; "": those of this machine */
	bool all_traces;       /* of every CPU, not only of the one that panicked */

	/* From loading on; owned. */
	struct symbols *symbols; /* NULL: not known */
	char symbols_from[PATH_MAX];
	bool symbols_mapped; /* they are a file's, not the dump's */
	struct btf *btf;     /* NULL: not known */
	size_t symbol_count; /* without those of modules */
	struct modules modules;
	uint64_t uptime; /* seconds */
	bool has_uptime;
	bool damaged; /* something that should be in the dump cannot be read */
};

/*
 * Load the kernel's symbols. want_map: those of a file are better than the dump's own. What cannot be had is said in
 * info.unknown, here and below. Returns 0 or -FAULT_MEMORY.
 */
int analysis_load_symbols(struct analysis *analysis, bool want_map, struct fault *fault);

/* Then its types, its modules with their symbols, and its clock. */
int analysis_load_types(struct analysis *analysis, struct fault *fault);

void analysis_clear(struct analysis *analysis);

/* Tell everything; the log comes last. contents is NULL when the dump was not read through. */
void analysis_tell(struct analysis *analysis, struct report *report, const char *file, const struct contents *contents);

/* The symbols as a System.map, at the addresses that the kernel was linked to; before its types are loaded. */
void analysis_map(const struct analysis *analysis, FILE *file);

#endif
