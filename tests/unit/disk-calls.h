/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that take libc's place in the test that includes this: they note what is written and synced, fail or end the
 * process on demand, and are as strict about O_DIRECT as the strictest disk, so that no test depends on the file
 * system.
 */
#ifndef TESTS_DISK_CALLS_H
#define TESTS_DISK_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BLOCK 4096u
#define EVENTS 3000u

struct event {
	bool sync; /* else a write */
	uint64_t offset;
	size_t size;
	unsigned char *data;
};

static struct {
	bool real;           /* O_DIRECT is the file system's own; else it is played here */
	bool direct;         /* the played O_DIRECT is on */
	bool refuse_flag;    /* a file system without O_DIRECT */
	unsigned refuse_at;  /* the direct write from which on they are refused; 0: never */
	bool short_writes;   /* direct writes do only a part, in sectors */
	unsigned fail_at;    /* the call that fails; 0: none */
	unsigned kill_at;    /* the call that the process ends before */
	unsigned calls;      /* writes and syncs */
	unsigned directs;    /* direct writes */
	unsigned unaligned;  /* direct writes that no disk would do */
	size_t direct_bytes; /* written so */
	struct event events[EVENTS];
	unsigned count;
} layer;

static void layer_reset(void)
{
	for (unsigned i = 0; i < layer.count; i++)
		free(layer.events[i].data);
	memset(&layer, 0, sizeof(layer));
}

static void note(bool sync, uint64_t offset, size_t size, const void *data)
{
	struct event *event = &layer.events[layer.count];

	if (layer.count == EVENTS)
		return;
	layer.count++;
	*event = (struct event){ .sync = sync, .offset = offset, .size = size };
	if (size) {
		event->data = malloc(size);
		memcpy(event->data, data, size);
	}
}

/* Count a call; true when it fails. */
static bool fails(void)
{
	layer.calls++;
	if (layer.calls == layer.kill_at)
		_exit(9);
	errno = EIO;
	return layer.calls == layer.fail_at;
}

static bool is_direct(int fd)
{
	return layer.real ? syscall(SYS_fcntl, fd, F_GETFL) & O_DIRECT : layer.direct;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
	ssize_t n;

	if (fails())
		return -1;
	if (is_direct(fd)) {
		bool bad = (uintptr_t)data % BLOCK || size % BLOCK || (uint64_t)offset % BLOCK;

		layer.directs++;
		layer.unaligned += bad;
		errno = EINVAL;
		if (bad || (layer.refuse_at && layer.directs >= layer.refuse_at))
			return -1;
		if (layer.short_writes)
			size = (size + 1023) / 1024 * 512;
		layer.direct_bytes += size;
	}
	n = syscall(SYS_pwrite64, fd, data, size, offset);
	if (n > 0)
		note(false, (uint64_t)offset, (size_t)n, data);
	return n;
}

int fsync(int fd)
{
	if (fails())
		return -1;
	note(true, 0, 0, NULL);
	return (int)syscall(SYS_fsync, fd);
}

int fcntl(int fd, int command, ...)
{
	va_list args;
	long argument;

	va_start(args, command);
	argument = va_arg(args, long);
	va_end(args);
	if (command == F_SETFL && (argument & O_DIRECT) && layer.refuse_flag) {
		errno = EINVAL;
		return -1;
	}
	if (command == F_SETFL && !layer.real) {
		layer.direct = argument & O_DIRECT;
		argument &= ~(long)O_DIRECT;
	}
	if (command == F_GETFL && layer.direct)
		return (int)syscall(SYS_fcntl, fd, command, argument) | O_DIRECT;
	return (int)syscall(SYS_fcntl, fd, command, argument);
}

#endif
