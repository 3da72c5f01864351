/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop around write(): what it makes of interrupted, short and failing calls. The calls below take libc's place. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dump/write.h"
#include "tests/unit/folder.h"
#include "tests/unit/random.h"
#include "tests/unit/tap.h"

static struct {
	unsigned interrupt; /* every how many-th call is interrupted; 0: none */
	size_t most;        /* bytes that a call writes at most; 0: all */
	size_t room;        /* bytes that there is room for */
	int full;           /* errno of a call when there is no room; 0: it returns 0 */
	unsigned calls;
	size_t written;
} layer;

/* What the next call does: bytes it may write, 0 and errno where it returns result instead. */
static size_t next_call(size_t size, ssize_t *result)
{
	layer.calls++;
	*result = -1;
	if (layer.interrupt && layer.calls % layer.interrupt == 0) {
		errno = EINTR;
		return 0;
	}
	if (layer.room == layer.written) {
		errno = layer.full;
		*result = layer.full ? -1 : 0;
		return 0;
	}
	if (layer.most && size > layer.most)
		size = layer.most;
	if (size > layer.room - layer.written)
		size = layer.room - layer.written;
	layer.written += size;
	return size;
}

ssize_t write(int fd, const void *data, size_t size)
{
	ssize_t result;

	if (fd <= 2)
		return syscall(SYS_write, fd, data, size);
	size = next_call(size, &result);
	return size ? syscall(SYS_write, fd, data, size) : result;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
	ssize_t result;

	size = next_call(size, &result);
	return size ? syscall(SYS_pwrite64, fd, data, size, offset) : result;
}

#define SIZE 100000u

static struct folder folder;
static unsigned char content[SIZE];

/* Write content, at an offset or where the file stands, and compare what is in the file with what came back. */
static void written(bool at, size_t want, int error, const char *what)
{
	static unsigned char file[SIZE + 7];
	int fd = open(folder_name(&folder, "file"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t done;

	memcpy(file + 7, content, SIZE);
	layer.calls = 0;
	layer.written = 0;
	if (lseek(fd, 7, SEEK_SET) != 7)
		printf("Bail out! cannot seek\n");
	errno = 0;
	done = at ? write_all_at(fd, content, SIZE, 7) : write_all(fd, content, SIZE);
	ok(done == want && (done == SIZE || errno == error), "%s%s: %zu bytes of %u, then %s", what, at ? ", at" : "",
	   done, SIZE, done < SIZE ? strerror(errno) : "no error");
	close(fd);
	ok(folder_holds(&folder, "file", file, want ? want + 7 : 0), "%s%s: these are in the file", what,
	   at ? ", at" : "");
}

int main(void)
{
	uint64_t seed = 1;

	random_fill(&seed, content, SIZE);
	if (!folder_make(&folder))
		return 1;
	for (int at = 0; at < 2; at++) {
		layer.room = SIZE_MAX;
		layer.interrupt = 0;
		layer.most = 0;
		written(at, SIZE, 0, "whole");
		layer.most = 777;
		written(at, SIZE, 0, "short writes");
		layer.interrupt = 2;
		written(at, SIZE, 0, "short and interrupted writes");
		layer.room = 5000;
		layer.full = ENOSPC;
		written(at, 5000, ENOSPC, "no room");
		layer.full = 0;
		written(at, 5000, ENOSPC, "a device's end that takes nothing and gives no reason");
		layer.room = 0;
		layer.full = EIO;
		written(at, 0, EIO, "an error at once");
	}
	folder_remove(&folder);
	return tap_done();
}
