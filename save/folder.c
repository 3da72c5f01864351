/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dump directory. It can also contain files of others, so only names that start with OURS, bounds, and the files of
 * a dump that saving makes are changed. A run can be killed at any moment, so a file has a name of OURS until it is
 * complete and on the disk; only then it is renamed, and its directory synced. Network file systems may lack O_TMPFILE,
 * RENAME_NOREPLACE or fsync of a directory (EINVAL); they get the nearest replacement.
 */
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

/* Each file's name is BEFORE.NUMBER AFTER. */
static const struct {
	const char *before, *after;
} kinds[FOLDER_KINDS] = {
	[FOLDER_DUMP] = { "dump", "" },         [FOLDER_INCOMPLETE] = { "dump", ".incomplete" },
	[FOLDER_MAP] = { "map", "" },           [FOLDER_KERNTYPES] = { "kerntypes", "" },
	[FOLDER_ANALYSIS] = { "analysis", "" }, [FOLDER_CHECKSUM] = { "checksum", "" },
};

char *folder_name(enum folder_kind kind, uint64_t number, char name[FOLDER_NAME_SIZE])
{
	snprintf(name, FOLDER_NAME_SIZE, "%s.%" PRIu64 "%s", kinds[kind].before, number, kinds[kind].after);
	return name;
}

/* "NUMBER/NAME", which is at most twice as long as NAME. */
static void make_inner_path(enum folder_kind kind, uint64_t number, char path[2 * FOLDER_NAME_SIZE])
{
	char name[FOLDER_NAME_SIZE];

	snprintf(path, 2 * FOLDER_NAME_SIZE, "%" PRIu64 "/%s", number, folder_name(kind, number, name));
}

bool folder_path(const struct folder *folder, enum folder_kind kind, uint64_t number, char *path, size_t room)
{
	char inner[2 * FOLDER_NAME_SIZE];
	int n;

	make_inner_path(kind, number, inner);
	n = snprintf(path, room, "%s/%s", folder->path, inner);
	return n > 0 && (size_t)n < room;
}

int folder_open_file(const struct folder *folder, enum folder_kind kind, uint64_t number)
{
	char path[2 * FOLDER_NAME_SIZE];

	make_inner_path(kind, number, path);
	return openat(folder->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

/* "cannot WHAT DIR/NAME", with errno. */
static int set_folder_fault(const struct folder *folder, struct fault *fault, const char *what, const char *name)
{
	return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot %s %s/%s", what, folder->path, name);
}

/* Is text a number as bounds has it: digits only, no leading zero, and below 10^18? */
static bool parse_dump_number(const char *text, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)*text) || strlen(text) > 18 || (text[0] == '0' && text[1]))
		return false;
	*number = strtoull(text, &end, 10);
	return !*end;
}

/* Open a directory to read its names, through a new descriptor, so that the caller's keeps its position. */
static DIR *open_names(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *names = fd >= 0 ? fdopendir(fd) : NULL;

	if (!names && fd >= 0)
		close(fd);
	return names;
}

/* Remove a file, or a directory of files, that a killed run left under a name of OURS. */
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

static void remove_leftovers(struct folder *folder)
{
	DIR *names = open_names(folder->fd, ".");
	struct dirent *entry;

	while (names && (entry = readdir(names)))
		if (!strncmp(entry->d_name, OURS, sizeof(OURS) - 1))
			remove_leftover(folder->fd, entry->d_name);
	if (names)
		closedir(names);
}

/* Make a path, as mkdir -p does. Only the owner may read the last directory, because memory contains secrets. */
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
			status = fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot create the directory %s",
						 copy);
		if (last)
			break;
		*at = '/';
	}
	free(copy);
	return status;
}

int folder_read_only(struct folder *folder, const char *path, struct fault *fault)
{
	folder->path = path;
	folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder->fd >= 0)
		return 0;
	return fault_set_errno(fault, FAULT_READ, FAULT_NOWHERE, "cannot open the directory %s", path);
}

int folder_open(struct folder *folder, const char *path, struct fault *fault)
{
	int status;

	folder->fd = -1;
	status = make_path(path, fault);
	if (!status)
		status = folder_read_only(folder, path, fault);
	if (status)
		return status;
	/* without locks on directories, as on NFS, the lock on the device remains */
	if (flock(folder->fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
		folder_close(folder);
		return FOLDER_BUSY;
	}
	remove_leftovers(folder);
	return 0;
}

void folder_close(struct folder *folder)
{
	if (folder->fd >= 0)
		close(folder->fd);
	folder->fd = -1;
}

/* Write a file in the directory at, under another name first. The file is synced, its directory is not. */
static int replace_file(struct folder *folder, int at, const char *name, const char *text, struct fault *fault)
{
	char other[FOLDER_NAME_SIZE];
	int fd, bad;

	snprintf(other, sizeof(other), OURS "%s", name);
	fd = openat(at, other, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return set_folder_fault(folder, fault, "create", name);
	bad = write_all(fd, text, strlen(text)) < strlen(text) || fsync(fd);
	if (bad)
		set_folder_fault(folder, fault, "write", name);
	close(fd);
	if (!bad && renameat(at, other, at, name))
		bad = set_folder_fault(folder, fault, "name", name);
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
	return parse_dump_number(text, &number) ? number : 0;
}

int folder_reserve_number(struct folder *folder, uint64_t *number, struct fault *fault)
{
	char name[FOLDER_NAME_SIZE];
	struct stat st;
	int status;

	for (*number = read_bounds(folder);; ++*number) {
		bool used;

		snprintf(name, sizeof(name), "%" PRIu64, *number);
		used = !fstatat(folder->fd, name, &st, AT_SYMLINK_NOFOLLOW);
		folder_name(FOLDER_DUMP, *number, name);
		if (!used && fstatat(folder->fd, name, &st, AT_SYMLINK_NOFOLLOW))
			break;
	}
	snprintf(name, sizeof(name), "%" PRIu64 "\n", *number + 1);
	status = replace_file(folder, folder->fd, "bounds", name, fault);
	if (!status && fsync(folder->fd) && errno != EINVAL)
		status = set_folder_fault(folder, fault, "sync", "");
	return status;
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Does DIR/N contain a file that saving makes? */
static bool is_saved(struct folder *folder, uint64_t number)
{
	for (enum folder_kind kind = 0; kind < FOLDER_KINDS; kind++) {
		char path[2 * FOLDER_NAME_SIZE];
		struct stat st;

		make_inner_path(kind, number, path);
		if (kind != FOLDER_INCOMPLETE && !fstatat(folder->fd, path, &st, AT_SYMLINK_NOFOLLOW) &&
		    S_ISREG(st.st_mode))
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
		return set_folder_fault(folder, fault, "read", "");
	while ((entry = readdir(names))) {
		if (!parse_dump_number(entry->d_name, &number) || !is_saved(folder, number))
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
		return set_folder_fault(folder, fault, "get the free space of", "");
	*bytes = (uint64_t)st.f_bavail * st.f_frsize;
	return 0;
}

uint64_t folder_size(struct folder *folder, uint64_t number)
{
	uint64_t size = 0;

	for (enum folder_kind kind = 0; kind < FOLDER_KINDS; kind++) {
		char path[2 * FOLDER_NAME_SIZE];
		struct stat st;

		make_inner_path(kind, number, path);
		if (!fstatat(folder->fd, path, &st, AT_SYMLINK_NOFOLLOW))
			size += (uint64_t)st.st_blocks * 512;
	}
	return size;
}

int folder_remove(struct folder *folder, uint64_t number, struct fault *fault)
{
	char name[FOLDER_NAME_SIZE], path[2 * FOLDER_NAME_SIZE];

	/* the dump last: after a failure the rest is still listed as a dump, and can be removed */
	for (enum folder_kind kind = FOLDER_KINDS; kind-- > 0;) {
		make_inner_path(kind, number, path);
		if (unlinkat(folder->fd, path, 0) && errno != ENOENT)
			return set_folder_fault(folder, fault, "remove", path);
	}
	snprintf(name, sizeof(name), "%" PRIu64, number);
	unlinkat(folder->fd, name, AT_REMOVEDIR); /* fails if it contains files of others: then it stays */
	return 0;
}

int folder_create(struct folder *folder, struct fault *fault)
{
	int fd = openat(folder->fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0) /* NFS and some others have no O_TMPFILE */
		fd = openat(folder->fd, OURS "dump", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd >= 0 ? fd : set_folder_fault(folder, fault, "create a file in", "");
}

static int link_dump(struct folder *folder, int at, int fd, const char *name, struct fault *fault)
{
	struct stat st;
	char self[40];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (!fstat(fd, &st) && st.st_nlink ? !renameat(folder->fd, OURS "dump", at, name)
					   : !linkat(AT_FDCWD, self, at, name, AT_SYMLINK_FOLLOW))
		return 0;
	return set_folder_fault(folder, fault, "name", name);
}

int folder_publish(struct folder *folder, uint64_t number, int fd, const char *notes, struct fault *fault)
{
	char hidden[FOLDER_NAME_SIZE], name[FOLDER_NAME_SIZE], more[FOLDER_NAME_SIZE];
	int at = -1, status = 0;

	snprintf(hidden, sizeof(hidden), OURS "%" PRIu64, number);
	if (mkdirat(folder->fd, hidden, 0700) ||
	    (at = openat(folder->fd, hidden, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		status = set_folder_fault(folder, fault, "make", hidden);
	folder_name(FOLDER_DUMP, number, name);
	folder_name(FOLDER_INCOMPLETE, number, more);
	if (!status && fd >= 0)
		status = link_dump(folder, at, fd, name, fault);
	if (!status && notes)
		status = replace_file(folder, at, more, notes, fault);
	if (!status && fsync(at) && errno != EINVAL)
		status = set_folder_fault(folder, fault, "sync", hidden);
	snprintf(name, sizeof(name), "%" PRIu64, number);
	if (!status && renameat2(folder->fd, hidden, folder->fd, name, RENAME_NOREPLACE) &&
	    (errno != EINVAL || renameat(folder->fd, hidden, folder->fd, name)))
		status = set_folder_fault(folder, fault, "name", name);
	if (at >= 0)
		close(at);
	if (status)
		remove_leftover(folder->fd, hidden);
	else if (fsync(folder->fd) && errno != EINVAL)
		status = set_folder_fault(folder, fault, "sync", "");
	return status;
}

static int open_dump_folder(struct folder *folder, uint64_t number, struct fault *fault)
{
	char name[FOLDER_NAME_SIZE];
	int at;

	snprintf(name, sizeof(name), "%" PRIu64, number);
	at = openat(folder->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return at >= 0 ? at : set_folder_fault(folder, fault, "open", name);
}

int folder_write(struct folder *folder, enum folder_kind kind, uint64_t number, const char *text, struct fault *fault)
{
	int at = open_dump_folder(folder, number, fault), status;
	char name[FOLDER_NAME_SIZE];

	if (at < 0)
		return at;
	status = replace_file(folder, at, folder_name(kind, number, name), text, fault);
	close(at);
	return status;
}

int folder_sync(struct folder *folder, uint64_t number, struct fault *fault)
{
	int at = open_dump_folder(folder, number, fault), status = 0;

	if (at < 0)
		return at;
	if ((fsync(at) || fsync(folder->fd)) && errno != EINVAL)
		status = set_folder_fault(folder, fault, "sync", "");
	close(at);
	return status;
}
