/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lkcd-verify: is a dump whole, where is it damaged, and which pages are still good? verify/check.c checks one dump;
 * here are the files and directories to check, their seals, and the exit status, which is that of the worst file.
 */
#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/formats.h"
#include "tools/input.h"
#include "verify/seal.h"
#include "tools/verdict.h"

#define ENTRIES 1024           /* of findings, merged, that are kept */
#define ENTRIES_ALL (1u << 20) /* with -v and --json */

enum { OPTION_JSON = 512, OPTION_QUICK, OPTION_RULES, OPTION_SEAL, OPTION_SPLIT };

static const struct option_row rows[] = {
	{ OPTION_QUICK, "quick", NULL, "check structure and checksums, but do not decompress" },
	{ OPTION_JSON, "json", NULL, "print a JSON object for each file" },
	{ OPTION_SEAL, "seal", NULL,
	  "check, then write checksums to FILE.sums; from then on,\nFILE is checked against them" },
	{ OPTION_SPLIT, "split", NULL, "the files are the parts of one split dump" },
	{ OPTION_RULES, "rules", NULL, "print the rules that a whole dump satisfies" },
	INPUT_THREADS_ROW,
	{ 0, NULL, NULL, NULL },
};

struct verify {
	struct options *options;
	struct input input; /* the options that apply to every input */
	struct verdict_options print;
	bool json, quick, seal, split;
	unsigned threads;
};

/* One dump, from its opening on. */
struct job {
	const struct verify *verify;
	struct input input;
	struct seal *seal;
	struct damage damage;
	struct check check;
	struct fault fault;
};

static char *seal_path(const char *path)
{
	char *made;

	return asprintf(&made, "%s" SEAL_SUFFIX, path) < 0 ? NULL : made;
}

/* Compare the file with the checksums in FILE.sums, if there are any. When that file is damaged, this is a finding. */
static int check_against_seal(struct job *job)
{
	char *path;

	if (!job->input.path_count || !strcmp(job->input.paths[0], "-") || job->verify->seal)
		return 0;
	path = seal_path(job->input.paths[0]);
	if (!path)
		return fault_memory(&job->fault);
	job->seal = seal_read(path, &job->fault);
	free(path);
	if (!job->seal && job->fault.code == FAULT_DAMAGED) {
		findings_add(&job->damage.findings, &job->fault);
		return 0;
	}
	if (!job->seal)
		return -job->fault.code;
	job->check.seal = job->seal;
	return seal_check(job->seal, job->input.stream, job->verify->threads, &job->damage.findings, &job->fault);
}

static int check_input(struct job *job)
{
	struct input *input = &job->input;
	int status = input_open_source(input, false, &job->fault);

	return status ? status : check_dump(&job->check, input->source, &job->fault);
}

static void print_check(struct job *job, int status)
{
	const struct verify *verify = job->verify;
	struct verdict verdict = {
		.file = job->input.name,
		.source = job->input.source,
		.check = status ? NULL : &job->check,
		.fault = &job->fault,
		.unpacked = !verify->quick,
		.sealed = job->seal != NULL,
	};

	progress_end(&job->input.shown);
	damage_sort(&job->damage);
	if (verify->json)
		verdict_print_json(&verdict);
	else
		verdict_print_text(&verify->print, &verdict);
	if (status)
		message_fault(verify->options->tool, job->input.name, &job->fault);
	fflush(stdout);
}

/* Write the checksums of a file that was just found to be whole. */
static int write_seal(struct job *job)
{
	const struct verify *verify = job->verify;
	const char *tool = verify->options->tool, *name = job->input.name;
	char *path;
	int status;

	if (job->check.verdict != WEIGHT_NOTE) {
		message_print(tool, name, "was not sealed: it is not whole");
		return 1;
	}
	path = seal_path(name);
	status = path ? seal_write(job->input.stream, path, verify->threads, &job->fault) : fault_memory(&job->fault);
	if (status)
		message_fault(tool, path ? path : name, &job->fault);
	else if (!verify->print.quiet && !verify->json)
		message_print(tool, name, "sealed: its checksums are in %s", path);
	free(path);
	return status ? 2 : 0;
}

/* Check one dump, or the parts of one. Returns the exit status. */
static int verify_one(const struct verify *verify, char **paths, int count)
{
	struct job job = { .verify = verify, .input = verify->input };
	int status;

	job.input.paths = paths;
	job.input.path_count = count;
	job.damage = damage_start(verify->print.verbose || verify->json ? ENTRIES_ALL : ENTRIES);
	job.check.damage = &job.damage;
	job.check.unpack = !verify->quick;
	job.check.threads = verify->threads;
	job.check.copy.progress = input_show_progress;
	job.check.copy.progress_argument = &job.input;
	status = input_open(&job.input, &job.fault);
	if (!status)
		status = check_against_seal(&job);
	if (!status)
		status = check_input(&job);
	print_check(&job, status);
	if (status)
		status = 2;
	else if (verify->seal)
		status = write_seal(&job);
	else
		status = job.check.verdict != WEIGHT_NOTE;
	seal_free(job.seal);
	damage_clear(&job.damage);
	input_close(&job.input);
	return status;
}

/* --- directories --- */

static int entry_compare(const FTSENT **a, const FTSENT **b)
{
	return strverscmp((*a)->fts_name, (*b)->fts_name);
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

/* Does it have the name of a dump? Then it is checked, whatever it contains. */
static bool is_named_as_dump(const char *name)
{
	return !strncmp(name, "vmcore", 6) || (!strncmp(name, "dump.", 5) && name[5] >= '0' && name[5] <= '9');
}

/* Skip the files beside dumps, as checksums, logs and symbol maps, and those of an unknown format. */
static bool is_dump(const struct verify *verify, const FTSENT *entry)
{
	static const char *const others[] = { SEAL_SUFFIX, ".txt", ".log", ".map" };
	struct fault fault;
	struct stream *stream;
	bool found;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (ends_with(entry->fts_name, others[i]))
			return false;
	if (is_named_as_dump(entry->fts_name))
		return true;
	stream = stream_open(entry->fts_path, &fault);
	found = !stream || formats_detect(stream, &verify->input.source_options, &fault) || fault.code != FAULT_FORMAT;
	stream_close(stream);
	return found;
}

static int verify_entry(struct verify *verify, FTSENT *entry, unsigned *dumps)
{
	if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS) {
		message_print(verify->options->tool, entry->fts_path, "cannot read: %s", strerror(entry->fts_errno));
		return 2;
	}
	if (entry->fts_info != FTS_F || !is_dump(verify, entry))
		return 0;
	++*dumps;
	return verify_one(verify, &entry->fts_path, 1);
}

/* Check every dump below a directory; links are not followed. */
static int verify_folder(struct verify *verify, char *path)
{
	char *paths[] = { path, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, entry_compare);
	unsigned dumps = 0;
	int worst = 0, status;
	FTSENT *entry;

	verify->print.list = false;
	while (fts && (errno = 0, entry = fts_read(fts))) {
		status = verify_entry(verify, entry, &dumps);
		worst = status > worst ? status : worst;
	}
	if (!fts || errno) {
		message_print(verify->options->tool, path, "cannot read: %s", strerror(errno));
		worst = 2;
	}
	if (fts)
		fts_close(fts);
	if (!dumps && !worst && !verify->input.quiet)
		message_print(verify->options->tool, path, "there is no dump below it");
	return worst;
}

static int verify_path(struct verify *verify, char **path)
{
	struct stat st;

	if (!verify->input.source_options.raw && !stat(*path, &st) && S_ISDIR(st.st_mode))
		return verify_folder(verify, *path);
	verify->print.list = true;
	return verify_one(verify, path, 1);
}

static int verify_all(struct verify *verify, char **paths, int count)
{
	int worst = 0;

	verify->print.list = true;
	if (verify->split || !count)
		return verify_one(verify, paths, count);
	for (int i = 0; i < count; i++) {
		int status = verify_path(verify, paths + i);

		worst = status > worst ? status : worst;
	}
	return worst;
}

static void set_verify_option(struct verify *verify, int id)
{
	switch (id) {
	case OPTION_JSON:
		verify->json = true;
		break;
	case OPTION_QUICK:
		verify->quick = true;
		break;
	case OPTION_SEAL:
		verify->seal = true;
		break;
	case OPTION_SPLIT:
		verify->split = true;
		break;
	case OPTION_RULES:
		verdict_print_rules();
		exit(message_flush(verify->options->tool, 0));
	default:
		input_set_option(&verify->input, id);
	}
}

int main(int argc, char **argv)
{
	struct options options = {
		.tool = "lkcd-verify",
		.usage = "[OPTION]... [FILE | DIR]...",
		.summary = "Check kernel dumps for damage.",
		.more = "Examples:\n"
			"  lkcd-verify dump.0              print one line if it is whole, else the damage\n"
			"  lkcd-verify -q /var/crash       check all dumps below it; print nothing if all are whole\n"
			"  lkcd-verify --seal vmcore       write checksums for a file whose format has none\n",
		.tables = { rows, input_plain_rows, input_rows },
	};
	struct verify verify = { .options = &options, .input = { .options = &options, .source_options.strict = true } };
	int id;

	while ((id = options_next(&options, argc, argv)) != OPTIONS_END)
		set_verify_option(&verify, id);
	verify.threads = input_threads(&verify.input);
	if (verify.seal && (optind == argc || verify.split))
		options_misuse(&options, "--seal needs the names of files, each a dump by itself");
	verify.print.quiet = verify.input.quiet;
	verify.print.verbose = verify.input.verbose;
	verify.input.quiet |= verify.json;
	return message_flush(options.tool, verify_all(&verify, argv + optind, argc - optind));
}
