/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads for saving, which must know whether all bytes arrived: a signal ends a call of the system early. dump/stream.c
 * does more, dump/write.c the same for writing.
 */
#include <errno.h>
#include <unistd.h>

#include "save/file.h"

ssize_t file_read_at(int fd, void *out, size_t size, uint64_t offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, (char *)out + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}
