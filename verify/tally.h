/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sink of a check: every page is counted, and decompressed if that is wanted. */
#ifndef VERIFY_TALLY_H
#define VERIFY_TALLY_H

#include "lkcd/findings.h"
#include "lkcd/sink.h"
#include "verify/ranges.h"
#include "verify/seal.h"

struct tally {
	struct sink sink; /* pass this to copy_pages */
	struct findings *findings;
	struct sink *unpacker; /* decompresses pages; NULL: they are not decompressed */
	struct ranges memory;
	const struct seal
		*seal; /* set by the caller after tally_open and seal_check: pages in broken pieces are lost; or NULL */

	uint64_t pages[PAGE_CLASSES]; /* pages so far, without those outside of all memory ranges */
	unsigned pass;                /* the highest tally_pass() so far */
	bool disordered;              /* a page of a lower pass came later */
};

/*
 * unpack: decompress pages, in threads. Pages that do not decompress, or that are outside the dump's memory ranges,
 * become findings. Returns 0 or a fault; tally_clear must follow in both cases.
 */
int tally_open(struct tally *tally, bool unpack, unsigned threads, struct findings *findings, struct fault *fault);

/* The pass of a class in an image whose pages are in passes: 0, 1 or 2. */
unsigned tally_pass(enum page_class class);

void tally_clear(struct tally *tally);

#endif
