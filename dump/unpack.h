/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packed pages made plain, one after the other, with a decoder that is kept between them. One for each thread. */
#ifndef DUMP_UNPACK_H
#define DUMP_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/page.h"

/* All zero at the start. */
struct unpack {
	const struct codec *codec; /* that state belongs to */
	void *state;
	unsigned char *plain; /* the run that was unpacked last */
	size_t room;
};

/*
 * Make a packed run plain: its data are then borrowed until the next call. A plain one is left as it is. -FAULT_DAMAGED
 * when the data do not unpack to just that many pages.
 */
int unpack_page(struct unpack *unpack, struct page *page, uint32_t page_size, struct fault *fault);

/*
 * Unpack the data of a packed run into size bytes at out, which is all that they hold. Returns 0, -FAULT_DAMAGED or
 * -FAULT_MEMORY.
 */
int unpack_into(struct unpack *unpack, const struct page *page, void *out, size_t size, struct fault *fault);

/* Free everything. */
void unpack_close(struct unpack *unpack);

#endif
