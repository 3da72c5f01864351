/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where faults go that do not end the work: a lost page, an END that is missing. */
#ifndef LKCD_FINDINGS_H
#define LKCD_FINDINGS_H

#include <stdint.h>

#include "lkcd/fault.h"

/* Implemented by mains (which print) and by lkcd-verify (which collects). */
struct findings {
	void (*found)(struct findings *findings, const struct fault *fault); /* fault is borrowed for the call */
	uint64_t count;                                                      /* faults found so far */
};

/* Count a fault and hand it on. */
static inline void findings_add(struct findings *findings, const struct fault *fault)
{
	findings->count++;
	if (findings->found)
		findings->found(findings, fault);
}

#endif
