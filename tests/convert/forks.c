/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs lkcd-convert many thousand times for damaged.t, each time in a fork of this process, which has no more to copy
 * than the tool itself: neither exec nor the dynamic linker, which take most of the time that a small image takes.
 *
 * A request is a line on standard input, words with tabs between them:
 *   SECONDS INPUT OUTPUT ERRORS lkcd-convert ARGUMENT...
 * After so many SECONDS the tool is killed by SIGALRM. INPUT is a file that is fed to it through a pipe, and OUTPUT a
 * file that takes what it writes into another; "-" is /dev/null for either. ERRORS is a file that takes its standard
 * error. The answer is a line: "STATUS SIGNAL BYTES", BYTES being what came through the pipe. It is killed when these
 * are more than 512 MiB.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int lkcd_convert(int argc, char **argv);
#define main lkcd_convert
#include "tools/lkcd-convert.c"
#undef main

enum { MOST_WORDS = 32, MOST_BYTES = 512 << 20 };

struct request {
	char *words[MOST_WORDS + 1];
	int count;
};

/* Pipes to and from the tool, -1 where there is none, and what goes through them. */
struct flow {
	int feed, catch, file;
	char *bytes; /* what is still to be fed is bytes[fed, size) */
	size_t fed, size;
	unsigned long caught;
};

static void die(const char *what)
{
	fprintf(stderr, "forks: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		die(path);
	return fd;
}

static bool parse(char *line, struct request *request)
{
	request->count = 0;
	line[strcspn(line, "\n")] = 0;
	for (char *word = strtok(line, "\t"); word && request->count < MOST_WORDS; word = strtok(NULL, "\t"))
		request->words[request->count++] = word;
	request->words[request->count] = NULL;
	return request->count > 4;
}

static void load(struct flow *flow, const char *path)
{
	int fd = open_file(path, O_RDONLY);
	struct stat st;

	if (fstat(fd, &st))
		die(path);
	flow->size = (size_t)st.st_size;
	flow->bytes = malloc(flow->size + 1);
	if (!flow->bytes || read(fd, flow->bytes, flow->size) != st.st_size)
		die(path);
	close(fd);
}

static void make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
}

/* In the fork: the tool, with its own standard input and outputs and no other file open. */
static _Noreturn void run_tool(struct request *request, int in, int out)
{
	int errors = open_file(request->words[3], O_WRONLY | O_CREAT | O_TRUNC);

	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(errors, 2) < 0 || close_range(3, ~0u, 0))
		_exit(127);
	alarm((unsigned)atoi(request->words[0]));
	exit(lkcd_convert(request->count - 4, request->words + 4));
}

static pid_t start(struct request *request, struct flow *flow)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 };
	pid_t pid;

	if (strcmp(request->words[1], "-")) {
		load(flow, request->words[1]);
		make_pipe(in);
	} else {
		in[0] = open_file("/dev/null", O_RDONLY);
	}
	if (strcmp(request->words[2], "-")) {
		flow->file = open_file(request->words[2], O_WRONLY | O_CREAT | O_TRUNC);
		make_pipe(out);
	} else {
		out[1] = open_file("/dev/null", O_WRONLY);
	}
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		run_tool(request, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	flow->feed = in[1];
	flow->catch = out[0];
	if (flow->feed >= 0 && fcntl(flow->feed, F_SETFL, O_NONBLOCK))
		die("fcntl");
	return pid;
}

/* Feed what the pipe has room for. Its writing end is closed behind the last byte, and when the tool reads no more. */
static void feed(struct flow *flow)
{
	ssize_t n = write(flow->feed, flow->bytes + flow->fed, flow->size - flow->fed);

	if (n > 0)
		flow->fed += (size_t)n;
	if ((n < 0 && errno != EAGAIN) || flow->fed == flow->size) {
		close(flow->feed);
		flow->feed = -1;
	}
}

static void collect(struct flow *flow, pid_t pid)
{
	static char part[1 << 16];
	ssize_t n = read(flow->catch, part, sizeof(part));

	if (n <= 0) {
		close(flow->catch);
		flow->catch = -1;
		return;
	}
	if (write(flow->file, part, (size_t)n) != n)
		die("cannot write what the tool wrote");
	flow->caught += (size_t)n;
	if (flow->caught > MOST_BYTES)
		kill(pid, SIGKILL);
}

static void answer(struct request *request)
{
	struct flow flow = { .feed = -1, .catch = -1, .file = -1 };
	pid_t pid = start(request, &flow);
	int status;

	while (flow.feed >= 0 || flow.catch >= 0) {
		struct pollfd polls[2] = { { .fd = flow.feed, .events = POLLOUT },
					   { .fd = flow.catch, .events = POLLIN } };

		if (poll(polls, 2, -1) < 0)
			die("poll");
		if (polls[0].revents)
			feed(&flow);
		if (polls[1].revents)
			collect(&flow, pid);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (flow.file >= 0)
		close(flow.file);
	free(flow.bytes);
	printf("%d %d %lu\n", WIFEXITED(status) ? WEXITSTATUS(status) : 0, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
	       flow.caught);
	fflush(stdout);
}

int main(void)
{
	struct request request;
	char *line = NULL;
	size_t room = 0;

	signal(SIGPIPE, SIG_IGN);
	while (getline(&line, &room, stdin) > 0) {
		if (!parse(line, &request)) {
			fprintf(stderr, "forks: not a request\n");
			return 2;
		}
		answer(&request);
	}
	free(line);
	return 0;
}
