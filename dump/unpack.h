/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decompresses pages one after the other, with a decoder that is kept between calls. Each thread needs its own. */
#ifndef DUMP_UNPACK_H
#define DUMP_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/page.h"

/* All zero at the start. */
struct unpack {
	const struct codec *codec; /* the codec of state */
	void *state;
	unsigned char *plain; /* the run that was decompressed last */
	size_t room;
};

/*
 * Decompress a run in place of its data, which are then borrowed until the next call. A plain run is left as it is.
 * Returns 0; -FAULT_DAMAGED when the data do not decompress to exactly page->pages pages; or -FAULT_MEMORY.
 */
int unpack_page(struct unpack *unpack, struct page *page, uint32_t page_size, struct fault *fault);

/*
 * Decompress the data of a compressed run into exactly size bytes at out. Returns 0, -FAULT_DAMAGED or -FAULT_MEMORY.
 */
int unpack_into(struct unpack *unpack, const struct page *page, void *out, size_t size, struct fault *fault);

/* Free everything. */
void unpack_close(struct unpack *unpack);

#endif
