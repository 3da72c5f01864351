/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sink of a check: every page is unpacked, counted and let go. */
#ifndef VERIFY_TALLY_H
#define VERIFY_TALLY_H

#include "lkcd/findings.h"
#include "lkcd/sink.h"
#include "verify/ranges.h"
#include "verify/seal.h"

struct tally {
	struct sink sink; /* hand this to copy_pages */
	struct findings *findings;
	struct sink *unpacker; /* takes the packed pages; NULL: they are not unpacked */
	struct ranges memory;
	const struct seal
		*seal; /* set by the caller after tally_open, and checked: its broken pieces hurt pages; or NULL */

	uint64_t pages[PAGE_CLASSES]; /* that came, but for those outside of memory */
	unsigned pass;                /* the highest tally_pass() of these */
	bool disordered;              /* a page of a lower one came behind it */
};

/*
 * unpack: threads take packed pages apart. Pages that do not unpack, or that are where the dump says that there was no
 * memory, go to findings. Returns 0 or a fault; tally_clear after either.
 */
int tally_open(struct tally *tally, bool unpack, unsigned threads, struct findings *findings, struct fault *fault);
/* The pass in which pages of a class come where an image says that they come in passes: 0, 1 or 2. */
unsigned tally_pass(enum page_class class);

void tally_clear(struct tally *tally);

#endif
