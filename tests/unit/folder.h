/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder of the test's own, and what is in it. */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
	char path[256];
	char name[512]; /* what folder_name gave last */
};

static inline bool folder_make(struct folder *folder)
{
	const char *parent = getenv("TMPDIR");

	snprintf(folder->path, sizeof(folder->path), "%s/lkcd-unit.XXXXXX", parent && *parent ? parent : P_tmpdir);
	return mkdtemp(folder->path) != NULL;
}

/* The path of a file in it, valid until the next call. */
static inline const char *folder_name(struct folder *folder, const char *name)
{
	snprintf(folder->name, sizeof(folder->name), "%s/%s", folder->path, name);
	return folder->name;
}

/* How many files are in it; with remove set, there are none afterwards. */
static inline unsigned folder_count(struct folder *folder, bool remove)
{
	DIR *dir = opendir(folder->path);
	struct dirent *entry;
	unsigned count = 0;

	while (dir && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		count++;
		if (remove)
			unlink(folder_name(folder, entry->d_name));
	}
	if (dir)
		closedir(dir);
	return count;
}

static inline void folder_remove(struct folder *folder)
{
	folder_count(folder, true);
	rmdir(folder->path);
}

/* Make a file of those bytes. */
static inline bool folder_put(struct folder *folder, const char *name, const void *data, size_t size, mode_t mode)
{
	int fd = open(folder_name(folder, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good = fd >= 0 && write(fd, data, size) == (ssize_t)size && !fchmod(fd, mode);

	if (fd >= 0)
		close(fd);
	return good;
}

/* Does a file of that name hold exactly those bytes? */
static inline bool folder_holds(struct folder *folder, const char *name, const void *data, size_t size)
{
	unsigned char *got = malloc(size + 1);
	int fd = open(folder_name(folder, name), O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n = 0;

	while (got && fd >= 0 && have < size + 1 && (n = read(fd, got + have, size + 1 - have)) > 0)
		have += (size_t)n;
	if (fd >= 0)
		close(fd);
	n = got && fd >= 0 && have == size && !memcmp(got, data, size);
	free(got);
	return n;
}

#endif
