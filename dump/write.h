/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing to descriptors until everything is written. */
#ifndef DUMP_WRITE_H
#define DUMP_WRITE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Write size bytes where the descriptor stands; write_all_at: at an offset of the file, in bytes. Return how many bytes
 * were written: less than size only after a failure, whose reason is in errno.
 */
size_t write_all(int fd, const void *data, size_t size);
size_t write_all_at(int fd, const void *data, size_t size, uint64_t offset);

#endif
