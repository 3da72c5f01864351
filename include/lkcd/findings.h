/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Receives faults that do not end the work: a lost page, a missing END record. */
#ifndef LKCD_FINDINGS_H
#define LKCD_FINDINGS_H

#include <stdint.h>

#include "lkcd/fault.h"

/* Implemented by mains (which print) and by lkcd-verify (which collects). */
struct findings {
	void (*found)(struct findings *findings, const struct fault *fault); /* fault is borrowed for the call */
	uint64_t count;                                                      /* faults found so far */
};

/* Count a fault and pass it to found(). */
static inline void findings_add(struct findings *findings, const struct fault *fault)
{
	findings->count++;
	if (findings->found)
		findings->found(findings, fault);
}

#endif
