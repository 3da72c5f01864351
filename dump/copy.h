/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one loop: from a source into a sink. */
#ifndef DUMP_COPY_H
#define DUMP_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "lkcd/findings.h"
#include "lkcd/sink.h"
#include "lkcd/source.h"

struct copy {
	struct findings *findings;           /* set by the caller: where what is lost is told */
	bool strict;                         /* set by the caller: the first finding ends it, with -FAULT_DAMAGED */
	void (*progress)(struct copy *copy); /* set by the caller: called now and then; may be NULL */

	uint64_t pages;   /* page frames copied */
	bool whole;       /* nothing was found to be lost, and the dump had its end */
	size_t map_bytes; /* what the page map took */
};

/*
 * Copy every page. Returns 0 when the sink is finished, though pages may be lost (copy->whole tells); otherwise the
 * negative fault that ended it. The sink's output still has to be committed.
 */
int copy_pages(struct copy *copy, struct source *source, struct sink *sink, struct fault *fault);

/*
 * Read every page, and what is damaged, to add the frames that come to map (NULL: only read). *ascending says whether
 * their addresses were. Each run also goes to also->put, unless that is NULL. Returns 0; -FAULT_CUT when the dump is
 * cut short; or another fault. The source is then at its end.
 */
int copy_map(struct source *source, struct pagemap *map, bool *ascending, struct sink *also, struct fault *fault);

#endif
