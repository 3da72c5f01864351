/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "save/companions.h"
#include "save/proof.h"
#include "save/tools.h"

#define SECONDS 600 /* that lkcd-analyze has */

enum { MAP, KERNTYPES, ANALYSIS, COMPANIONS };

/* lkcd-analyze makes all that are asked for in one run: a large dump is gone through once. */
static const struct {
	const char *name, *option;
} companions[COMPANIONS] = {
	{ "map", "--also-map" },
	{ "kerntypes", "--also-kerntypes" },
	{ "analysis", "--output" },
};

struct paths {
	char path[COMPANIONS][PATH_MAX], dump[PATH_MAX];
};

static void find_paths(const struct save *save, struct paths *paths)
{
	for (int i = 0; i < COMPANIONS; i++)
		snprintf(paths->path[i], PATH_MAX, "%s/%" PRIu64 "/%s.%" PRIu64, save->folder->path, save->number,
			 companions[i].name, save->number);
	if (save->image)
		snprintf(paths->dump, PATH_MAX, "%s/%" PRIu64 "/dump.%" PRIu64, save->folder->path, save->number,
			 save->number);
	else
		snprintf(paths->dump, PATH_MAX, "%s", save->device->path);
}

static bool is_there(const char *path)
{
	return !access(path, F_OK);
}

static void analyze(struct save *save, const char *tool, struct paths *paths)
{
	char *argv[4 + 2 * COMPANIONS]; /* with tool, --quiet, dump and NULL */
	size_t n = 0;
	int status;

	argv[n++] = (char *)tool;
	argv[n++] = (char *)"--quiet";
	for (int i = 0; i < COMPANIONS; i++) {
		if (i != ANALYSIS && is_there(paths->path[i]))
			continue;
		argv[n++] = (char *)companions[i].option;
		argv[n++] = paths->path[i];
	}
	argv[n++] = paths->dump;
	argv[n] = NULL;
	status = tools_run(argv, SECONDS);
	for (int i = 0; i < COMPANIONS; i++)
		if (!is_there(paths->path[i]))
			save_tell(save, "%s.%" PRIu64 " was not made%s", companions[i].name, save->number,
				  status != 0 && status != 1 ? ": lkcd-analyze failed" : "");
}

/* "SUM  NAME" of a companion; nothing when there is none. Returns the length. */
static size_t sum(const struct save *save, const char *kind, char *text, size_t room)
{
	char name[60], path[100];
	struct proof_result result;
	struct fault fault;
	size_t n = 0;
	int fd;

	snprintf(name, sizeof(name), "%s.%" PRIu64, kind, save->number);
	snprintf(path, sizeof(path), "%" PRIu64 "/%s", save->number, name);
	fd = openat(save->folder->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return 0;
	if (!proof_file(fd, &result, &fault))
		n = (size_t)snprintf(text, room, "%s  %s\n", result.hash, name);
	close(fd);
	return n;
}

static void write_sums(struct save *save, const char *hash)
{
	char text[(COMPANIONS + 1) * (DIGEST_TEXT + 40)] = "", name[60];
	struct fault fault;
	size_t n = 0;

	if (*hash)
		n += (size_t)snprintf(text, sizeof(text), "%s  dump.%" PRIu64 "\n", hash, save->number);
	for (int i = 0; i < COMPANIONS; i++)
		n += sum(save, companions[i].name, text + n, sizeof(text) - n);
	snprintf(name, sizeof(name), "checksum.%" PRIu64, save->number);
	if (folder_write(save->folder, save->number, name, text, &fault) ||
	    folder_sync(save->folder, save->number, &fault))
		save_tell(save, "%s", fault.text);
}

bool companions_make(struct save *save, const char *hash)
{
	char tool[PATH_MAX];
	struct paths paths;

	find_paths(save, &paths);
	if (!tools_find("lkcd-analyze", tool, sizeof(tool)))
		save_tell(save, "lkcd-analyze is not installed, so there is no analysis, map and kerntypes");
	else if (!is_there(paths.path[ANALYSIS]))
		analyze(save, tool, &paths);
	write_sums(save, hash);
	return is_there(paths.path[ANALYSIS]);
}
