/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How saving reports what it does to its caller, as it goes. */
#ifndef SAVE_STEPS_H
#define SAVE_STEPS_H

#include <stdint.h>

/* Implemented by mains, which print. */
struct steps {
	/* A step was done, or failed without harm: a sentence without its full stop. */
	void (*report)(struct steps *steps, const char *sentence);
	/* done of total bytes are copied. May be NULL. */
	void (*progress)(struct steps *steps, uint64_t done, uint64_t total);
};

/* Report a sentence, of at most 600 bytes. */
__attribute__((format(printf, 2, 3))) void steps_report(struct steps *steps, const char *format, ...);

#endif
