/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DUMP_SPARSE_H
#define DUMP_SPARSE_H

#include <stdint.h>

#include "lkcd/output.h"

/*
 * Write plain pages, size bytes in all, at offset. Zero pages are passed over: what was never written reads as zero,
 * and a pipe gets zeros when something behind them is written. The caller sees to it that the output reaches its end.
 */
int sparse_write(struct output *output, uint64_t offset, const void *data, uint64_t size, uint32_t page_size,
		 struct fault *fault);

#endif
