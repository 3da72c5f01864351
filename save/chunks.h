/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a dump device, read once from start to end. The checker reads first; the last few chunks stay in memory,
 * so that the checked bytes can be written without reading the device again. A block that cannot be read is zeros.
 */
#ifndef SAVE_CHUNKS_H
#define SAVE_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lkcd/fault.h"
#include "lkcd/findings.h"

/* Bytes of the device that are read at a time, at a multiple of this: fits a second-level cache; larger ones were
 * slower. */
#define CHUNKS_SIZE (256u << 10)

struct chunks;

/*
 * Read a device of size bytes through fd, from the offset start on. fd and findings are borrowed until chunks_close;
 * each block that cannot be read is added to findings once. Returns NULL and fills *fault when memory is short.
 */
struct chunks *chunks_open(int fd, uint64_t start, uint64_t size, struct findings *findings, struct fault *fault);
void chunks_close(struct chunks *chunks); /* NULL is harmless */

/*
 * The next bytes of the device, at most size of them, into out: a function for stream_open_calls(), whose argument is
 * the struct chunks. Returns how many, 0 at the device's end, or -1 with errno when the device is gone.
 */
ssize_t chunks_read(void *argument, void *out, size_t size);

/*
 * Bytes of the device at an offset: from memory, or read again when they are no longer there. *data is borrowed until
 * the next call. Returns how many there are (at least one), 0 at the device's end, or -FAULT_READ.
 */
ssize_t chunks_find(struct chunks *chunks, uint64_t offset, const unsigned char **data, struct fault *fault);

/* Is the device gone? Then *fault has the offset; a stream over chunks_read() knows only that a read failed. */
bool chunks_gone(const struct chunks *chunks, struct fault *fault);

#endif
