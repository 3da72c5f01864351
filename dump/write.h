/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing to descriptors until everything is written. */
#ifndef DUMP_WRITE_H
#define DUMP_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Write size bytes where the descriptor stands; write_all_at: at an offset of the file, in bytes. Return how many bytes
 * were written: less than size only after a failure, whose reason is in errno.
 */
size_t write_all(int fd, const void *data, size_t size);
size_t write_all_at(int fd, const void *data, size_t size, uint64_t offset);

#define WRITE_DIRECT_ALIGN 4096u /* no disk has larger sectors; a file system that wants more refuses, see below */

/* Switch O_DIRECT of a file or a block device, not of a pipe. False: the file system does not allow it. */
bool write_set_direct(int fd, bool on);

/*
 * write_all_at for a file with O_DIRECT: whole blocks of WRITE_DIRECT_ALIGN bytes, where they are aligned in memory as
 * well, go past the page cache. Everything else goes through it, so that no byte beside those given is written here.
 * *direct is set to false, and O_DIRECT off, once the file system refuses it; what it refused is then written without.
 */
size_t write_direct_at(int fd, bool *direct, const void *data, size_t size, uint64_t offset);

#endif
