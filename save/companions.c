/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs lkcd-analyze on a dump that is already safe, so a failure here must not fail the saving. One run makes all
 * missing files, because each run reads the whole dump. It is killed when it takes too long: the machine is still
 * booting. Relies on lkcd-analyze to leave no incomplete files.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "save/companions.h"
#include "save/program.h"
#include "save/proof.h"

#define SECONDS 600 /* for lkcd-analyze */

/* What lkcd-analyze makes, and the option that names the file. */
static const struct companion {
	enum folder_kind kind;
	const char *option;
} companions[] = {
	{ FOLDER_MAP, "--also-map" },
	{ FOLDER_KERNTYPES, "--also-kerntypes" },
	{ FOLDER_ANALYSIS, "--output" },
};
#define COMPANIONS (sizeof(companions) / sizeof(*companions))

static bool is_made(const struct folder *folder, enum folder_kind kind, uint64_t number)
{
	char path[PATH_MAX];

	return folder_path(folder, kind, number, path, sizeof(path)) && !access(path, F_OK);
}

static void report_missing(struct folder *folder, uint64_t number, bool failed, struct steps *steps)
{
	char name[FOLDER_NAME_SIZE];

	for (size_t i = 0; i < COMPANIONS; i++)
		if (!is_made(folder, companions[i].kind, number))
			steps_report(steps, "%s was not made%s", folder_name(companions[i].kind, number, name),
				     failed ? ": lkcd-analyze failed" : "");
}

/* The analysis is missing; a run that was killed may have left the symbol map and the types. */
static void analyze(struct folder *folder, uint64_t number, const char *tool, const char *dump, struct steps *steps)
{
	char paths[COMPANIONS][PATH_MAX];
	const char *argv[4 + 2 * COMPANIONS]; /* with tool, --quiet, dump and NULL */
	size_t n = 0;
	int status;

	argv[n++] = tool;
	argv[n++] = "--quiet";
	for (size_t i = 0; i < COMPANIONS; i++) {
		if (is_made(folder, companions[i].kind, number) ||
		    !folder_path(folder, companions[i].kind, number, paths[i], sizeof(paths[i])))
			continue;
		argv[n++] = companions[i].option;
		argv[n++] = paths[i];
	}
	argv[n++] = dump;
	argv[n] = NULL;
	status = program_run((char *const *)argv, SECONDS);
	report_missing(folder, number, status != 0 && status != 1, steps);
}

/* "SUM  NAME" of a file, when there is one, into text. Returns the length. */
static size_t make_sum(struct folder *folder, uint64_t number, enum folder_kind kind, char *text, size_t room)
{
	char name[FOLDER_NAME_SIZE];
	struct proof_result result;
	struct fault fault;
	size_t n = 0;
	int fd = folder_open_file(folder, kind, number);

	if (fd < 0)
		return 0;
	if (!proof_file(fd, &result, &fault))
		n = (size_t)snprintf(text, room, "%s  %s\n", result.hash, folder_name(kind, number, name));
	close(fd);
	return n;
}

static void write_sums(struct folder *folder, uint64_t number, const char *hash, struct steps *steps)
{
	char text[(COMPANIONS + 1) * (DIGEST_TEXT + FOLDER_NAME_SIZE)] = "", name[FOLDER_NAME_SIZE];
	struct fault fault;
	size_t n = 0;

	if (*hash)
		n += (size_t)snprintf(text, sizeof(text), "%s  %s\n", hash, folder_name(FOLDER_DUMP, number, name));
	for (size_t i = 0; i < COMPANIONS; i++)
		n += make_sum(folder, number, companions[i].kind, text + n, sizeof(text) - n);
	if (folder_write(folder, FOLDER_CHECKSUM, number, text, &fault) || folder_sync(folder, number, &fault))
		steps_report(steps, "%s", fault.text);
}

bool companions_make(struct folder *folder, uint64_t number, const char *dump, const char *hash, struct steps *steps)
{
	char tool[PATH_MAX];

	if (!program_find("lkcd-analyze", tool, sizeof(tool)))
		steps_report(steps, "lkcd-analyze is not installed, so analysis, map and kerntypes were not made");
	else if (!is_made(folder, FOLDER_ANALYSIS, number))
		analyze(folder, number, tool, dump, steps);
	write_sums(folder, number, hash, steps);
	return is_made(folder, FOLDER_ANALYSIS, number);
}
