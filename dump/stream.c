/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Streams: one buffer over a file, a device, a pipe, memory or a function. Only this file calls read() and lseek() on
 * inputs, so that every reader works on files and on pipes.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>

#include "dump/write.h"
#include "lkcd/stream.h"

#define BUFFER_SIZE (256u << 10) /* fits a second-level cache; larger reads were not faster */
#define BUFFER_ALIGN 4096u       /* of reads from files: the page cache copies whole pages much faster than parts */

struct stream {
	char *name;
	int fd; /* -1: memory, or the caller's function */
	ssize_t (*call)(void *argument, void *out, size_t size);
	void *argument;
	bool seekable, owns_fd;
	uint64_t size;             /* or STREAM_SIZE_UNKNOWN */
	uint64_t fd_offset;        /* of the next read(): the byte after data + have */
	const unsigned char *data; /* bytes read and not consumed: in buffer, or in the caller's memory */
	size_t have;
	unsigned char *buffer; /* NULL for memory */
	size_t room;
	bool at_end;
	uint64_t limit; /* no peek reads at or above this offset */
};

static struct stream *stream_new(const char *name, struct fault *fault)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (stream) {
		stream->fd = -1;
		stream->size = STREAM_SIZE_UNKNOWN;
		stream->limit = UINT64_MAX;
		stream->name = strdup(name);
	}
	if (!stream || !stream->name) {
		fault_memory(fault);
		free(stream);
		return NULL;
	}
	return stream;
}

void stream_close(struct stream *stream)
{
	if (!stream)
		return;
	if (stream->owns_fd && stream->fd >= 0)
		close(stream->fd);
	free(stream->buffer);
	free(stream->name);
	free(stream);
}

/* Find out what the descriptor is. A block device's size comes from an ioctl; it can seek like a file. */
static int stream_inspect(struct stream *stream, struct fault *fault)
{
	struct stat st;
	uint64_t size;
	off_t at;

	if (fstat(stream->fd, &st))
		return fault_set_errno(fault, FAULT_READ, FAULT_NOWHERE, "cannot read");
	if (S_ISDIR(st.st_mode))
		return fault_set(fault, FAULT_READ, FAULT_NOWHERE, FAULT_NOWHERE, "is a directory, not a dump");
	if (isatty(stream->fd))
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "a dump cannot be read from a terminal: name a file, or use a pipe");
	if (S_ISREG(st.st_mode))
		stream->size = (uint64_t)st.st_size;
	else if (S_ISBLK(st.st_mode) && !ioctl(stream->fd, BLKGETSIZE64, &size))
		stream->size = size;
	else
		return 0;
	at = lseek(stream->fd, 0, SEEK_CUR);
	/* A shell may pass a file that others have read from: the input is then the rest of it, as with a pipe. */
	stream->seekable = at == 0;
	if (at > 0)
		stream->size = (uint64_t)at < stream->size ? stream->size - (uint64_t)at : 0;
	return 0;
}

static unsigned char *new_buffer(size_t size)
{
	return aligned_alloc(BUFFER_ALIGN, size);
}

static struct stream *stream_use_descriptor(struct stream *stream, int fd, bool owns, struct fault *fault)
{
	stream->fd = fd;
	stream->owns_fd = owns;
	stream->buffer = new_buffer(BUFFER_SIZE);
	stream->room = BUFFER_SIZE;
	stream->data = stream->buffer;
	if (!stream->buffer)
		fault_memory(fault);
	else if (!stream_inspect(stream, fault))
		return stream;
	stream_close(stream);
	return NULL;
}

struct stream *stream_open(const char *path, struct fault *fault)
{
	bool standard = !strcmp(path, "-");
	struct stream *stream = stream_new(standard ? "standard input" : path, fault);
	int fd = STDIN_FILENO;

	if (!stream)
		return NULL;
	if (!standard) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			fault_set_errno(fault, FAULT_READ, FAULT_NOWHERE, "cannot open");
			stream_close(stream);
			return NULL;
		}
	}
	return stream_use_descriptor(stream, fd, !standard, fault);
}

struct stream *stream_open_fd(int fd, const char *name, struct fault *fault)
{
	struct stream *stream = stream_new(name, fault);

	if (!stream) {
		close(fd);
		return NULL;
	}
	return stream_use_descriptor(stream, fd, true, fault);
}

struct stream *stream_open_calls(ssize_t (*read)(void *argument, void *out, size_t size), void *argument, uint64_t size,
				 const char *name, struct fault *fault)
{
	struct stream *stream = stream_new(name, fault);

	if (!stream)
		return NULL;
	stream->call = read;
	stream->argument = argument;
	stream->size = size;
	stream->room = BUFFER_SIZE;
	stream->data = stream->buffer = new_buffer(BUFFER_SIZE);
	if (stream->buffer)
		return stream;
	fault_memory(fault);
	stream_close(stream);
	return NULL;
}

struct stream *stream_open_memory(const void *data, size_t size, bool pipe, struct fault *fault)
{
	struct stream *stream = stream_new("memory", fault);

	if (!stream)
		return NULL;
	stream->data = data;
	stream->have = size;
	stream->fd_offset = size;
	stream->at_end = true;
	stream->seekable = !pipe;
	if (!pipe)
		stream->size = size;
	return stream;
}

struct stream *stream_fork(const struct stream *stream, struct fault *fault)
{
	struct stream *fork;

	if (!stream->seekable) {
		fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE, "a pipe can only be read once");
		return NULL;
	}
	if (stream->fd < 0) /* memory: data may have advanced, so find its start */
		return stream_open_memory(stream->data + stream->have - (size_t)stream->fd_offset,
					  (size_t)stream->fd_offset, false, fault);
	fork = stream_new(stream->name, fault);
	if (!fork)
		return NULL;
	fork->fd = stream->fd;
	fork->seekable = true;
	fork->size = stream->size;
	fork->room = BUFFER_SIZE;
	fork->data = fork->buffer = new_buffer(BUFFER_SIZE);
	if (fork->buffer)
		return fork;
	fault_memory(fault);
	stream_close(fork);
	return NULL;
}

const char *stream_name(const struct stream *stream)
{
	return stream->name;
}

bool stream_seekable(const struct stream *stream)
{
	return stream->seekable;
}

uint64_t stream_offset(const struct stream *stream)
{
	return stream->fd_offset - stream->have;
}

uint64_t stream_size(const struct stream *stream)
{
	return stream->size;
}

/* read(), or pread() where the stream can seek, so that spools and read_at share the descriptor. */
static ssize_t read_stream_bytes(const struct stream *stream, void *out, size_t size, uint64_t offset)
{
	ssize_t n;

	if (stream->seekable && offset > INT64_MAX) /* off_t ends there */
		return 0;
	if (stream->call)
		return stream->call(stream->argument, out, size);
	do
		n = stream->seekable ? pread(stream->fd, out, size, (off_t)offset) : read(stream->fd, out, size);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Where in the buffer the next read goes: after the bytes held and, from a file, at the same offset in a page as there.
 */
static size_t next_read_place(const struct stream *stream)
{
	size_t align = stream->seekable ? BUFFER_ALIGN : 1, lead = (size_t)(stream->fd_offset % align);

	return stream->have <= lead ? lead : lead + (stream->have - lead + align - 1) / align * align;
}

/* Move the bytes held to just before the place of the next read, in a buffer twice as large when this one is full: it
 * grows as bytes arrive, not as they are claimed. */
static int make_buffer_room(struct stream *stream, struct fault *fault)
{
	size_t place = next_read_place(stream);
	unsigned char *grown;

	if (place < stream->room) {
		if (stream->data != stream->buffer + place - stream->have)
			memmove(stream->buffer + place - stream->have, stream->data, stream->have);
		stream->data = stream->buffer + place - stream->have;
		return 0;
	}
	grown = new_buffer(stream->room * 2);
	if (!grown)
		return fault_memory(fault);
	stream->data = memcpy(grown + place - stream->have, stream->data, stream->have);
	free(stream->buffer);
	stream->buffer = grown;
	stream->room *= 2;
	return 0;
}

void stream_keep_below(struct stream *stream, uint64_t offset)
{
	if (stream->fd < 0 || stream->limit == offset)
		return;
	stream->limit = offset;
	stream->at_end = false;
}

/* How many bytes one read for a peek may ask for. */
static size_t room_to_read(const struct stream *stream, size_t place)
{
	size_t room = stream->room - place;
	uint64_t left = stream->limit > stream->fd_offset ? stream->limit - stream->fd_offset : 0;

	return left < room ? (size_t)left : room;
}

const void *stream_peek(struct stream *stream, size_t want, size_t *have, struct fault *fault)
{
	while (stream->have < want && !stream->at_end) {
		size_t place;
		ssize_t n;

		if (make_buffer_room(stream, fault))
			return NULL;
		place = (size_t)(stream->data - stream->buffer) + stream->have;
		n = read_stream_bytes(stream, stream->buffer + place, room_to_read(stream, place), stream->fd_offset);
		if (n < 0) {
			fault_set_errno(fault, FAULT_READ, stream->fd_offset, "cannot read");
			return NULL;
		}
		stream->at_end = n == 0;
		stream->have += (size_t)n;
		stream->fd_offset += (uint64_t)n;
	}
	*have = stream->have;
	return stream->data;
}

static void stream_advance(struct stream *stream, size_t size)
{
	stream->data += size;
	stream->have -= size;
}

static int set_cut_fault(const struct stream *stream, uint64_t missing, struct fault *fault)
{
	return fault_set(fault, FAULT_CUT, stream_offset(stream) + stream->have, FAULT_NOWHERE,
			 "the input ends here, %" PRIu64 " bytes too early", missing);
}

int stream_read(struct stream *stream, void *out, size_t size, struct fault *fault)
{
	unsigned char *to = out;

	while (size) {
		size_t have, part = size < BUFFER_SIZE ? size : BUFFER_SIZE;
		const void *at = stream_peek(stream, part, &have, fault);

		if (!at)
			return -FAULT_READ;
		if (have < part)
			return set_cut_fault(stream, size - have, fault);
		memcpy(to, at, part);
		stream_advance(stream, part);
		to += part;
		size -= part;
	}
	return 0;
}

int stream_seek(struct stream *stream, uint64_t offset, struct fault *fault)
{
	uint64_t at = stream_offset(stream);

	if (offset >= at && offset <= stream->fd_offset) {
		stream_advance(stream, (size_t)(offset - at));
		return 0;
	}
	if (offset > at && !stream->seekable)
		return stream_skip(stream, offset - at, fault);
	if (!stream->seekable)
		return fault_set(fault, FAULT_CANNOT, at, FAULT_NOWHERE, "cannot go back to 0x%" PRIx64 " on a pipe",
				 offset);
	if (stream->fd < 0) { /* memory: all of it is held, before data as well as after */
		size_t size = (size_t)stream->fd_offset, to = offset < size ? (size_t)offset : size;

		stream->data = stream->data + stream->have - size + to;
		stream->have = size - to;
		return 0;
	}
	stream->data = stream->buffer;
	stream->have = 0;
	stream->fd_offset = offset;
	stream->at_end = false;
	return 0;
}

int stream_skip(struct stream *stream, uint64_t size, struct fault *fault)
{
	uint64_t at = stream_offset(stream);

	if (size > UINT64_MAX - at)
		return set_cut_fault(stream, size, fault);
	if (stream->size != STREAM_SIZE_UNKNOWN && at + size > stream->size)
		return set_cut_fault(stream, at + size - stream->size, fault);
	if (stream->seekable || size <= stream->have)
		return stream_seek(stream, at + size, fault);
	while (size) {
		size_t have, part = size < BUFFER_SIZE ? (size_t)size : BUFFER_SIZE;

		if (!stream_peek(stream, part, &have, fault))
			return -FAULT_READ;
		if (have < part)
			return set_cut_fault(stream, size - have, fault);
		stream_advance(stream, part);
		size -= part;
	}
	return 0;
}

int stream_read_at(struct stream *stream, uint64_t offset, void *out, size_t size, struct fault *fault)
{
	unsigned char *to = out;

	if (!stream->seekable)
		return fault_set(fault, FAULT_CANNOT, offset, FAULT_NOWHERE, "cannot seek on a pipe");
	if (stream->fd < 0) {
		if (offset > stream->size || size > stream->size - offset)
			return fault_set(fault, FAULT_CUT, stream->size, FAULT_NOWHERE, "the input ends here");
		memcpy(out, stream->data + stream->have - (size_t)stream->fd_offset + offset, size);
		return 0;
	}
	while (size) {
		ssize_t n = read_stream_bytes(stream, to, size, offset);

		if (n < 0)
			return fault_set_errno(fault, FAULT_READ, offset, "cannot read");
		if (n == 0)
			return fault_set(fault, FAULT_CUT, offset, FAULT_NOWHERE,
					 "the input ends here, %zu bytes too early", size);
		to += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

int stream_temporary(struct fault *fault)
{
	const char *directory = getenv("TMPDIR");
	char path[4096];
	int fd;

	if (!directory || !*directory)
		directory = "/var/tmp";
	fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "%s/lkcd.XXXXXX", directory);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0) {
		fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE,
				"cannot create a temporary file in %s (TMPDIR sets the directory)", directory);
		return -1;
	}
	unlink(path);
	return fd;
}

static int write_spool(int fd, const void *data, size_t size, struct fault *fault)
{
	if (write_all(fd, data, size) == size)
		return 0;
	return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE,
			       "cannot write the temporary file (TMPDIR sets its directory)");
}

int stream_spool(struct stream *stream, struct fault *fault)
{
	int fd, status = 0;

	if (stream->seekable)
		return 0;
	if (stream_offset(stream) != 0)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "cannot spool a pipe that was read from");
	if (stream->fd < 0) { /* memory can always seek; this one acted as a pipe */
		stream->seekable = true;
		stream->size = stream->have;
		return 0;
	}
	fd = stream_temporary(fault);
	if (fd < 0)
		return -FAULT_WRITE;
	for (;;) {
		size_t have;
		const void *at = stream_peek(stream, 1, &have, fault);

		status = at ? write_spool(fd, at, have, fault) : -FAULT_READ;
		if (status || !have)
			break;
		stream_advance(stream, have);
	}
	if (status) {
		close(fd);
		return status;
	}
	stream->size = stream->fd_offset;
	if (stream->owns_fd)
		close(stream->fd);
	stream->fd = fd;
	stream->owns_fd = true;
	stream->seekable = true;
	return stream_seek(stream, 0, fault);
}
