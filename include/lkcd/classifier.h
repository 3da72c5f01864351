/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decides for each page frame which class it is of, and whether it is kept. */
#ifndef LKCD_CLASSIFIER_H
#define LKCD_CLASSIFIER_H

#include <stdbool.h>
#include <stdint.h>

#include "lkcd/page.h"

/* The decision on a page frame. Unknown frames are kept: when in doubt, keep the page. */
struct verdict {
	bool keep;
	enum page_class class; /* of a frame that is kept */
};

/* Embedded as first member in each implementation. */
struct classifier {
	/* Frames of the kernel's code; no count of class_of crosses their bounds. Equal: unknown. */
	uint64_t code_first, code_end;

	/* The verdict on frame. *count (at least 1, at most most) is the number of frames from it on that share it. */
	struct verdict (*class_of)(struct classifier *classifier, uint64_t frame, uint64_t most, uint64_t *count);
};

#endif
