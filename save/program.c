/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds and runs the other tools of the project. They are beside the running one in a build or an initramfs, or in bin
 * beside its sbin. PATH comes last, because it can contain another version.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "save/program.h"

/* Is there a program FOLDER MORE/NAME? folder has length bytes; path, with its room, is then that path. */
static bool is_program(const char *folder, size_t length, const char *more, const char *name, char *path, size_t room)
{
	int n = snprintf(path, room, "%.*s%s/%s", (int)length, folder, more, name);

	return n > 0 && (size_t)n < room && !access(path, X_OK);
}

bool program_find(const char *name, char *path, size_t room)
{
	const char *search = getenv("PATH");
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n > 0) {
		const char *folder;

		self[n] = 0;
		folder = dirname(self);
		if (is_program(folder, strlen(folder), "", name, path, room) ||
		    is_program(folder, strlen(folder), "/../bin", name, path, room) ||
		    is_program(folder, strlen(folder), "/../sbin", name, path, room))
			return true;
	}
	while (search && *search) {
		size_t length = strcspn(search, ":");

		if (length && is_program(search, length, "", name, path, room))
			return true;
		search += length + (search[length] == ':');
	}
	return false;
}

/* Wait so many seconds for the child to end; kill it then. Returns its exit status, or -1. */
static int wait_or_kill(pid_t child, unsigned seconds)
{
	struct timespec nap = { 0, 10000000 };
	struct timespec now, start;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (;;) {
		pid_t pid = waitpid(child, &status, WNOHANG);

		if (pid == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		if (pid < 0 && errno != EINTR)
			return -1;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec - start.tv_sec >= (time_t)seconds)
			break;
		nanosleep(&nap, NULL);
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return -1;
}

int program_run(char *const argv[], unsigned seconds)
{
	posix_spawn_file_actions_t actions;
	pid_t child;
	int bad;

	if (posix_spawn_file_actions_init(&actions))
		return -1;
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	bad = posix_spawn(&child, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return bad ? -1 : wait_or_kill(child, seconds);
}
