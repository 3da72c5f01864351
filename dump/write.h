/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Complete writes to descriptors. */
#ifndef DUMP_WRITE_H
#define DUMP_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Write size bytes at the descriptor's position; write_all_at: at an offset of the file, in bytes. Return the number of
 * bytes written: less than size only after a failure, with errno set.
 */
size_t write_all(int fd, const void *data, size_t size);
size_t write_all_at(int fd, const void *data, size_t size, uint64_t offset);

#define WRITE_DIRECT_ALIGN 4096u /* no disk has larger sectors; a file system that needs more refuses, see below */

/* Switch O_DIRECT of a file or a block device, not of a pipe. False: the file system does not allow it. */
bool write_set_direct(int fd, bool on);

/*
 * write_all_at for a file with O_DIRECT: whole blocks of WRITE_DIRECT_ALIGN bytes, where they are aligned in memory as
 * well, bypass the page cache. Everything else goes through it, so that only the given bytes are written. When the file
 * system refuses O_DIRECT, *direct is set to false, O_DIRECT is switched off, and the rest is written without it.
 */
size_t write_direct_at(int fd, bool *direct, const void *data, size_t size, uint64_t offset);

#endif
