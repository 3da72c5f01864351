/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The repair of a damaged LKCD image: copy(salvaged source, prove(pipeline(sink))). */
#ifndef VERIFY_REPAIR_H
#define VERIFY_REPAIR_H

#include "convert/lkcd/salvage.h"
#include "dump/copy.h"

struct repair {
	struct lkcd_salvage salvage; /* set by the caller: other, machine; on return the origin of its header */
	struct findings *findings;   /* set by the caller: gets everything that is wrong */
	struct copy copy;            /* set by the caller: progress */
	unsigned threads;            /* set by the caller */

	bool whole;           /* no page is lost, and none was missing when the image was written */
	uint64_t saved, lost; /* page frames; lost: at least that many */
};

/*
 * Write the good pages of an image to the output, which the caller commits. A pipe is spooled, also that of
 * salvage.other. Returns 0, even if pages are lost, or a fault. repair_clear must follow in both cases.
 */
int repair_image(struct repair *repair, struct stream *stream, struct output *output, struct fault *fault);
void repair_clear(struct repair *repair);

#endif
