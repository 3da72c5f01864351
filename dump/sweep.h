/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a part of a file by threads, in blocks. The thread that has read a block first walks it, one block at a time in
 * file order, and then works on it, in parallel with other threads.
 */
#ifndef DUMP_SWEEP_H
#define DUMP_SWEEP_H

#include "lkcd/stream.h"

struct sweep_block {
	uint64_t offset;           /* in the file */
	const unsigned char *data; /* valid for the call */
	size_t size;               /* bytes of the block: less than sweep.block only at the end */
	size_t have;               /* bytes at data: size plus sweep.more, up to the end */
	uint64_t mark;             /* set by walk(), for work() */
};

struct sweep {
	struct stream *stream; /* seekable; must not be moved meanwhile */
	uint64_t start, end;   /* offsets */
	size_t block, more;    /* bytes of a block, and how many after it are read with it */
	unsigned threads;      /* the caller's is one of them */
	/* Either may be NULL. They return false when no further block is needed. */
	bool (*walk)(struct sweep *sweep, struct sweep_block *block);
	bool (*work)(struct sweep *sweep, struct sweep_block *block);
};

/*
 * Run it. Returns 1 when every block was processed; 0 when walk() or work() ended it earlier; the read fault with the
 * lowest offset; or -FAULT_MEMORY.
 */
int sweep_run(struct sweep *sweep, struct fault *fault);

#endif
