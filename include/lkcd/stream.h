/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inputs: a file, a device or a pipe. Readers see no difference except for seeking. */
#ifndef LKCD_STREAM_H
#define LKCD_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lkcd/fault.h"

struct stream;

#define STREAM_PEEK_MAX (64u << 20)
#define STREAM_SIZE_UNKNOWN UINT64_MAX

/* Open a path, or "-" for standard input. Returns NULL and fills *fault. Refuses terminals and directories. */
struct stream *stream_open(const char *path, struct fault *fault);

/* Read from memory (borrowed until close) as a seekable file or, when pipe is set, as a pipe. */
struct stream *stream_open_memory(const void *data, size_t size, bool pipe, struct fault *fault);

/*
 * A second stream over the same input, with a position and a buffer of its own: it starts at offset 0. Seekable streams
 * only; close it before the first one, whose descriptor it borrows. NULL and *fault.
 */
struct stream *stream_fork(const struct stream *stream, struct fault *fault);

void stream_close(struct stream *stream); /* NULL is harmless */

const char *stream_name(const struct stream *stream); /* the path, or "standard input" */
bool stream_seekable(const struct stream *stream);
uint64_t stream_offset(const struct stream *stream); /* bytes from the start, always known */
uint64_t stream_size(const struct stream *stream);   /* bytes, or STREAM_SIZE_UNKNOWN */

/*
 * Look ahead want bytes (at most STREAM_PEEK_MAX) without moving. *have is the number available: less than want only at
 * the end of the input, more when more are buffered. The buffer grows as bytes arrive, not as they are asked for. The
 * pointer is borrowed until the next call. Returns NULL only for a read error.
 */
const void *stream_peek(struct stream *stream, size_t want, size_t *have, struct fault *fault);

/*
 * From now on, peeks, and reads that use them, treat the file as if it ended at offset; UINT64_MAX: no limit. For live
 * memory that must not be touched: peeks read ahead. Streams over memory ignore it.
 */
void stream_keep_below(struct stream *stream, uint64_t offset);

/* Copy size bytes and move on. -FAULT_CUT when the input ends earlier. */
int stream_read(struct stream *stream, void *out, size_t size, struct fault *fault);

/* Move on by size bytes, without reading them where possible. -FAULT_CUT when the input is known to end earlier. */
int stream_skip(struct stream *stream, uint64_t size, struct fault *fault);

/* Move to an absolute offset; back only when seekable. An offset past the end is found by the next read. */
int stream_seek(struct stream *stream, uint64_t offset, struct fault *fault);

/* Read size bytes at offset without moving; seekable streams only. -FAULT_CUT when the input ends earlier. */
int stream_read_at(struct stream *stream, uint64_t offset, void *out, size_t size, struct fault *fault);

/*
 * Make a pipe seekable: copy all of it to an unlinked file in TMPDIR (/var/tmp when unset). Only peeks may have been
 * done before. A seekable stream is left as it is.
 */
int stream_spool(struct stream *stream, struct fault *fault);

/* Read from an open descriptor, which the stream owns from now on: for extracted containers. */
struct stream *stream_open_fd(int fd, const char *name, struct fault *fault);

/*
 * Read through a function of the caller's, as a pipe that is known to hold size bytes. read returns how many bytes it
 * put into out, 0 at the end, -1 with errno.
 */
struct stream *stream_open_calls(ssize_t (*read)(void *argument, void *out, size_t size), void *argument, uint64_t size,
				 const char *name, struct fault *fault);

/* Create an unlinked file in TMPDIR, for spools. Returns its descriptor, or -1 and fills *fault. */
int stream_temporary(struct fault *fault);

#endif
