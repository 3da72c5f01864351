/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who knows of each page frame what it was used for, and whether it is wanted. */
#ifndef LKCD_CLASSIFIER_H
#define LKCD_CLASSIFIER_H

#include <stdbool.h>
#include <stdint.h>

#include "lkcd/page.h"

/* What is known of a page frame. Unknown is kept: when in doubt, keep the page. */
struct verdict {
	bool keep;
	enum page_class class; /* of a frame that is kept */
};

/* Embedded as first member in each implementation. */
struct classifier {
	uint64_t code_first,
		code_end; /* frames of the kernel's own code, where class_of's counts end; equal: not known */

	/* The verdict on frame; *count (at least 1, at most most) says for how many frames from it on it holds. */
	struct verdict (*class_of)(struct classifier *classifier, uint64_t frame, uint64_t most, uint64_t *count);
};

#endif
