/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop around write(), for every writer of a descriptor: signals interrupt calls, and the system may write less
 * than asked. It also hides the alignment rules of O_DIRECT. It relies on nothing but the descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "dump/write.h"

/* offset NULL: at the descriptor's position */
static size_t write_until_done(int fd, const unsigned char *data, size_t size, const uint64_t *offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = offset ? pwrite(fd, data + done, size - done, (off_t)(*offset + done))
				   : write(fd, data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ENOSPC; /* some drivers return 0 at the end of their device */
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

bool write_set_direct(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && !fcntl(fd, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT);
}

/* Through the page cache: the kernel preserves the other bytes of the first and the last block. */
static size_t write_cached_at(int fd, bool *direct, const unsigned char *data, size_t size, uint64_t offset)
{
	size_t done;

	if (!size)
		return 0;
	if (*direct)
		write_set_direct(fd, false);
	done = write_all_at(fd, data, size, offset);
	*direct = *direct && done == size && write_set_direct(fd, true);
	return done;
}

/* Only whole, aligned blocks. Some file systems accept O_DIRECT and then refuse the first write with EINVAL. */
static size_t write_blocks_at(int fd, bool *direct, const unsigned char *data, size_t size, uint64_t offset)
{
	size_t done = write_all_at(fd, data, size, offset);

	if (done < size && *direct && errno == EINVAL && write_set_direct(fd, false)) {
		*direct = false;
		done += write_all_at(fd, data + done, size - done, offset + done);
	}
	return done;
}

size_t write_direct_at(int fd, bool *direct, const void *data, size_t size, uint64_t offset)
{
	const unsigned char *at = data;
	size_t head = -offset % WRITE_DIRECT_ALIGN, blocks = 0, done;

	if (head < size && (uintptr_t)(at + head) % WRITE_DIRECT_ALIGN == 0)
		blocks = (size - head) / WRITE_DIRECT_ALIGN * WRITE_DIRECT_ALIGN;
	if (!blocks)
		return write_cached_at(fd, direct, at, size, offset);
	done = write_cached_at(fd, direct, at, head, offset);
	if (done == head)
		done += write_blocks_at(fd, direct, at + head, blocks, offset + head);
	if (done == head + blocks)
		done += write_cached_at(fd, direct, at + done, size - done, offset + done);
	return done;
}
