/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DUMP_SPARSE_H
#define DUMP_SPARSE_H

#include <stdint.h>

#include "lkcd/output.h"

/*
 * Write plain pages, size bytes in all, at offset. Zero pages are skipped: bytes never written read as zero, and a pipe
 * gets zeros when something after them is written. The caller must make sure that the output reaches its full length.
 * Returns 0 or a fault of output_write_at.
 */
int sparse_write(struct output *output, uint64_t offset, const void *data, uint64_t size, uint32_t page_size,
		 struct fault *fault);

#endif
