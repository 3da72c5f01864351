/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into lkcd-save. FAULT_CALL names a call, FAULT_AT which one of them fails (from 1; 0: all), with
 * FAULT_ERRNO; with FAULT_CALL=any FAULT_ERRNO=kill the process is killed at the call of that number, whichever it is.
 * FAULT_FROM and FAULT_TO: reads of the file called "dev" that touch these bytes fail. FAULT_COUNT: a file that gets
 * the number of calls.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned long calls;

static void count_out(void) __attribute__((destructor));
static void count_out(void)
{
	const char *path = getenv("FAULT_COUNT");
	FILE *file = path ? fopen(path, "w") : NULL;

	if (file) {
		fprintf(file, "%lu\n", calls);
		fclose(file);
	}
}

static bool fails(const char *call)
{
	const char *which = getenv("FAULT_CALL"), *at = getenv("FAULT_AT"), *error = getenv("FAULT_ERRNO");

	if (!which || (strcmp(which, call) && strcmp(which, "any")))
		return false;
	calls++;
	if (!at || (atol(at) && calls != strtoul(at, NULL, 10)))
		return false;
	if (!strcmp(error, "kill"))
		kill(getpid(), SIGKILL);
	errno = atoi(error);
	return true;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static bool is_bad(int fd, size_t size, off_t offset)
{
	const char *from = getenv("FAULT_FROM"), *to = getenv("FAULT_TO");
	char link[64], path[4096];
	ssize_t n;

	if (!from || offset >= atol(to) || offset + (off_t)size <= atol(from))
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = 0;
	return n > 4 && !strcmp(path + n - 4, "/dev");
}

ssize_t pread64(int fd, void *out, size_t size, off64_t offset)
{
	if (is_bad(fd, size, offset)) {
		errno = EIO;
		return -1;
	}
	return fails("pread") ? -1 : REAL(pread64)(fd, out, size, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
	return fails("pwrite") ? -1 : REAL(pwrite64)(fd, data, size, offset);
}

ssize_t write(int fd, const void *data, size_t size)
{
	return fd > 2 && fails("write") ? -1 : REAL(write)(fd, data, size);
}

int fsync(int fd)
{
	return fails("fsync") ? -1 : REAL(fsync)(fd);
}

int linkat(int from, const char *path, int to, const char *name, int flags)
{
	return fails("linkat") ? -1 : REAL(linkat)(from, path, to, name, flags);
}

int renameat(int from, const char *path, int to, const char *name)
{
	return fails("renameat") ? -1 : REAL(renameat)(from, path, to, name);
}

int renameat2(int from, const char *path, int to, const char *name, unsigned flags)
{
	return fails("renameat2") ? -1 : REAL(renameat2)(from, path, to, name, flags);
}

int mkdirat(int at, const char *path, mode_t mode)
{
	return fails("mkdirat") ? -1 : REAL(mkdirat)(at, path, mode);
}
