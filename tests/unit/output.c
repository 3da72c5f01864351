/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Outputs: what stands in a file, at which name, and when. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "lkcd/output.h"
#include "tests/unit/folder.h"
#include "tests/unit/random.h"
#include "tests/unit/tap.h"

#define SIZE (2u << 20)

static struct folder folder;
static unsigned char content[SIZE];

static struct output *open_name(const char *name)
{
	struct fault fault;
	struct output *output = output_open(folder_name(&folder, name), &fault);

	if (!output) {
		printf("Bail out! cannot open %s: %s\n", name, fault.text);
		exit(1);
	}
	return output;
}

static mode_t mode_of(const char *name)
{
	struct stat st;

	return stat(folder_name(&folder, name), &st) ? 0 : st.st_mode & 07777;
}

static void new_file(void)
{
	struct output *output = open_name("new");
	struct fault fault;

	ok(output_seekable(output) && output_offset(output) == 0, "a file is seekable and starts at 0");
	ok(!output_write(output, content, 10, &fault) && !output_write(output, content + 10, SIZE - 10, &fault),
	   "it is written");
	ok(output_offset(output) == SIZE, "the offset follows");
	ok(!folder_holds(&folder, "new", content, SIZE) && mode_of("new") == 0, "before commit there is no such file");
	ok(!output_commit(output, &fault), "commit");
	ok(folder_holds(&folder, "new", content, SIZE), "it holds what was written");
	ok(mode_of("new") == 0600, "only its owner may read it");
	output_close(output);
	ok(folder_holds(&folder, "new", content, SIZE) && folder_count(&folder, false) == 1,
	   "closing leaves it, and nothing else");
	folder_count(&folder, true);
}

static void not_committed(void)
{
	struct output *output = open_name("new");
	struct fault fault;

	output_write(output, content, SIZE, &fault);
	output_close(output);
	ok(folder_count(&folder, false) == 0, "close without commit leaves nothing");
	output_close(NULL);
}

static void replaced(void)
{
	struct output *output;
	struct fault fault;

	folder_put(&folder, "old", "before", 6, 0644);
	output = open_name("old");
	ok(output_seekable(output) && output_offset(output) == 0, "an existing file is written anew");
	output_write(output, "after", 5, &fault);
	output_close(output);
	ok(folder_holds(&folder, "old", "before", 6) && mode_of("old") == 0644, "without commit it stays as it was");
	output = open_name("old");
	output_write(output, "after", 5, &fault);
	ok(folder_holds(&folder, "old", "before", 6), "until commit too");
	ok(!output_commit(output, &fault) && folder_holds(&folder, "old", "after", 5), "commit replaces it");
	ok(mode_of("old") == 0600 && folder_count(&folder, false) == 1, "by one that only its owner may read");
	output_close(output);
	folder_count(&folder, true);
}

/* Writes anywhere, zeros, and appends, the same to a file and to memory. */
static void wander(const char *what, struct output *output, unsigned char *image, uint64_t *end)
{
	uint64_t seed = 77, at = 0;
	struct fault fault;
	bool good = true;

	memset(image, 0, SIZE);
	*end = 0;
	for (unsigned i = 0; i < 3000 && good; i++) {
		uint64_t to = i % 3 ? at : random_below(&seed, SIZE);
		size_t most = i % 100 ? 6000 : SIZE / 2,
		       size = (size_t)random_below(&seed, SIZE - to < most ? SIZE - to + 1 : most);

		if (i % 7 == 5 && to == at) {
			good = !output_zeros(output, size, &fault);
			memset(image + to, 0, size);
		} else {
			const unsigned char *from = content + random_below(&seed, SIZE - size + 1);

			good = !output_write_at(output, to, from, size, &fault);
			memcpy(image + to, from, size);
		}
		at = to + size;
		*end = at > *end ? at : *end;
		good = good && output_offset(output) == at;
	}
	ok(good, "%s: writes, back and forth", what);
}

static void anywhere(void)
{
	unsigned char *image = malloc(SIZE);
	struct output *output = open_name("new");
	struct fault fault;
	uint64_t end;

	wander("file", output, image, &end);
	ok(!output_commit(output, &fault) && folder_holds(&folder, "new", image, (size_t)end),
	   "file: holds what was written");
	output_close(output);
	free(image);
	folder_count(&folder, true);
}

static void overwritten(void)
{
	static unsigned char want[20000];
	struct output *output = open_name("new");
	struct fault fault;

	memcpy(want, content, sizeof(want));
	memset(want + 5000, 0, 8192);
	output_write(output, content, sizeof(want), &fault);
	output_write_at(output, 5000, NULL, 0, &fault);
	ok(!output_zeros(output, 8192, &fault) && !output_commit(output, &fault) &&
		   folder_holds(&folder, "new", want, sizeof(want)),
	   "zeros replace what was written before");
	output_close(output);
	folder_count(&folder, true);
}

static void holes(void)
{
	struct output *output = open_name("new");
	const off_t end = (off_t)5 << 30;
	struct fault fault;
	struct stat st = { 0 };
	char byte = 1;
	int fd;

	ok(!output_write(output, "start", 5, &fault) &&
		   !output_write_at(output, (UINT64_C(4) << 30) + 1, "far", 3, &fault) &&
		   !output_zeros(output, (uint64_t)end - (UINT64_C(4) << 30) - 4, &fault),
	   "5 GiB of little");
	ok(output_offset(output) == (uint64_t)end, "its offset is beyond 32 bits");
	if (output_commit(output, &fault)) {
		ok(true, "5 GiB # SKIP the file system has no files of that size");
		output_close(output);
		return;
	}
	fd = open(folder_name(&folder, "new"), O_RDONLY | O_CLOEXEC);
	ok(!fstat(fd, &st) && st.st_size == end, "zeros at the end are in its size");
	ok(st.st_blocks * 512 < 1 << 20, "they take no room: %lld bytes", (long long)st.st_blocks * 512);
	ok(pread(fd, &byte, 1, ((off_t)4 << 30) + 3) == 1 && byte == 'r', "what is far is where it belongs");
	ok(pread(fd, &byte, 1, (off_t)4 << 30) == 1 && byte == 0, "before it are zeros");
	close(fd);
	output_close(output);
	folder_count(&folder, true);
}

/* A pipe with a name; what comes out of it goes to the file "out". */
static pid_t drain(void)
{
	pid_t reader;

	mkfifo(folder_name(&folder, "pipe"), 0600);
	fflush(stdout);
	reader = fork();
	if (reader == 0) {
		int in = open(folder_name(&folder, "pipe"), O_RDONLY | O_CLOEXEC);
		int out = open(folder_name(&folder, "out"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		char buffer[5000];
		ssize_t n;

		while ((n = read(in, buffer, sizeof(buffer))) > 0)
			if (write(out, buffer, (size_t)n) != n)
				_exit(1);
		_exit(0);
	}
	return reader;
}

static void to_pipe(void)
{
	static unsigned char want[400000];
	pid_t reader = drain();
	struct output *output = open_name("pipe");
	struct fault fault;

	memcpy(want, content, 100);
	memcpy(want + 300000, content, 7);
	ok(!output_seekable(output), "a pipe is not seekable");
	ok(!output_write(output, content, 100, &fault) && !output_write_at(output, 300000, content, 7, &fault),
	   "it goes forward");
	ok(output_write_at(output, 300006, content, 1, &fault) == -FAULT_CANNOT && output_offset(output) == 300007,
	   "and not back: %s", fault.text);
	ok(!output_zeros(output, sizeof(want) - 300007, &fault) && !output_commit(output, &fault), "it ends in zeros");
	output_close(output);
	waitpid(reader, NULL, 0);
	ok(folder_holds(&folder, "out", want, sizeof(want)), "what was left out came as zeros");
	folder_count(&folder, true);
}

static void spooled(void)
{
	unsigned char *image = malloc(SIZE + 100000);
	pid_t reader = drain();
	struct output *output = open_name("pipe");
	struct fault fault;
	uint64_t end;

	ok(!output_spool(output, &fault) && output_seekable(output), "a pipe that is spooled is seekable");
	wander("spool", output, image, &end);
	ok(!output_zeros(output, 100000, &fault), "spool: ends in zeros");
	end = output_offset(output) > end ? output_offset(output) : end;
	memset(image + output_offset(output) - 100000, 0, 100000);
	ok(folder_count(&folder, false) == 2, "spool: has no name");
	ok(!output_commit(output, &fault), "spool: commit");
	output_close(output);
	waitpid(reader, NULL, 0);
	ok(folder_holds(&folder, "out", image, (size_t)end), "spool: the pipe got all of it, in order");
	folder_count(&folder, true);
	reader = drain();
	output = open_name("pipe");
	output_spool(output, &fault);
	output_write(output, content, SIZE, &fault);
	output_close(output);
	waitpid(reader, NULL, 0);
	ok(folder_holds(&folder, "out", "", 0), "spool: without commit the pipe gets nothing");
	free(image);
	folder_count(&folder, true);
}

/* What is written to a standard output that is a file, opened with those flags on one that holds "before". */
static void to_stdout(int flags, bool seekable, const char *want, size_t size, const char *what)
{
	pid_t child;
	int status = 1;

	folder_put(&folder, "out", "before", 6, 0600);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		int fd = open(folder_name(&folder, "out"), O_WRONLY | O_CLOEXEC | flags);
		struct fault fault;
		struct output *output = dup2(fd, 1) == 1 ? output_open("-", &fault) : NULL;

		_exit(!output || output_seekable(output) != seekable || output_write(output, "abc", 3, &fault) ||
		      output_write_at(output, 5, "d", 1, &fault) || output_commit(output, &fault));
	}
	waitpid(child, &status, 0);
	ok(status == 0, "standard output, %s: written", what);
	ok(folder_holds(&folder, "out", want, size), "standard output, %s: holds it", what);
	folder_count(&folder, true);
}

/* No more room: said by write or commit, and no file is left. */
static void full(void)
{
	struct output *output = NULL;
	struct fault fault = { 0 };
	pid_t child;
	int status;

	if (access("/dev/full", W_OK) == 0)
		output = output_open("/dev/full", &fault);
	if (output) {
		status = output_write(output, content, SIZE, &fault);
		ok(status == -FAULT_WRITE && strstr(fault.text, strerror(ENOSPC)), "no room: %s", fault.text);
		output_close(output);
		output = output_open("/dev/full", &fault);
		ok(!output_write(output, content, 10, &fault) && output_commit(output, &fault) == -FAULT_WRITE,
		   "no room, at commit");
		output_close(output);
	} else {
		ok(true, "no room # SKIP no /dev/full");
	}
	fflush(stdout);
	child = fork();
	if (child == 0) {
		struct rlimit limit = { SIZE / 2, SIZE / 2 };

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		output = open_name("new");
		_exit(output_write(output, content, SIZE, &fault) != -FAULT_WRITE ||
		      !strstr(fault.text, strerror(EFBIG)) ||
		      (output_close(output), folder_count(&folder, false)) != 0);
	}
	waitpid(child, &status, 0);
	ok(status == 0, "a file that may not grow: said, and not left behind");
}

static void reader_gone(void)
{
	struct fault fault = { 0 };
	struct output *output;
	int reader;

	mkfifo(folder_name(&folder, "pipe"), 0600);
	reader = open(folder_name(&folder, "pipe"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	output = open_name("pipe");
	close(reader);
	ok(output_write(output, content, SIZE, &fault) == -FAULT_WRITE && strstr(fault.text, "reader"),
	   "a pipe that nobody reads: %s", fault.text);
	output_close(output);
	folder_count(&folder, true);
}

/* A function that output writes through: it keeps what comes, up to a number of bytes, and fails then. */
struct receiver {
	unsigned char *bytes;
	size_t have, room;
	unsigned calls;
};

static int receive(void *argument, const void *data, size_t size, struct fault *fault)
{
	struct receiver *receiver = argument;

	receiver->calls++;
	if (size > receiver->room - receiver->have)
		return fault_set(fault, FAULT_CANNOT, 1, 2, "the server wants no more");
	memcpy(receiver->bytes + receiver->have, data, size);
	receiver->have += size;
	return 0;
}

static struct output *open_receiver(struct receiver *receiver, size_t room)
{
	receiver->have = receiver->calls = 0;
	receiver->room = room;
	return output_open_calls(receive, receiver, "the server", &(struct fault){ 0 });
}

static void through_calls(void)
{
	unsigned char *image = calloc(1, SIZE + 100000);
	struct receiver receiver = { .bytes = malloc(SIZE + 100000) };
	struct output *output = open_receiver(&receiver, SIZE);
	struct fault fault;
	uint64_t end = 0;

	ok(!output_seekable(output) && output_offset(output) == 0, "a function is not seekable");
	for (size_t size = 0; end < SIZE / 2; end += size, size = size * 3 % 70001 + 1)
		output_write(output, content + end, size, &fault);
	memcpy(image, content, end);
	ok(output_offset(output) == end && receiver.calls, "function: it gets what is written, %u times",
	   receiver.calls);
	memcpy(image + SIZE - 3, "end", 3);
	ok(!output_write_at(output, SIZE - 3, "end", 3, &fault), "function: forward");
	ok(output_write_at(output, 0, "start", 5, &fault) == -FAULT_CANNOT, "function: not back: %s", fault.text);
	ok(receiver.have < SIZE, "function: the rest waits for a full buffer");
	ok(!output_commit(output, &fault) && receiver.have == SIZE && !memcmp(receiver.bytes, image, SIZE),
	   "function: or for commit, and all is there");
	output_close(output);

	output = open_receiver(&receiver, 100000);
	ok(output_write(output, content, 120000, &fault) == -FAULT_CANNOT &&
		   !strcmp(fault.text, "the server wants no more"),
	   "function: its own fault: %s", fault.text);
	output_close(output);
	output = open_receiver(&receiver, 100);
	ok(!output_write(output, content, 120, &fault) && output_commit(output, &fault) == -FAULT_CANNOT,
	   "function: at commit, too");
	output_close(output);

	output = open_receiver(&receiver, SIZE);
	ok(!output_spool(output, &fault) && output_seekable(output), "function: spooled, it is seekable");
	wander("function, spooled", output, image, &end);
	ok(!receiver.calls && !output_commit(output, &fault) && receiver.have == end &&
		   !memcmp(receiver.bytes, image, end),
	   "function: all comes in order at commit");
	output_close(output);
	free(receiver.bytes);
	free(image);
	folder_count(&folder, true);
}

static void refused(void)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY);
	const char *name = terminal >= 0 && !grantpt(terminal) && !unlockpt(terminal) ? ptsname(terminal) : NULL;
	struct fault fault = { 0 };

	ok(!output_open(folder_name(&folder, "no/folder"), &fault) && fault.code == FAULT_WRITE, "no such folder: %s",
	   fault.text);
	ok(!output_open(folder.path, &fault) && fault.code == FAULT_WRITE, "a folder: %s", fault.text);
	if (name)
		ok(!output_open(name, &fault) && fault.code == FAULT_CANNOT, "a terminal: %s", fault.text);
	else
		ok(true, "a terminal # SKIP there is none");
	if (terminal >= 0)
		close(terminal);
}

int main(void)
{
	uint64_t seed = 1;

	random_fill(&seed, content, SIZE);
	signal(SIGPIPE, SIG_IGN);
	if (!folder_make(&folder))
		return 1;
	setenv("TMPDIR", folder.path, 1);
	new_file();
	not_committed();
	replaced();
	anywhere();
	overwritten();
	holes();
	to_pipe();
	spooled();
	to_stdout(O_TRUNC, true, "abc\0\0d", 6, "a new file");
	to_stdout(0, true, "abc\0\0d", 6, "an old file");
	to_stdout(O_APPEND, false, "beforeabc\0\0d", 12, "appended to");
	full();
	reader_gone();
	through_calls();
	refused();
	folder_remove(&folder);
	return tap_done();
}
