/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lkcd-analyze: what a kernel dump says without debug information, its System.map and its types. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyze/analysis.h"
#include "analyze/learn.h"
#include "convert/contents.h"
#include "convert/input.h"
#include "dump/memory.h"
#include "lkcd/output.h"

enum { OPTION_JSON = 512, OPTION_MAP, OPTION_KERNTYPES, OPTION_QUICK, OPTION_ROOT };

static const struct option_row rows[] = {
	{ 'o', "output", "OUT", "write to OUT instead of standard output" },
	{ OPTION_JSON, "json", NULL, "print one JSON object" },
	{ OPTION_MAP, "map", NULL,
	  "write the kernel's System.map instead: /boot's, if it is that\nkernel's, or the dump's" },
	{ OPTION_KERNTYPES, "kerntypes", NULL, "write the kernel's types (BTF) instead" },
	{ OPTION_QUICK, "quick", NULL, "do not read all pages: damage is not looked for" },
	{ OPTION_ROOT, "root", "DIR", "look for boot/System.map-* and sys/kernel below DIR" },
	{ 0, NULL, NULL, NULL },
};

enum task { TASK_TELL, TASK_MAP, TASK_KERNTYPES };

struct run {
	struct input input;
	struct analysis analysis;
	enum task task;
	bool json, quick;
	struct contents contents;
	int contents_status; /* exit status that reading through gave */
	const char *out;
	struct output *output; /* NULL: standard output */
	struct fault fault;    /* of writing to it */
};

/* A FILE's bytes on their way to an output. */
static ssize_t write_cookie(void *cookie, const char *bytes, size_t size)
{
	struct run *run = cookie;

	if (run->fault.code || output_write(run->output, bytes, size, &run->fault))
		return 0;
	return (ssize_t)size;
}

static FILE *open_text(struct run *run, struct fault *fault)
{
	FILE *file;

	if (!strcmp(run->out, "-"))
		return stdout;
	run->output = output_open(run->out, fault);
	if (!run->output)
		return NULL;
	file = fopencookie(run, "w", (cookie_io_functions_t){ .write = write_cookie });
	if (!file)
		fault_memory(fault);
	return file;
}

/* All text is told. Returns 0 or a fault. */
static int close_text(struct run *run, FILE *file, struct fault *fault)
{
	if (file == stdout)
		return 0;
	if (fclose(file) && !run->fault.code)
		fault_set_errno(&run->fault, FAULT_WRITE, FAULT_NOWHERE, "cannot write");
	if (run->fault.code) {
		*fault = run->fault;
		return -fault->code;
	}
	return output_commit(run->output, fault);
}

/* A fault of what is written is not one of the dump. */
static int say_output(struct run *run, const struct fault *fault)
{
	die_say(run->input.options->tool, run->out, fault);
	return 2;
}

static int tell(struct run *run)
{
	struct report report;
	struct fault fault;
	FILE *file = open_text(run, &fault);

	if (!file)
		return say_output(run, &fault);
	report = report_start(file, run->json, SIZE_MAX);
	analysis_tell(&run->analysis, &report, run->input.name, run->quick ? NULL : &run->contents);
	report_end(&report);
	if (close_text(run, file, &fault))
		return say_output(run, &fault);
	return run->contents_status ? run->contents_status : run->analysis.damaged;
}

/* The file as it is: it may have more than what is read of it here. */
static int copy_file(const char *path, FILE *file, struct fault *fault)
{
	struct stream *stream = stream_open(path, fault);
	int status = stream ? 0 : -fault->code;

	while (!status) {
		size_t have;
		const void *head = stream_peek(stream, 1, &have, fault);

		status = head ? 0 : -fault->code;
		if (status || !have)
			break;
		fwrite(head, 1, have, file);
		status = stream_skip(stream, have, fault);
	}
	stream_close(stream);
	return status;
}

/* Nothing is written: why stands at the end of what is not known. */
static int say_missing(const struct run *run)
{
	const char *lines = run->analysis.info->unknown ? run->analysis.info->unknown : "";

	if (!run->analysis.memory)
		die_tell(run->input.options->tool, run->input.name, "this input cannot be searched for it");
	for (; *lines; lines += strcspn(lines, "\n") + 1)
		die_tell(run->input.options->tool, run->input.name, "%.*s", (int)strcspn(lines, "\n"), lines);
	return 2;
}

static int write_map(struct run *run)
{
	struct fault fault;
	int status = 0;
	FILE *file;

	if (!run->analysis.symbols)
		return say_missing(run);
	file = open_text(run, &fault);
	if (!file)
		return say_output(run, &fault);
	if (run->analysis.symbols_mapped)
		status = copy_file(run->analysis.symbols_from, file, &fault);
	else
		analysis_map(&run->analysis, file);
	if (status)
		return die_say(run->input.options->tool, run->analysis.symbols_from, &fault);
	if (!run->input.quiet)
		die_tell(run->input.options->tool, run->input.name, "the map is from %s", run->analysis.symbols_from);
	return close_text(run, file, &fault) ? say_output(run, &fault) : 0;
}

static int write_kerntypes(struct run *run)
{
	struct fault fault;
	const void *bytes;
	size_t size;

	if (!run->analysis.btf)
		return say_missing(run);
	bytes = btf_bytes(run->analysis.btf, &size);
	run->output = output_open(run->out, &fault);
	if (!run->output || output_write(run->output, bytes, size, &fault) || output_commit(run->output, &fault))
		return say_output(run, &fault);
	return 0;
}

static int do_task(struct run *run)
{
	switch (run->task) {
	case TASK_MAP:
		return write_map(run);
	case TASK_KERNTYPES:
		return write_kerntypes(run);
	case TASK_TELL:
		break;
	}
	return tell(run);
}

static int open_dump(struct run *run, struct fault *fault)
{
	struct input *input = &run->input;
	int status = input_open(input, fault);

	if (!status)
		status = stream_spool(input->stream, fault);
	if (!status)
		status = input_open_source(input, false, fault);
	if (!status)
		status = learn_source(input->source, fault);
	if (status)
		return status;
	if (run->task == TASK_TELL && !run->quick)
		run->contents_status = contents_read(input, &run->contents);
	run->analysis.info = &input->source->info;
	run->analysis.memory = memory_open(input->source, fault);
	if (!run->analysis.memory && fault->code != FAULT_CANNOT)
		return -fault->code;
	return analysis_load(&run->analysis, run->task == TASK_MAP, run->task != TASK_MAP, fault);
}

static int run_all(struct run *run)
{
	struct fault fault = { 0 };
	int status = open_dump(run, &fault);

	if (status) {
		die_say(run->input.options->tool, run->input.name, &fault);
		status = 2; /* nothing was told, so even a damaged dump is a failure here */
	} else {
		status = do_task(run);
	}
	memory_close(run->analysis.memory, &fault);
	analysis_clear(&run->analysis);
	output_close(run->output);
	input_close(&run->input);
	return die_flush(run->input.options->tool, status);
}

int main(int argc, char **argv)
{
	struct options options = {
		.tool = "lkcd-analyze",
		.usage = "[--json | --map | --kerntypes] [-o OUT] [IN [PART]...]",
		.summary = "Print what a kernel dump says, without debug information.",
		.more = "Examples:\n"
			"  lkcd-analyze -o analysis.0 dump.0\n"
			"  lkcd-analyze --json vmcore | jq -r '.trace[].symbol'\n"
			"  lkcd-analyze --map -o map.0 dump.0\n"
			"  lkcd-analyze --kerntypes -o kerntypes.0 dump.0 && bpftool btf dump file kerntypes.0\n",
		.tables = { rows, input_rows },
	};
	struct run run = { .input.options = &options, .out = "-", .analysis.root = "" };
	int id;

	while ((id = options_next(&options, argc, argv)) != OPTIONS_END) {
		if (id == 'o')
			run.out = options.value;
		else if (id == OPTION_JSON)
			run.json = true;
		else if (id == OPTION_MAP)
			run.task = TASK_MAP;
		else if (id == OPTION_KERNTYPES)
			run.task = TASK_KERNTYPES;
		else if (id == OPTION_QUICK)
			run.quick = true;
		else if (id == OPTION_ROOT)
			run.analysis.root = options.value;
		else
			input_option(&run.input, id);
	}
	if (run.json && run.task != TASK_TELL)
		options_misuse(&options, "a map and types have no JSON form");
	run.analysis.all_traces = run.input.verbose;
	run.input.paths = argv + optind;
	run.input.path_count = argc - optind;
	return run_all(&run);
}
