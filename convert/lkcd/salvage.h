/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A header block for an image whose own is damaged or lost, so that its records can be read. For lkcd-repair. */
#ifndef CONVERT_LKCD_SALVAGE_H
#define CONVERT_LKCD_SALVAGE_H

#include "lkcd/stream.h"

enum lkcd_salvage_how {
	LKCD_SALVAGE_GOOD,   /* nothing is wrong that a checksum could tell: block is NULL */
	LKCD_SALVAGE_MENDED, /* one bit was wrong: with it set right, the checksum holds */
	LKCD_SALVAGE_OTHER,  /* taken from another image */
	LKCD_SALVAGE_MADE,   /* made from the records and what the caller knows */
	LKCD_SALVAGE_HURT,   /* its checksum does not hold, and it is believed as it stands: block is NULL */
};

struct lkcd_salvage {
	struct stream *other;          /* set by the caller: an image of the same machine; NULL: none */
	const struct machine *machine; /* set by the caller; NULL: not known */

	enum lkcd_salvage_how how;
	unsigned char *block; /* the caller's to free */
	size_t size;
	uint64_t first; /* offset of the first record in the file */
};

/* Find a header for a stream that can seek. Returns 0 or a fault; the stream is at its start then. */
int lkcd_salvage_header(struct lkcd_salvage *salvage, struct stream *stream, struct fault *fault);

#endif
