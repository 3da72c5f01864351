/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "dump/write.h"
#include "save/folder.h"

#define OURS ".lkcd-save."
#define NAME_SIZE 80

static const char *const kinds[] = {
	"dump.%" PRIu64,      "dump.%" PRIu64 ".incomplete", "map.%" PRIu64,
	"kerntypes.%" PRIu64, "analysis.%" PRIu64,           "checksum.%" PRIu64,
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static int failed(const struct folder *folder, struct fault *fault, const char *what, const char *name)
{
	return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot %s %s/%s", what, folder->path, name);
}

/* Is it a number as bounds has it: digits only, and not too large? */
static bool parse_number(const char *text, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)*text) || strlen(text) > 18 || (text[0] == '0' && text[1]))
		return false;
	*number = strtoull(text, &end, 10);
	return !*end;
}

/* Names of a folder; the stream's own descriptor, so that the caller's keeps its place. */
static DIR *open_names(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *names = fd >= 0 ? fdopendir(fd) : NULL;

	if (!names && fd >= 0)
		close(fd);
	return names;
}

/* Remove a leftover: a file, or a folder of files, that a killed run had under a name of ours. */
static void remove_leftover(int at, const char *name)
{
	struct dirent *entry;
	DIR *names;

	if (!unlinkat(at, name, 0))
		return;
	names = open_names(at, name);
	while (names && (entry = readdir(names)))
		unlinkat(dirfd(names), entry->d_name, 0);
	if (names)
		closedir(names);
	unlinkat(at, name, AT_REMOVEDIR);
}

static void clean(struct folder *folder)
{
	DIR *names = open_names(folder->fd, ".");
	struct dirent *entry;

	while (names && (entry = readdir(names)))
		if (!strncmp(entry->d_name, OURS, sizeof(OURS) - 1))
			remove_leftover(folder->fd, entry->d_name);
	if (names)
		closedir(names);
}

/* Make a path, as mkdir -p does; memory holds secrets, so nobody else may look into what is made. */
static int make_path(const char *path, struct fault *fault)
{
	char *copy = strdup(path);
	int status = 0;

	if (!copy)
		return fault_memory(fault);
	for (char *at = copy + 1; !status && *copy; at++) {
		bool last = !*at;

		if (*at && *at != '/')
			continue;
		*at = 0;
		if (mkdir(copy, last ? 0700 : 0755) && errno != EEXIST)
			status = fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot make the folder %s", copy);
		if (last)
			break;
		*at = '/';
	}
	free(copy);
	return status;
}

int folder_look(struct folder *folder, const char *path, struct fault *fault)
{
	folder->path = path;
	folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder->fd >= 0)
		return 0;
	return fault_set_errno(fault, FAULT_READ, FAULT_NOWHERE, "cannot open the folder %s", path);
}

int folder_open(struct folder *folder, const char *path, struct fault *fault)
{
	int status;

	folder->fd = -1;
	status = make_path(path, fault);
	if (!status)
		status = folder_look(folder, path, fault);
	if (status)
		return status;
	/* A file system without locks (NFS does not lock folders) leaves the device's own lock */
	if (flock(folder->fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
		folder_close(folder);
		return FOLDER_BUSY;
	}
	clean(folder);
	return 0;
}

void folder_close(struct folder *folder)
{
	if (folder->fd >= 0)
		close(folder->fd);
	folder->fd = -1;
}

/* A file in at, under another name first; synced, its folder is not. */
static int write_file(struct folder *folder, int at, const char *name, const char *text, struct fault *fault)
{
	char other[NAME_SIZE];
	int fd, bad;

	snprintf(other, sizeof(other), OURS "%s", name);
	fd = openat(at, other, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed(folder, fault, "create", name);
	bad = write_all(fd, text, strlen(text)) < strlen(text) || fsync(fd);
	if (bad)
		failed(folder, fault, "write", name);
	close(fd);
	if (!bad && renameat(at, other, at, name))
		bad = failed(folder, fault, "name", name);
	if (bad)
		unlinkat(at, other, 0);
	return bad ? -FAULT_WRITE : 0;
}

static uint64_t read_bounds(struct folder *folder)
{
	char text[32] = "";
	uint64_t number = 0;
	int fd = openat(folder->fd, "bounds", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	text[strcspn(text, " \n")] = 0;
	return parse_number(text, &number) ? number : 0;
}

int folder_take_number(struct folder *folder, uint64_t *number, struct fault *fault)
{
	char name[NAME_SIZE];
	struct stat st;
	int status;

	for (*number = read_bounds(folder);; ++*number) {
		bool taken;

		snprintf(name, sizeof(name), "%" PRIu64, *number);
		taken = !fstatat(folder->fd, name, &st, AT_SYMLINK_NOFOLLOW);
		snprintf(name, sizeof(name), kinds[0], *number);
		if (!taken && fstatat(folder->fd, name, &st, AT_SYMLINK_NOFOLLOW))
			break;
	}
	snprintf(name, sizeof(name), "%" PRIu64 "\n", *number + 1);
	status = write_file(folder, folder->fd, "bounds", name, fault);
	if (!status && fsync(folder->fd) && errno != EINVAL)
		status = failed(folder, fault, "sync", "");
	return status;
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Does DIR/N hold what saving makes? */
static bool is_saved(struct folder *folder, uint64_t number)
{
	for (size_t i = 0; i < KINDS; i++) {
		char name[NAME_SIZE], path[2 * NAME_SIZE];
		struct stat st;

		snprintf(name, sizeof(name), kinds[i], number);
		snprintf(path, sizeof(path), "%" PRIu64 "/%s", number, name);
		if (i != 1 && !fstatat(folder->fd, path, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode))
			return true;
	}
	return false;
}

int folder_list(struct folder *folder, uint64_t **numbers, size_t *count, struct fault *fault)
{
	DIR *names = open_names(folder->fd, ".");
	struct dirent *entry;
	size_t room = 0;
	uint64_t number;

	*numbers = NULL;
	*count = 0;
	if (!names)
		return failed(folder, fault, "read", "");
	while ((entry = readdir(names))) {
		if (!parse_number(entry->d_name, &number) || !is_saved(folder, number))
			continue;
		if (*count == room) {
			uint64_t *grown = realloc(*numbers, (room = room ? 2 * room : 16) * sizeof(**numbers));

			if (!grown) {
				free(*numbers);
				closedir(names);
				return fault_memory(fault);
			}
			*numbers = grown;
		}
		(*numbers)[(*count)++] = number;
	}
	closedir(names);
	if (*count)
		qsort(*numbers, *count, sizeof(**numbers), compare_numbers);
	return 0;
}

int folder_free(struct folder *folder, uint64_t *bytes, struct fault *fault)
{
	struct statvfs st;

	if (fstatvfs(folder->fd, &st))
		return failed(folder, fault, "learn the free space of", "");
	*bytes = (uint64_t)st.f_bavail * st.f_frsize;
	return 0;
}

uint64_t folder_size(struct folder *folder, uint64_t number)
{
	uint64_t size = 0;

	for (size_t i = 0; i < KINDS; i++) {
		char name[NAME_SIZE], path[2 * NAME_SIZE];
		struct stat st;

		snprintf(name, sizeof(name), kinds[i], number);
		snprintf(path, sizeof(path), "%" PRIu64 "/%s", number, name);
		if (!fstatat(folder->fd, path, &st, AT_SYMLINK_NOFOLLOW))
			size += (uint64_t)st.st_blocks * 512;
	}
	return size;
}

int folder_remove(struct folder *folder, uint64_t number, struct fault *fault)
{
	char name[NAME_SIZE], path[2 * NAME_SIZE];

	/* the dump last: a folder that lost only its companions is still one to be removed */
	for (size_t i = KINDS; i-- > 0;) {
		snprintf(name, sizeof(name), kinds[i], number);
		snprintf(path, sizeof(path), "%" PRIu64 "/%s", number, name);
		if (unlinkat(folder->fd, path, 0) && errno != ENOENT)
			return failed(folder, fault, "remove", path);
	}
	snprintf(name, sizeof(name), "%" PRIu64, number);
	unlinkat(folder->fd, name, AT_REMOVEDIR); /* what others put there stays, and so does the folder */
	return 0;
}

int folder_file(struct folder *folder, struct fault *fault)
{
	int fd = openat(folder->fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0) /* NFS and some others have no O_TMPFILE */
		fd = openat(folder->fd, OURS "dump", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd >= 0 ? fd : failed(folder, fault, "create a file in", "");
}

static int link_dump(struct folder *folder, int at, int fd, const char *name, struct fault *fault)
{
	struct stat st;
	char self[40];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (!fstat(fd, &st) && st.st_nlink ? !renameat(folder->fd, OURS "dump", at, name)
					   : !linkat(AT_FDCWD, self, at, name, AT_SYMLINK_FOLLOW))
		return 0;
	return failed(folder, fault, "name", name);
}

int folder_publish(struct folder *folder, uint64_t number, int fd, const char *notes, struct fault *fault)
{
	char hidden[NAME_SIZE], name[NAME_SIZE], more[NAME_SIZE];
	int at = -1, status = 0;

	snprintf(hidden, sizeof(hidden), OURS "%" PRIu64, number);
	if (mkdirat(folder->fd, hidden, 0700) ||
	    (at = openat(folder->fd, hidden, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		status = failed(folder, fault, "make", hidden);
	snprintf(name, sizeof(name), kinds[0], number);
	snprintf(more, sizeof(more), kinds[1], number);
	if (!status && fd >= 0)
		status = link_dump(folder, at, fd, name, fault);
	if (!status && notes)
		status = write_file(folder, at, more, notes, fault);
	if (!status && fsync(at) && errno != EINVAL)
		status = failed(folder, fault, "sync", hidden);
	snprintf(name, sizeof(name), "%" PRIu64, number);
	if (!status && renameat2(folder->fd, hidden, folder->fd, name, RENAME_NOREPLACE) &&
	    (errno != EINVAL || renameat(folder->fd, hidden, folder->fd, name)))
		status = failed(folder, fault, "name", name);
	if (at >= 0)
		close(at);
	if (status)
		remove_leftover(folder->fd, hidden);
	else if (fsync(folder->fd) && errno != EINVAL)
		status = failed(folder, fault, "sync", "");
	return status;
}

static int open_number(struct folder *folder, uint64_t number, struct fault *fault)
{
	char name[NAME_SIZE];
	int at;

	snprintf(name, sizeof(name), "%" PRIu64, number);
	at = openat(folder->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return at >= 0 ? at : failed(folder, fault, "open", name);
}

int folder_write(struct folder *folder, uint64_t number, const char *name, const char *text, struct fault *fault)
{
	int at = open_number(folder, number, fault), status;

	if (at < 0)
		return at;
	status = write_file(folder, at, name, text, fault);
	close(at);
	return status;
}

int folder_sync(struct folder *folder, uint64_t number, struct fault *fault)
{
	int at = open_number(folder, number, fault), status = 0;

	if (at < 0)
		return at;
	if ((fsync(at) || fsync(folder->fd)) && errno != EINVAL)
		status = failed(folder, fault, "sync", "");
	close(at);
	return status;
}
