/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be saved of a damaged LKCD image: copy(salvaged source, prove(pipeline(sink))). */
#ifndef VERIFY_REPAIR_H
#define VERIFY_REPAIR_H

#include "convert/lkcd/salvage.h"
#include "dump/copy.h"

struct repair {
	struct lkcd_salvage salvage; /* set by the caller: other, machine; how its header was come by is told there */
	struct findings *findings;   /* set by the caller: whatever is wrong is told here */
	struct copy copy;            /* set by the caller: progress */
	unsigned threads;            /* set by the caller */

	bool whole;           /* no page is lost, and none was when the image was written */
	uint64_t saved, lost; /* page frames; lost as far as it is known how many */
};

/*
 * Write what is good of an image to the output, which still has to be committed. A pipe is spooled, also that of
 * salvage.other. Returns 0, though pages may be lost, or a fault. repair_clear after either.
 */
int repair_image(struct repair *repair, struct stream *stream, struct output *output, struct fault *fault);
void repair_clear(struct repair *repair);

#endif
