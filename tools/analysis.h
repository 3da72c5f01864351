/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints what lkcd-analyze finds in a dump, as text or JSON: the contents of analysis.N. Part of its main. */
#ifndef TOOLS_ANALYSIS_H
#define TOOLS_ANALYSIS_H

#include <limits.h>

#include "analyze/btf.h"
#include "analyze/modules.h"
#include "analyze/symbols.h"
#include "cli/report.h"
#include "tools/facts.h"

struct memory;

/* Set by the caller, down to all_traces. */
struct analysis {
	struct info *info;
	struct memory *memory; /* NULL: the input cannot be searched */
	const char *root;      /* where /boot and /sys are; "": those of this machine */
	bool all_traces;       /* of every CPU, not only of the one that panicked */

	/* Set by analysis_load_symbols and analysis_load_types; owned. */
	struct symbols *symbols; /* NULL: not known */
	char symbols_from[PATH_MAX];
	bool symbols_mapped; /* they are from a System.map, not from the dump */
	struct btf *btf;     /* NULL: not known */
	size_t symbol_count; /* without those of modules */
	struct modules modules;
	uint64_t uptime; /* seconds */
	bool has_uptime;
	bool damaged; /* something that should be in the dump cannot be read */
};

/*
 * Load the kernel's symbols. want_map: prefer a System.map to the dump's own symbols. What cannot be found is added to
 * info.unknown, here and below. Returns 0 or -FAULT_MEMORY; analysis_clear has to follow in either case.
 */
int analysis_load_symbols(struct analysis *analysis, bool want_map, struct fault *fault);

/* After the symbols: load the types, the modules with their symbols, and the clock. Returns 0 or -FAULT_MEMORY. */
int analysis_load_types(struct analysis *analysis, struct fault *fault);

void analysis_clear(struct analysis *analysis);

/* Print everything; the log comes last. contents is NULL when not all pages were read. */
void analysis_print(struct analysis *analysis, struct report *report, const char *file,
		    const struct contents *contents);

/* Write the symbols as a System.map, with the addresses that the kernel was linked to. Call it before
 * analysis_load_types, which adds the symbols of modules. */
void analysis_write_system_map(const struct analysis *analysis, FILE *file);

#endif
