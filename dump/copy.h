/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The copy loop: from a source into a sink. */
#ifndef DUMP_COPY_H
#define DUMP_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "lkcd/findings.h"
#include "lkcd/sink.h"
#include "lkcd/source.h"

struct copy {
	struct findings *findings;        /* set by the caller: receives the faults of lost pages */
	bool strict;                      /* set by the caller: stop at the first finding, with -FAULT_DAMAGED */
	void (*progress)(void *argument); /* set by the caller: called now and then; may be NULL */
	void *progress_argument;          /* set by the caller */

	uint64_t pages;   /* page frames copied */
	bool whole;       /* no page is known to be lost, and the dump had its end */
	size_t map_bytes; /* memory of the page map */
};

/*
 * Copy every page. Returns 0 when the sink is finished; copy->whole is false when pages were lost. Returns a negative
 * fault when the copy failed. The caller still has to commit the sink's output.
 */
int copy_pages(struct copy *copy, struct source *source, struct sink *sink, struct fault *fault);

/*
 * Read every page and add its frame to map (NULL: only read); damaged pages are passed over. *ascending is set when the
 * addresses ascend. Each run also goes to also->put, unless also is NULL. Returns 0; -FAULT_CUT when the dump is
 * truncated; or another fault. The source is then at its end.
 */
int copy_map(struct source *source, struct pagemap *map, bool *ascending, struct sink *also, struct fault *fault);

#endif
