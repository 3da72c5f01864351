/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lkcd: "lkcd SUB ..." runs lkcd-SUB, as LKCD's own script did. Without SUB it lists the tools that are installed
 * beside it. Relies on the second line of each tool's --help to be its summary.
 */
#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/options.h"
#include "save/program.h"

static const struct option_row rows[] = { { 0, NULL, NULL, NULL } };

/* The second line of a tool's --help says what it does. */
static void print_summary(const char *path, const char *name)
{
	char command[PATH_MAX + 40], line[200] = "";
	FILE *pipe;

	if (strchr(path, '\''))
		return;
	snprintf(command, sizeof(command), "'%s' --help 2>/dev/null", path);
	pipe = popen(command, "re");
	for (int i = 0; pipe && i < 2; i++)
		if (!fgets(line, sizeof(line), pipe))
			*line = 0;
	if (pipe) {
		char rest[4096];

		while (fread(rest, 1, sizeof(rest), pipe) > 0)
			;
		pclose(pipe);
	}
	line[strcspn(line, "\n")] = 0;
	printf("  %-10s  %s\n", name, line);
}

static int is_tool(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "lkcd-", 5) && !strchr(entry->d_name, '.') && strcmp(entry->d_name, "lkcd-box");
}

/* List the tools in a directory. */
static void list_folder(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_tool, alphasort);

	for (int i = 0; i < count; i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (!access(path, X_OK))
			print_summary(path, entries[i]->d_name + 5);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static int list_all(void)
{
	char self[PATH_MAX], other[PATH_MAX + 8];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *folder;

	self[n > 0 ? n : 0] = 0;
	folder = dirname(self);
	printf("Usage: lkcd SUBCOMMAND [ARGUMENT]...\nSubcommands:\n");
	fflush(stdout);
	list_folder(folder);
	snprintf(other, sizeof(other), "%s/../bin", folder);
	if (strlen(folder) > 5 && !strcmp(folder + strlen(folder) - 5, "/sbin"))
		list_folder(other);
	return message_flush("lkcd", 0);
}

int main(int argc, char **argv)
{
	struct options options = {
		.tool = "lkcd",
		.usage = "SUBCOMMAND [ARGUMENT]...",
		.summary = "Run lkcd-SUBCOMMAND; without arguments, list the subcommands.",
		.more = "Examples:\n"
			"  lkcd query             show whether this machine is ready to dump\n"
			"  lkcd save --help\n",
		.tables = { rows },
	};
	char name[100], path[PATH_MAX];

	if (argc < 2)
		return list_all();
	if (*argv[1] == '-') {
		options_next(&options, argc, argv);
		options_misuse(&options, "the subcommand comes first");
	}
	snprintf(name, sizeof(name), "lkcd-%s", argv[1]);
	if (strlen(argv[1]) > 80 || strchr(argv[1], '/') || !program_find(name, path, sizeof(path)))
		options_misuse(&options, "there is no subcommand '%.80s'", argv[1]);
	argv[1] = name;
	execv(path, argv + 1);
	message_print("lkcd", path, "cannot run: %s", strerror(errno));
	return 2;
}
