/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop around write(), for all that write to a descriptor: signals interrupt calls, and the system may write less
 * than it was given. It relies on nothing but the descriptor.
 */
#include <errno.h>
#include <unistd.h>

#include "dump/write.h"

/* offset NULL: where the descriptor stands */
static size_t write_until_done(int fd, const unsigned char *data, size_t size, const uint64_t *offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = offset ? pwrite(fd, data + done, size - done, (off_t)(*offset + done))
				   : write(fd, data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ENOSPC; /* some drivers say no more at the end of their device */
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

size_t write_all(int fd, const void *data, size_t size)
{
	return write_until_done(fd, data, size, NULL);
}

size_t write_all_at(int fd, const void *data, size_t size, uint64_t offset)
{
	return write_until_done(fd, data, size, &offset);
}
