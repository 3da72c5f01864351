/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All of a file, read by threads in blocks. A block belongs to the thread that read it: it is walked over, which
 * happens to one block at a time and in their order, and then worked on, side by side with others.
 */
#ifndef DUMP_SWEEP_H
#define DUMP_SWEEP_H

#include "lkcd/stream.h"

struct sweep_block {
	uint64_t offset;           /* in the file */
	const unsigned char *data; /* valid for the call */
	size_t size;               /* bytes of the block: less than asked for only at the end */
	size_t have;               /* bytes at data: as many more as asked for, up to the end */
	uint64_t mark;             /* the walk's, for the work */
};

struct sweep {
	struct stream *stream; /* seekable; nobody moves it meanwhile */
	uint64_t start, end;   /* offsets */
	size_t block, more;    /* bytes of a block, and how many are read beyond */
	unsigned threads;      /* the caller's is one of them */
	/* Either may be NULL. False: that is enough, no further block is needed. */
	bool (*walk)(struct sweep *sweep, struct sweep_block *block);
	bool (*work)(struct sweep *sweep, struct sweep_block *block);
};

/*
 * Do it. Returns 1 when every block was gone through, 0 when that was enough before, or the negative of the read fault
 * that was met first in the file, or -FAULT_MEMORY.
 */
int sweep_run(struct sweep *sweep, struct fault *fault);

#endif
