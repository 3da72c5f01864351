/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole reads of a file at an offset: a call that is interrupted, or does a part only, is continued. */
#ifndef SAVE_FILE_H
#define SAVE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Read size bytes. Returns how many there are, less than size only at the end of the file; -1 with errno. */
ssize_t file_read_at(int fd, void *out, size_t size, uint64_t offset);

#endif
