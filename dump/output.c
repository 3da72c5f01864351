/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Outputs. Written bytes are gathered in one buffer, which is flushed to a descriptor (dump/write.c) or to a function.
 * Only commit gives a new file its name, and a device its header, so that a dump that can be found is complete.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>

#include "dump/write.h"
#include "lkcd/output.h"
#include "lkcd/stream.h"

#define BUFFER_SIZE (64u << 10) /* it stays in the second-level cache beside the pages being compressed */
/* With O_DIRECT each write waits for the disk: 64 KiB at a time takes three times as long */
#define DIRECT_SIZE (256u << 10)

static const unsigned char zeros[OUTPUT_HEADER_MAX];

struct output {
	char *name;      /* the path, or its name in faults */
	char *directory; /* of a new file, which gets its name in commit; NULL: the output is written in place */
	char *temporary; /* its name until commit; NULL: O_TMPFILE, it has none */
	int fd;          /* -1: call */
	int (*call)(void *argument, const void *data, size_t size, struct fault *fault);
	void *argument;
	int spool_to; /* where commit copies the spool; -1: call, or not spooled */
	bool owns_fd, seekable, spooled;
	bool owns_spool_to; /* owns_fd, for spool_to */
	bool sparse;        /* bytes never written read as zero */
	bool direct;        /* fd has O_DIRECT */
	uint64_t start;     /* offset 0 in the file */
	uint64_t limit;     /* bytes from there; no write goes beyond */
	uint64_t offset;    /* of the caller's next write */
	uint64_t end;       /* highest offset written or skipped */
	unsigned char *header;
	size_t header_size; /* bytes from offset 0 that are in header until commit, not in buffer */
	bool cleared;       /* no older header is left on the device */
	unsigned char *buffer;
	size_t buffer_size;
	size_t skip; /* unused bytes before it in buffer: with O_DIRECT, offset - have within its block */
	size_t have; /* bytes in buffer; they belong at offset - have */
};

static int write_fault(const struct output *output, uint64_t offset, struct fault *fault)
{
	if (errno == EPIPE)
		return fault_set(fault, FAULT_WRITE, FAULT_NOWHERE, FAULT_NOWHERE, "the reader of the output is gone");
	return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot write %s at 0x%" PRIx64, output->name,
			       output->start + offset);
}

/* 0 when size bytes at offset are within the limit. */
static int check_limit(const struct output *output, uint64_t offset, uint64_t size, struct fault *fault)
{
	if (offset <= output->limit && size <= output->limit - offset)
		return 0;
	return fault_set(fault, FAULT_WRITE, FAULT_NOWHERE, FAULT_NOWHERE,
			 "no room in %s: its limit is %" PRIu64 " bytes, and %" PRIu64 " bytes at 0x%" PRIx64
			 " exceed it",
			 output->name, output->limit, size, offset);
}

static int output_use_descriptor(struct output *output, int fd, bool owns, struct fault *fault)
{
	struct stat st;

	output->fd = fd;
	output->owns_fd = owns;
	if (isatty(fd))
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "a dump is not written to a terminal: use -o FILE, or a pipe");
	if (fstat(fd, &st))
		return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot write");
	if (S_ISREG(st.st_mode))
		output->seekable = !(fcntl(fd, F_GETFL) & O_APPEND) && lseek(fd, 0, SEEK_CUR) == 0;
	else
		output->seekable = S_ISBLK(st.st_mode);
	output->sparse = output->seekable && S_ISREG(st.st_mode) && st.st_size == 0;
	return 0;
}

/* A file without a name yet, or with a hidden one where the file system has no O_TMPFILE. */
static int output_create(struct output *output, const char *path, struct fault *fault)
{
	char *copy = strdup(path), *name = strdup(path);
	bool ok = copy && name;

	if (ok) {
		output->directory = strdup(dirname(copy));
		ok = output->directory &&
		     asprintf(&output->temporary, "%s/.%s.XXXXXX", output->directory, basename(name)) >= 0;
	}
	free(copy);
	free(name);
	if (!ok)
		return fault_memory(fault);
	output->seekable = output->sparse = output->owns_fd = true;
	output->fd = open(output->directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (output->fd >= 0) {
		free(output->temporary);
		output->temporary = NULL;
		return 0;
	}
	output->fd = mkostemp(output->temporary, O_CLOEXEC);
	if (output->fd >= 0)
		return 0;
	free(output->temporary);
	output->temporary = NULL;
	return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot create a file in %s", output->directory);
}

/* A device, or an existing file that is used like one. Its size limits the output. */
static int output_in_place(struct output *output, const char *path, struct fault *fault)
{
	struct stat st;
	uint64_t size;
	bool block;

	if (stat(path, &st))
		return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot open");
	block = S_ISBLK(st.st_mode);
	if (!block && !S_ISREG(st.st_mode))
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "is neither a block device nor a file");
	/* O_EXCL refuses a block device that is mounted or in use; without O_CREAT it has no effect on a file */
	output->fd = open(path, O_WRONLY | O_CLOEXEC | (block ? O_EXCL : 0));
	output->owns_fd = output->seekable = true;
	if (output->fd < 0)
		return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot open");
	if (fstat(output->fd, &st) || (block && ioctl(output->fd, BLKGETSIZE64, &size)))
		return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot determine the size");
	output->limit = block ? size : (uint64_t)st.st_size;
	return 0;
}

static int output_open_path(struct output *output, const char *path, bool in_place, struct fault *fault)
{
	struct stat st;
	int fd;

	if (in_place)
		return output_in_place(output, path, fault);
	if (!strcmp(path, "-"))
		return output_use_descriptor(output, STDOUT_FILENO, false, fault);
	if (stat(path, &st) || S_ISREG(st.st_mode))
		return output_create(output, path, fault);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot open");
	return output_use_descriptor(output, fd, true, fault);
}

/* The file is open, and limit is how many bytes it can have. */
static int output_set_options(struct output *output, const struct output_options *options, struct fault *fault)
{
	if (!output->seekable && (options->start || options->header_size))
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "a pipe cannot be written at an offset, or with its header last");
	if (options->header_size > OUTPUT_HEADER_MAX)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "a header of %" PRIu32 " bytes cannot be written last, only up to %u",
				 options->header_size, OUTPUT_HEADER_MAX);
	if (options->start >= output->limit)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "has %" PRIu64 " bytes, so nothing can be written at 0x%" PRIx64, output->limit,
				 options->start);
	output->start = options->start;
	output->limit -= options->start;
	if (options->limit && options->limit < output->limit)
		output->limit = options->limit;
	output->header_size = options->header_size;
	output->cleared = !options->header_size || output->sparse;
	/* the flags of an inherited descriptor, such as standard output, are left alone */
	output->direct = options->direct && output->seekable && output->owns_fd && write_set_direct(output->fd, true);
	return 0;
}

static int output_new_buffers(struct output *output, struct fault *fault)
{
	output->buffer_size = output->direct ? DIRECT_SIZE : BUFFER_SIZE;
	output->buffer = aligned_alloc(WRITE_DIRECT_ALIGN, output->buffer_size);
	output->header = output->header_size ? calloc(1, output->header_size) : NULL;
	return output->buffer && (output->header || !output->header_size) ? 0 : fault_memory(fault);
}

static struct output *output_new(const char *name, struct fault *fault)
{
	struct output *output = calloc(1, sizeof(*output));

	if (output)
		output->name = strdup(name);
	if (!output || !output->name) {
		fault_memory(fault);
		free(output);
		return NULL;
	}
	output->fd = output->spool_to = -1;
	output->limit = INT64_MAX; /* of off_t */
	output->cleared = true;
	return output;
}

struct output *output_open_options(const char *path, const struct output_options *options, struct fault *fault)
{
	struct output *output = output_new(strcmp(path, "-") || options->in_place ? path : "the output", fault);

	if (!output)
		return NULL;
	if (!output_open_path(output, path, options->in_place, fault) && !output_set_options(output, options, fault) &&
	    !output_new_buffers(output, fault))
		return output;
	output_close(output);
	return NULL;
}

struct output *output_open(const char *path, struct fault *fault)
{
	return output_open_options(path, &(struct output_options){ .start = 0 }, fault);
}

struct output *output_open_calls(int (*write)(void *argument, const void *data, size_t size, struct fault *fault),
				 void *argument, const char *name, struct fault *fault)
{
	struct output *output = output_new(name, fault);

	if (!output)
		return NULL;
	output->call = write;
	output->argument = argument;
	if (!output_new_buffers(output, fault))
		return output;
	output_close(output);
	return NULL;
}

void output_close(struct output *output)
{
	if (!output)
		return;
	if (output->temporary)
		unlink(output->temporary);
	if (output->owns_fd && output->fd >= 0)
		close(output->fd);
	if (output->owns_spool_to && output->spool_to >= 0)
		close(output->spool_to);
	free(output->name);
	free(output->directory);
	free(output->temporary);
	free(output->header);
	free(output->buffer);
	free(output);
}

bool output_seekable(const struct output *output)
{
	return output->seekable;
}

uint64_t output_offset(const struct output *output)
{
	return output->offset;
}

uint64_t output_room(const struct output *output)
{
	return output->limit - output->offset;
}

static int write_to_file(struct output *output, uint64_t offset, const void *data, size_t size, struct fault *fault)
{
	uint64_t at = output->start + offset;
	size_t done = output->direct ? write_direct_at(output->fd, &output->direct, data, size, at)
				     : write_all_at(output->fd, data, size, at);

	return done == size ? 0 : write_fault(output, offset + done, fault);
}

static int output_sync(struct output *output, struct fault *fault)
{
	/* EINVAL, EROFS: a pipe or a socket, which cannot be synced */
	if (output->fd >= 0 && fsync(output->fd) && (output->header_size || (errno != EINVAL && errno != EROFS)))
		return write_fault(output, output->end, fault);
	return 0;
}

/* An older header must be gone from the disk before its data are overwritten. */
static int clear_header(struct output *output, struct fault *fault)
{
	size_t size = output->header_size < output->limit ? output->header_size : (size_t)output->limit;
	int status = write_to_file(output, 0, zeros, size, fault);

	if (!status)
		status = output_sync(output, fault);
	output->cleared = !status;
	return status;
}

/* Write without the buffer. */
static int write_out(struct output *output, uint64_t offset, const void *data, size_t size, struct fault *fault)
{
	int status = output->cleared ? 0 : clear_header(output, fault);
	size_t done;

	if (status)
		return status;
	if (output->fd < 0)
		return output->call(output->argument, data, size, fault);
	if (output->seekable)
		return write_to_file(output, offset, data, size, fault);
	done = write_all(output->fd, data, size);
	return done == size ? 0 : write_fault(output, offset + done, fault);
}

static int output_flush(struct output *output, struct fault *fault)
{
	size_t have = output->have;

	output->have = 0;
	if (!have)
		return 0;
	return write_out(output, output->offset - have, output->buffer + output->skip, have, fault);
}

static void output_advance(struct output *output, uint64_t size)
{
	output->offset += size;
	if (output->offset > output->end)
		output->end = output->offset;
}

static void output_gather(struct output *output, const unsigned char *data, size_t size)
{
	memcpy(output->buffer + output->skip + output->have, data, size);
	output->have += size;
}

/* How many bytes output_gather has room for. */
static size_t buffer_room(struct output *output)
{
	if (!output->have)
		output->skip = output->direct ? (output->start + output->offset) % WRITE_DIRECT_ALIGN : 0;
	return output->buffer_size - output->skip - output->have;
}

/* Fill the buffer up before it is flushed, so that it ends with a whole block, and the next one starts with one. */
static int write_direct(struct output *output, const unsigned char *data, size_t size, struct fault *fault)
{
	int status = 0;

	while (size && !status) {
		size_t room = buffer_room(output), part = size < room ? size : room;

		output_gather(output, data, part);
		output_advance(output, part);
		data += part;
		size -= part;
		if (part == room)
			status = output_flush(output, fault);
	}
	return status;
}

/* Large writes bypass the buffer. */
static int write_buffered(struct output *output, const unsigned char *data, size_t size, struct fault *fault)
{
	int status = 0;

	if (size > buffer_room(output))
		status = output_flush(output, fault);
	if (!status && size >= BUFFER_SIZE / 2 && !output->have)
		status = write_out(output, output->offset, data, size, fault);
	else if (!status && size)
		output_gather(output, data, size);
	output_advance(output, size);
	return status;
}

int output_write(struct output *output, const void *data, size_t size, struct fault *fault)
{
	const unsigned char *at = data;
	int status = check_limit(output, output->offset, size, fault);

	if (status)
		return status;
	if (size && output->offset < output->header_size) {
		size_t left = output->header_size - (size_t)output->offset, part = size < left ? size : left;

		memcpy(output->header + output->offset, at, part);
		output_advance(output, part);
		at += part;
		size -= part;
	}
	return output->direct ? write_direct(output, at, size, fault) : write_buffered(output, at, size, fault);
}

int output_zeros(struct output *output, uint64_t size, struct fault *fault)
{
	int status = check_limit(output, output->offset, size, fault);

	if (!status && output->sparse && size >= 4096 && output->offset >= output->end) {
		status = output_flush(output, fault);
		output_advance(output, size);
		return status;
	}
	while (size && !status) {
		size_t part = size < sizeof(zeros) ? (size_t)size : sizeof(zeros);

		status = output_write(output, zeros, part, fault);
		size -= part;
	}
	return status;
}

static int output_move(struct output *output, uint64_t offset, struct fault *fault)
{
	int status = output_flush(output, fault);

	output->offset = offset;
	return status;
}

int output_write_at(struct output *output, uint64_t offset, const void *data, size_t size, struct fault *fault)
{
	int status = check_limit(output, offset, size, fault);

	if (status)
		return status;
	if (offset == output->offset)
		return output_write(output, data, size, fault);
	if (output->seekable && (offset <= output->end || output->sparse)) {
		status = output_move(output, offset, fault);
	} else if (offset < output->offset) {
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "cannot go back to 0x%" PRIx64 " of the output on a pipe", offset);
	} else {
		if (output->offset != output->end)
			status = output_move(output, output->end, fault);
		if (!status)
			status = output_zeros(output, offset - output->end, fault);
	}
	return status ? status : output_write(output, data, size, fault);
}

int output_spool(struct output *output, struct fault *fault)
{
	int fd;

	if (output->seekable)
		return 0;
	fd = stream_temporary(fault);
	if (fd < 0)
		return -FAULT_WRITE;
	output->spool_to = output->fd;
	output->owns_spool_to = output->owns_fd;
	output->fd = fd;
	output->owns_fd = output->seekable = output->sparse = output->spooled = true;
	return 0;
}

/* The spool is complete: copy it to the pipe. */
static int output_unspool(struct output *output, struct fault *fault)
{
	int spool = output->fd;
	uint64_t end = output->end;
	int status = 0;

	output->fd = output->spool_to;
	output->owns_fd = output->owns_spool_to;
	output->spool_to = -1;
	output->seekable = output->sparse = output->spooled = false;
	output->offset = output->end = 0;
	while (!status && output->end < end) {
		uint64_t left = end - output->end;
		ssize_t n = pread(spool, output->buffer, left < BUFFER_SIZE ? (size_t)left : BUFFER_SIZE,
				  (off_t)output->end);

		if (n > 0) {
			status = write_out(output, output->end, output->buffer, (size_t)n, fault);
			output->end += (uint64_t)n;
		} else if (n == 0 || errno != EINTR) {
			status = fault_set_errno(fault, FAULT_READ, output->end, "cannot read the temporary file");
		}
	}
	close(spool);
	return status;
}

/* Give a nameless file a temporary name: linkat() cannot replace an existing file, rename() can. */
static int output_link(struct output *output, struct fault *fault)
{
	char self[64], *hidden;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", output->fd);
	for (unsigned try = 0; try < 100; try++) {
		if (asprintf(&hidden, "%s.%d.%u", output->name, (int)getpid(), try) < 0)
			return fault_memory(fault);
		if (!linkat(AT_FDCWD, self, AT_FDCWD, hidden, AT_SYMLINK_FOLLOW)) {
			output->temporary = hidden;
			return 0;
		}
		free(hidden);
		if (errno != EEXIST)
			break;
	}
	return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot rename the temporary file to %s",
			       output->name);
}

static int output_rename(struct output *output, struct fault *fault)
{
	int directory, failed;

	if (!output->temporary && output_link(output, fault))
		return -FAULT_WRITE;
	if (rename(output->temporary, output->name))
		return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot rename the temporary file to %s",
				       output->name);
	free(output->temporary);
	output->temporary = NULL;
	directory = open(output->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	failed = directory < 0 || fsync(directory);
	if (failed)
		fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot sync directory %s", output->directory);
	if (directory >= 0)
		close(directory);
	return failed ? -FAULT_WRITE : 0;
}

/* Called when all other bytes are on disk. */
static int write_header(struct output *output, struct fault *fault)
{
	size_t size = output->header_size < output->end ? output->header_size : (size_t)output->end;
	int status = write_to_file(output, 0, output->header, size, fault);

	return status ? status : output_sync(output, fault);
}

int output_commit(struct output *output, struct fault *fault)
{
	int status = output_flush(output, fault);

	if (!status && !output->cleared)
		status = clear_header(output, fault);
	if (!status && output->sparse && ftruncate(output->fd, (off_t)(output->start + output->end)))
		status = write_fault(output, output->end, fault);
	if (status)
		return status;
	if (output->spooled)
		return output_unspool(output, fault);
	status = output_sync(output, fault);
	if (!status && output->header_size)
		status = write_header(output, fault);
	return !status && output->directory ? output_rename(output, fault) : status;
}
