/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A way to compress pages. One const object for each, in compress/; its numbers in dumps are in the formats. */
#ifndef LKCD_CODEC_H
#define LKCD_CODEC_H

#include <stdbool.h>
#include <stddef.h>

struct codec {
	const char *name;                        /* as the user writes it: -c NAME */
	int level_min, level_max, level_default; /* all 0: has no levels */
	bool sums; /* its output carries a checksum of the plain bytes, which decode compares */

	/* State of one thread, reused for every page; NULL when out of memory. Decoding ignores the level. */
	void *(*open)(int level);
	void (*close)(void *state);

	/* Compress size bytes into at most room. Returns the compressed size; 0 when it does not fit. NULL: read only.
	 */
	size_t (*encode)(void *state, void *out, size_t room, const void *in, size_t size);

	/* Decompress packed bytes into exactly size. Returns 0; -1 when the data are damaged, shorter or longer. */
	int (*decode)(void *state, void *out, size_t size, const void *in, size_t packed);
};

#endif
