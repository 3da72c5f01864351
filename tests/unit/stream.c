/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Streams: the same questions to a file, a pipe, and memory that stands for each of them. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "lkcd/stream.h"
#include "tests/unit/folder.h"
#include "tests/unit/random.h"
#include "tests/unit/tap.h"

#define SIZE ((3u << 20) + 123)

static unsigned char content[SIZE];
static struct folder folder;

enum kind { FILE_KIND, PIPE_KIND, MEMORY_KIND, MEMORY_PIPE_KIND, KINDS };
static const char *const kind_names[KINDS] = { "file", "pipe", "memory", "memory as a pipe" };

/* A pipe that another process fills, in pieces that fit no buffer. */
static int fill_pipe(const unsigned char *data, size_t size, pid_t *writer)
{
	int ends[2];

	if (pipe(ends))
		return -1;
	fflush(stdout);
	*writer = fork();
	if (*writer == 0) {
		signal(SIGPIPE, SIG_IGN);
		close(ends[0]);
		for (size_t at = 0; at < size;) {
			ssize_t n = write(ends[1], data + at, size - at < 7777 ? size - at : 7777);

			if (n < 0)
				_exit(1);
			at += (size_t)n;
		}
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

struct opened {
	struct stream *stream;
	pid_t writer; /* 0: none */
};

static struct opened open_kind(enum kind kind)
{
	struct opened opened = { 0 };
	struct fault fault;

	if (kind == FILE_KIND)
		opened.stream = stream_open(folder_name(&folder, "content"), &fault);
	else if (kind == PIPE_KIND)
		opened.stream = stream_open_fd(fill_pipe(content, SIZE, &opened.writer), "a pipe", &fault);
	else
		opened.stream = stream_open_memory(content, SIZE, kind == MEMORY_PIPE_KIND, &fault);
	if (!opened.stream)
		abort();
	return opened;
}

static void close_kind(struct opened *opened)
{
	stream_close(opened->stream);
	if (opened->writer)
		waitpid(opened->writer, NULL, 0);
}

static bool reads(struct stream *stream, uint64_t offset, size_t size)
{
	static unsigned char out[SIZE];
	struct fault fault;

	return stream_offset(stream) == offset && !stream_read(stream, out, size, &fault) &&
	       !memcmp(out, content + offset, size) && stream_offset(stream) == offset + size;
}

static bool peeks(struct stream *stream, size_t want, size_t least)
{
	uint64_t offset = stream_offset(stream);
	size_t have = 0;
	struct fault fault;
	const void *at = stream_peek(stream, want, &have, &fault);

	return at && have >= least && have <= SIZE - offset && !memcmp(at, content + offset, have) &&
	       stream_offset(stream) == offset;
}

static void forward(enum kind kind)
{
	const char *name = kind_names[kind];
	struct opened opened = open_kind(kind);
	struct stream *stream = opened.stream;
	struct fault fault = { 0 };
	char byte;

	ok(stream_size(stream) == (kind == FILE_KIND || kind == MEMORY_KIND ? SIZE : STREAM_SIZE_UNKNOWN), "%s: size",
	   name);
	ok(stream_seekable(stream) == (kind == FILE_KIND || kind == MEMORY_KIND), "%s: seekable", name);
	ok(peeks(stream, 16, 16) && peeks(stream, 300000, 300000), "%s: peeks, and further", name);
	ok(reads(stream, 0, 10), "%s: reads 10 bytes", name);
	ok(peeks(stream, 1 << 20, 1 << 20), "%s: peeks 1 MiB from there", name);
	ok(!stream_skip(stream, 1000, &fault) && reads(stream, 1010, 5), "%s: skips what is at hand", name);
	ok(!stream_skip(stream, 1500000, &fault) && reads(stream, 1501015, 700001), "%s: skips far, reads much", name);
	ok(!stream_seek(stream, 2300000, &fault) && reads(stream, 2300000, 1), "%s: seeks forward", name);
	ok(peeks(stream, STREAM_PEEK_MAX, SIZE - 2300001), "%s: peeks as far as the end", name);
	ok(reads(stream, 2300001, SIZE - 2300001), "%s: reads to the end", name);
	ok(peeks(stream, 1, 0), "%s: nothing is left", name);
	ok(stream_read(stream, &byte, 1, &fault) == -FAULT_CUT && fault.offset == SIZE,
	   "%s: reading on is a cut at its end", name);
	ok(!stream_skip(stream, 0, &fault), "%s: no byte can be skipped", name);
	ok(stream_skip(stream, 1, &fault) == -FAULT_CUT, "%s: one cannot", name);
	ok(stream_skip(stream, UINT64_MAX, &fault) == -FAULT_CUT, "%s: nor can very many", name);
	close_kind(&opened);
}

static void backward(enum kind kind)
{
	const char *name = kind_names[kind];
	struct opened opened = open_kind(kind);
	struct stream *stream = opened.stream;
	unsigned char out[100];
	struct fault fault = { 0 };

	if (!stream_seekable(stream)) {
		ok(stream_read_at(stream, 0, out, 1, &fault) == -FAULT_CANNOT, "%s: cannot be read at an offset", name);
		ok(!stream_skip(stream, 3000, &fault) && stream_seek(stream, 2999, &fault) == -FAULT_CANNOT,
		   "%s: cannot be sought backward", name);
		ok(reads(stream, 3000, 100), "%s: goes on after that", name);
		ok(stream_spool(stream, &fault) == -FAULT_CANNOT, "%s: cannot be spooled any more", name);
		close_kind(&opened);
		return;
	}
	ok(!stream_seek(stream, SIZE - 5, &fault) && reads(stream, SIZE - 5, 5), "%s: seeks near the end", name);
	ok(!stream_seek(stream, 77, &fault) && reads(stream, 77, 1000), "%s: seeks back", name);
	ok(!stream_read_at(stream, 2000000, out, 100, &fault) && !memcmp(out, content + 2000000, 100), "%s: reads at",
	   name);
	ok(reads(stream, 1077, 10), "%s: which does not move it", name);
	ok(stream_read_at(stream, SIZE - 99, out, 100, &fault) == -FAULT_CUT, "%s: reading at the end is cut", name);
	ok(stream_read_at(stream, UINT64_MAX, out, 1, &fault) == -FAULT_CUT, "%s: so it is beyond all files", name);
	ok(!stream_seek(stream, UINT64_C(1) << 63, &fault) && stream_read(stream, out, 1, &fault) == -FAULT_CUT,
	   "%s: seeking there is found by reading", name);
	ok(!stream_seek(stream, SIZE + 9, &fault) && stream_read(stream, out, 1, &fault) == -FAULT_CUT,
	   "%s: and so it is behind the end", name);
	ok(!stream_seek(stream, 0, &fault) && reads(stream, 0, SIZE), "%s: seeks to the start and reads all", name);
	ok(!stream_spool(stream, &fault) && !stream_seek(stream, 5, &fault) && reads(stream, 5, 5),
	   "%s: spooling is nothing", name);
	close_kind(&opened);
}

/* Seeks, skips, peeks and reads in any order. */
static void wander(enum kind kind)
{
	struct opened opened = open_kind(kind);
	uint64_t seed = 4711, at = 0;
	struct fault fault;
	bool good = true;

	for (unsigned i = 0; i < 400 && good; i++) {
		uint64_t to = stream_seekable(opened.stream) ? random_below(&seed, SIZE)
							     : at + random_below(&seed, (SIZE - at) / 40 + 1);
		size_t size = (size_t)random_below(&seed, SIZE - to < 40000 ? SIZE - to : 40000);

		good = i & 1 && to >= at ? !stream_skip(opened.stream, to - at, &fault)
					 : !stream_seek(opened.stream, to, &fault);
		good = good && peeks(opened.stream, size, size) && reads(opened.stream, to, size);
		at = to + size;
	}
	ok(good, "%s: wanders about", kind_names[kind]);
	close_kind(&opened);
}

static void spool(enum kind kind, size_t peeked)
{
	const char *name = kind_names[kind];
	struct opened opened = open_kind(kind);
	struct stream *stream = opened.stream;
	struct fault fault;

	ok(peeks(stream, peeked, peeked), "%s: peeks %zu bytes", name, peeked);
	ok(!stream_spool(stream, &fault), "%s: is spooled", name);
	ok(stream_seekable(stream) && stream_size(stream) == SIZE, "%s: is a file of its size then", name);
	ok(reads(stream, 0, SIZE), "%s: with all of its bytes", name);
	ok(!stream_seek(stream, 1, &fault) && reads(stream, 1, SIZE - 1), "%s: that can be sought in", name);
	ok(folder_count(&folder, false) == 1, "%s: and no name", name);
	close_kind(&opened);
}

static void empty(void)
{
	struct fault fault;
	struct stream *stream;
	pid_t writer;
	size_t have = 1;

	folder_put(&folder, "empty", "", 0, 0600);
	stream = stream_open(folder_name(&folder, "empty"), &fault);
	ok(stream && stream_size(stream) == 0 && stream_peek(stream, 1, &have, &fault) && !have, "an empty file");
	stream_close(stream);
	stream = stream_open_fd(fill_pipe(NULL, 0, &writer), "empty", &fault);
	ok(stream && stream_peek(stream, 1, &have, &fault) && !have, "an empty pipe");
	ok(!stream_spool(stream, &fault) && stream_size(stream) == 0 && stream_seekable(stream), "can be spooled");
	ok(stream_peek(stream, 1, &have, &fault) && !have, "and stays empty");
	stream_close(stream);
	waitpid(writer, NULL, 0);
	unlink(folder_name(&folder, "empty"));
}

/* Offsets that do not fit 32 bits, in a file that is nearly all hole. */
static void large(void)
{
	const uint64_t size = UINT64_C(5) << 30, mark = (UINT64_C(4) << 30) + 100;
	int fd = open(folder_name(&folder, "large"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct stream *stream;
	struct fault fault;
	char out[8] = "";

	if (fd < 0 || ftruncate(fd, (off_t)size) || pwrite(fd, "marked", 6, (off_t)mark) != 6 ||
	    pwrite(fd, "END", 3, (off_t)size - 3) != 3) {
		ok(true, "5 GiB # SKIP the file system has no files of that size");
		close(fd);
		unlink(folder_name(&folder, "large"));
		return;
	}
	close(fd);
	stream = stream_open(folder_name(&folder, "large"), &fault);
	ok(stream && stream_size(stream) == size, "5 GiB: size");
	ok(!stream_seek(stream, mark, &fault) && !stream_read(stream, out, 6, &fault) && !strcmp(out, "marked"),
	   "5 GiB: seek");
	ok(stream_offset(stream) == mark + 6, "5 GiB: offset");
	memset(out, 0, sizeof(out));
	ok(!stream_read_at(stream, mark + 2, out, 4, &fault) && !strcmp(out, "rked"), "5 GiB: read at");
	memset(out, 0, sizeof(out));
	ok(!stream_skip(stream, size - 3 - mark - 6, &fault) && !stream_read(stream, out, 3, &fault) &&
		   !strcmp(out, "END"),
	   "5 GiB: skip");
	ok(stream_skip(stream, 1, &fault) == -FAULT_CUT, "5 GiB: end");
	stream_close(stream);
	unlink(folder_name(&folder, "large"));
}

/* A shell hands us a file that others have read from. */
static void half_read(void)
{
	int fd = open(folder_name(&folder, "content"), O_RDONLY | O_CLOEXEC);
	struct fault fault;
	struct stream *stream;
	unsigned char out[10];

	lseek(fd, 1000, SEEK_SET);
	stream = stream_open_fd(fd, "rest", &fault);
	ok(!stream_seekable(stream) && stream_size(stream) == SIZE - 1000,
	   "what others left of a file is a pipe of known size");
	ok(stream_offset(stream) == 0 && !stream_read(stream, out, 10, &fault) && !memcmp(out, content + 1000, 10),
	   "that starts where they ended");
	ok(stream_skip(stream, SIZE - 1010 + 1, &fault) == -FAULT_CUT, "and whose end is known");
	stream_close(stream);
}

static void refused(void)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY);
	const char *name = terminal >= 0 && !grantpt(terminal) && !unlockpt(terminal) ? ptsname(terminal) : NULL;
	struct fault fault = { 0 };

	ok(!stream_open(folder_name(&folder, "nothing"), &fault) && fault.code == FAULT_READ &&
		   strstr(fault.text, strerror(ENOENT)),
	   "no such file: %s", fault.text);
	ok(!stream_open(folder.path, &fault) && fault.code == FAULT_READ && strstr(fault.text, "is a directory"),
	   "a directory: %s", fault.text);
	if (name)
		ok(!stream_open(name, &fault) && fault.code == FAULT_CANNOT, "a terminal: %s", fault.text);
	else
		ok(true, "a terminal # SKIP there is none");
	if (terminal >= 0)
		close(terminal);
	setenv("TMPDIR", folder_name(&folder, "nothing"), 1);
	ok(stream_temporary(&fault) == -1 && fault.code == FAULT_WRITE && strstr(fault.text, "TMPDIR"), "no TMPDIR: %s",
	   fault.text);
	stream_close(NULL);
}

/* Reading ahead stops where it is told to, and goes on behind that. */
static void kept_below(void)
{
	struct opened opened = open_kind(FILE_KIND);
	struct fault fault;
	const unsigned char *at;
	size_t have;

	stream_keep_below(opened.stream, 5000);
	at = stream_peek(opened.stream, 8000, &have, &fault);
	ok(at && have == 5000 && !memcmp(at, content, have), "peeking ends at the limit: %zu bytes", have);
	stream_keep_below(opened.stream, 300000);
	ok(!stream_seek(opened.stream, 9000, &fault) && (at = stream_peek(opened.stream, 1, &have, &fault)) != NULL &&
		   have && 9000 + have <= 300000 && !memcmp(at, content + 9000, have),
	   "behind it, up to the next one: %zu bytes", have);
	stream_keep_below(opened.stream, UINT64_MAX);
	at = stream_peek(opened.stream, 1 << 20, &have, &fault);
	ok(at && have >= 1 << 20 && !memcmp(at, content + 9000, have), "no limit: %zu bytes", have);
	close_kind(&opened);
}

int main(void)
{
	uint64_t seed = 20021123;

	random_fill(&seed, content, SIZE);
	if (!folder_make(&folder) || !folder_put(&folder, "content", content, SIZE, 0600))
		return 1;
	setenv("TMPDIR", folder.path, 1);
	for (enum kind kind = 0; kind < KINDS; kind++) {
		forward(kind);
		backward(kind);
		wander(kind);
	}
	spool(PIPE_KIND, 0);
	spool(PIPE_KIND, 100);
	spool(PIPE_KIND, 2 << 20);
	spool(MEMORY_PIPE_KIND, 100);
	empty();
	large();
	half_read();
	refused();
	kept_below();
	folder_remove(&folder);
	return tap_done();
}
