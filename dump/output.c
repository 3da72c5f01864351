/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump/write.h"
#include "lkcd/output.h"
#include "lkcd/stream.h"

#define BUFFER_SIZE (64u << 10) /* it stays in the second-level cache beside the pages that are packed */

struct output {
	char *path;      /* final name; NULL: standard output, a device or a pipe, written in place */
	char *folder;    /* of path */
	char *temporary; /* the name it has meanwhile; NULL: none, by O_TMPFILE */
	int fd;
	int spool_to; /* where commit copies the spool; -1: not spooled */
	bool owns_fd, seekable;
	bool owns_spool_to;   /* owns_fd of what spool_to was */
	bool sparse;          /* what was never written reads as zero */
	uint64_t offset;      /* where the caller goes on */
	uint64_t file_offset; /* where the descriptor stands: end of what is on file, buffer not counted */
	uint64_t end;         /* highest offset written or passed over */
	unsigned char *buffer;
	size_t have; /* bytes in buffer; they belong at offset - have */
};

static int write_fault(const struct output *output, struct fault *fault)
{
	if (errno == EPIPE)
		return fault_set(fault, FAULT_WRITE, FAULT_NOWHERE, FAULT_NOWHERE, "the reader of the output is gone");
	return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot write %s at 0x%" PRIx64,
			       output->path ? output->path : "the output", output->file_offset);
}

static int output_plain(struct output *output, int fd, bool owns, struct fault *fault)
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
		output->path = strdup(path);
		output->folder = strdup(dirname(copy));
		ok = output->path && output->folder &&
		     asprintf(&output->temporary, "%s/.%s.XXXXXX", output->folder, basename(name)) >= 0;
	}
	free(copy);
	free(name);
	if (!ok)
		return fault_memory(fault);
	output->seekable = output->sparse = output->owns_fd = true;
	output->fd = open(output->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
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
	return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot create a file in %s", output->folder);
}

static int output_begin(struct output *output, const char *path, struct fault *fault)
{
	struct stat st;
	int fd;

	output->buffer = malloc(BUFFER_SIZE);
	if (!output->buffer)
		return fault_memory(fault);
	if (!strcmp(path, "-"))
		return output_plain(output, STDOUT_FILENO, false, fault);
	if (stat(path, &st) || S_ISREG(st.st_mode))
		return output_create(output, path, fault);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot open");
	return output_plain(output, fd, true, fault);
}

struct output *output_open(const char *path, struct fault *fault)
{
	struct output *output = calloc(1, sizeof(*output));

	if (!output) {
		fault_memory(fault);
		return NULL;
	}
	output->fd = output->spool_to = -1;
	if (!output_begin(output, path, fault))
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
	free(output->path);
	free(output->folder);
	free(output->temporary);
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

/* Write at the descriptor's offset. */
static int write_out(struct output *output, const unsigned char *at, size_t size, struct fault *fault)
{
	size_t done = output->seekable ? write_all_at(output->fd, at, size, output->file_offset)
				       : write_all(output->fd, at, size);

	output->file_offset += done;
	return done == size ? 0 : write_fault(output, fault);
}

static int output_flush(struct output *output, struct fault *fault)
{
	size_t have = output->have;

	output->have = 0;
	return have ? write_out(output, output->buffer, have, fault) : 0;
}

int output_write(struct output *output, const void *data, size_t size, struct fault *fault)
{
	int status = 0;

	if (size > BUFFER_SIZE - output->have)
		status = output_flush(output, fault);
	if (!status && size >= BUFFER_SIZE / 2 && !output->have) {
		status = write_out(output, data, size, fault);
	} else if (!status && size) {
		memcpy(output->buffer + output->have, data, size);
		output->have += size;
	}
	output->offset += size;
	if (output->offset > output->end)
		output->end = output->offset;
	return status;
}

int output_zeros(struct output *output, uint64_t size, struct fault *fault)
{
	static const unsigned char zeros[64 << 10];
	int status = 0;

	if (output->sparse && size >= 4096 && output->offset >= output->end) {
		status = output_flush(output, fault);
		output->offset += size;
		output->file_offset = output->offset;
		if (output->offset > output->end)
			output->end = output->offset;
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

	output->offset = output->file_offset = offset;
	return status;
}

int output_write_at(struct output *output, uint64_t offset, const void *data, size_t size, struct fault *fault)
{
	int status = 0;

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
	output->owns_fd = output->seekable = output->sparse = true;
	return 0;
}

/* The spool is whole: hand it to the pipe. */
static int output_unspool(struct output *output, struct fault *fault)
{
	int spool = output->fd;
	uint64_t end = output->end;
	int status = 0;

	output->fd = output->spool_to;
	output->owns_fd = output->owns_spool_to;
	output->spool_to = -1;
	output->seekable = output->sparse = false;
	output->offset = output->file_offset = output->end = 0;
	while (!status && output->end < end) {
		uint64_t left = end - output->end;
		ssize_t n = pread(spool, output->buffer, left < BUFFER_SIZE ? (size_t)left : BUFFER_SIZE,
				  (off_t)output->end);

		if (n > 0) {
			status = write_out(output, output->buffer, (size_t)n, fault);
			output->end = output->file_offset;
		} else if (n == 0 || errno != EINTR) {
			status = fault_set_errno(fault, FAULT_READ, output->end, "cannot read the temporary file");
		}
	}
	close(spool);
	return status;
}

/* Give a nameless file a name beside the final one, so that rename can replace what stands there. */
static int output_link(struct output *output, struct fault *fault)
{
	char self[64], *hidden;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", output->fd);
	for (unsigned try = 0; try < 100; try++) {
		if (asprintf(&hidden, "%s.%d.%u", output->path, (int)getpid(), try) < 0)
			return fault_memory(fault);
		if (!linkat(AT_FDCWD, self, AT_FDCWD, hidden, AT_SYMLINK_FOLLOW)) {
			output->temporary = hidden;
			return 0;
		}
		free(hidden);
		if (errno != EEXIST)
			break;
	}
	return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot name %s", output->path);
}

static int output_name(struct output *output, struct fault *fault)
{
	int folder, failed;

	if (!output->temporary && output_link(output, fault))
		return -FAULT_WRITE;
	if (rename(output->temporary, output->path))
		return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot name %s", output->path);
	free(output->temporary);
	output->temporary = NULL;
	folder = open(output->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	failed = folder < 0 || fsync(folder);
	if (failed)
		fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot sync folder %s", output->folder);
	if (folder >= 0)
		close(folder);
	return failed ? -FAULT_WRITE : 0;
}

int output_commit(struct output *output, struct fault *fault)
{
	int status = output_flush(output, fault);

	if (status)
		return status;
	if (output->sparse && ftruncate(output->fd, (off_t)output->end))
		return write_fault(output, fault);
	if (output->spool_to >= 0)
		return output_unspool(output, fault);
	/* EINVAL: a pipe or a socket, which cannot be synced */
	if (fsync(output->fd) && errno != EINVAL && errno != EROFS)
		return write_fault(output, fault);
	return output->path ? output_name(output, fault) : 0;
}
