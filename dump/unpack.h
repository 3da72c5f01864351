/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packed pages made plain, a piece at a time, by somebody who needs their bytes outside the pipeline. */
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
	unsigned char *unit; /* the piece that was unpacked last */
	size_t room;
};

/*
 * Make a packed run plain: its data are then borrowed until the next call. A plain one is left as it is. -FAULT_DAMAGED
 * when the data do not unpack to just that many pages.
 */
int unpack_page(struct unpack *unpack, struct page *page, uint32_t page_size, struct fault *fault);

/* Let go of everything. */
void unpack_close(struct unpack *unpack);

#endif
