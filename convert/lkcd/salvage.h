/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds a header block for an image whose own is damaged or lost, so that its records can be read. For lkcd-repair. */
#ifndef CONVERT_LKCD_SALVAGE_H
#define CONVERT_LKCD_SALVAGE_H

#include "lkcd/stream.h"

enum lkcd_salvage_how {
	LKCD_SALVAGE_GOOD,     /* no damage was found: block is NULL */
	LKCD_SALVAGE_REPAIRED, /* one bit was wrong: with it corrected, the checksum matches */
	LKCD_SALVAGE_OTHER,    /* copied from another image */
	LKCD_SALVAGE_MADE,     /* made from the records and the caller's machine */
	LKCD_SALVAGE_DAMAGED,  /* its checksum does not match, and it is used as it is: block is NULL */
};

struct lkcd_salvage {
	struct stream *other;          /* set by the caller: an image of the same machine; NULL: none */
	const struct machine *machine; /* set by the caller; NULL: not known */

	enum lkcd_salvage_how how;
	unsigned char *block; /* the caller frees it */
	size_t size;
	uint64_t first; /* offset of the first record in the file */
};

/* Find a header block. The stream must be seekable. Returns 0, with the stream at its start, or a fault. */
int lkcd_salvage_header(struct lkcd_salvage *salvage, struct stream *stream, struct fault *fault);

#endif
