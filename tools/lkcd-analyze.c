/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lkcd-analyze: what a kernel dump says without debug information, its System.map and its types. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/analysis.h"
#include "analyze/learn.h"
#include "tools/contents.h"
#include "tools/input.h"
#include "dump/memory.h"
#include "lkcd/output.h"

enum {
	OPTION_JSON = 512,
	OPTION_MAP,
	OPTION_KERNTYPES,
	OPTION_ALSO_MAP,
	OPTION_ALSO_KERNTYPES,
	OPTION_QUICK,
	OPTION_ROOT
};

static const struct option_row rows[] = {
	OPTIONS_OUTPUT_ROW,
	{ OPTION_JSON, "json", NULL, "print one JSON object" },
	{ OPTION_MAP, "map", NULL,
	  "write the kernel's System.map instead, from /boot if it\nmatches, else from the dump" },
	{ OPTION_KERNTYPES, "kerntypes", NULL, "write the kernel's types (BTF) instead" },
	{ OPTION_ALSO_MAP, "also-map", "FILE", "write both the analysis and the map, the map to FILE" },
	{ OPTION_ALSO_KERNTYPES, "also-kerntypes", "FILE", "write both the analysis and the types, the types to FILE" },
	{ OPTION_QUICK, "quick", NULL, "do not read all pages and do not look for damage" },
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
	int contents_status;                         /* exit status that reading through gave */
	const char *out, *also_map, *also_kerntypes; /* also_: NULL is not asked for */
};

/* A text on its way to a file that gets its name when it is whole. */
struct text {
	const char *path;
	FILE *file;
	struct output *output; /* NULL: standard output */
	struct fault fault;    /* of writing */
};

static ssize_t write_cookie(void *cookie, const char *bytes, size_t size)
{
	struct text *text = cookie;

	if (text->fault.code || output_write(text->output, bytes, size, &text->fault))
		return 0;
	return (ssize_t)size;
}

static bool text_open(struct text *text, const char *path)
{
	*text = (struct text){ .path = path, .file = stdout };
	if (!strcmp(path, "-"))
		return true;
	text->output = output_open(path, &text->fault);
	if (!text->output)
		return false;
	text->file = fopencookie(text, "w", (cookie_io_functions_t){ .write = write_cookie });
	if (!text->file)
		fault_memory(&text->fault);
	return text->file;
}

/* All is told. Returns 0, or says what failed: a fault of what is written is not one of the dump. */
static int text_close(struct text *text, const char *tool)
{
	if (text->file && text->file != stdout && fclose(text->file) && !text->fault.code)
		fault_set_errno(&text->fault, FAULT_WRITE, FAULT_NOWHERE, "cannot write");
	if (text->output && !text->fault.code)
		output_commit(text->output, &text->fault);
	output_close(text->output);
	if (!text->fault.code)
		return 0;
	message_fault(tool, text->path, &text->fault);
	return 2;
}

static int tell(struct run *run)
{
	struct report report;
	struct text text;

	if (text_open(&text, run->out)) {
		report = report_start(text.file, run->json, SIZE_MAX);
		analysis_tell(&run->analysis, &report, run->input.name, run->quick ? NULL : &run->contents);
		report_end(&report);
	}
	if (text_close(&text, run->input.options->tool))
		return 2;
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
		message_print(run->input.options->tool, run->input.name, "this input cannot be searched for it");
	for (; *lines; lines += strcspn(lines, "\n") + 1)
		message_print(run->input.options->tool, run->input.name, "%.*s", (int)strcspn(lines, "\n"), lines);
	return 2;
}

static int write_map(struct run *run, const char *path)
{
	const char *from = run->analysis.symbols_from;
	struct fault fault;
	struct text text;
	int status = 0;

	if (!run->analysis.symbols)
		return say_missing(run);
	if (text_open(&text, path)) {
		if (run->analysis.symbols_mapped)
			status = copy_file(from, text.file, &fault);
		else
			analysis_map(&run->analysis, text.file);
		if (status) {
			text.fault = fault;
			fault_prepend(&text.fault, "%s", from);
		}
	}
	if (text_close(&text, run->input.options->tool))
		return 2;
	if (!run->input.quiet)
		message_print(run->input.options->tool, run->input.name, "the map is from %s", from);
	return 0;
}

static int write_kerntypes(struct run *run, const char *path)
{
	struct text text;
	const void *bytes;
	size_t size;

	if (!run->analysis.btf)
		return say_missing(run);
	bytes = btf_bytes(run->analysis.btf, &size);
	if (text_open(&text, path))
		fwrite(bytes, 1, size, text.file);
	return text_close(&text, run->input.options->tool);
}

static int do_task(struct run *run)
{
	if (run->task == TASK_MAP)
		return write_map(run, run->out);
	if (run->task == TASK_KERNTYPES)
		return write_kerntypes(run, run->out);
	return tell(run);
}

/* Symbols and types, and what is written of them beside the analysis: that there are none is told in it. */
static int load(struct run *run, int *also, struct fault *fault)
{
	struct analysis *analysis = &run->analysis;
	int status = analysis_load_symbols(analysis, run->task == TASK_MAP || run->also_map, fault);

	if (!status && run->also_map && analysis->symbols)
		*also = write_map(run, run->also_map);
	if (!status && run->task != TASK_MAP)
		status = analysis_load_types(analysis, fault);
	if (!status && run->also_kerntypes && analysis->btf && write_kerntypes(run, run->also_kerntypes))
		*also = 2;
	return status;
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
	return 0;
}

static int run_all(struct run *run)
{
	struct fault fault = { 0 };
	int also = 0, status = open_dump(run, &fault);

	if (!status)
		status = load(run, &also, &fault);
	if (status) {
		message_fault(run->input.options->tool, run->input.name, &fault);
		status = 2; /* nothing was told, so even a damaged dump is a failure here */
	} else {
		status = do_task(run);
	}
	memory_close(run->analysis.memory);
	analysis_clear(&run->analysis);
	input_close(&run->input);
	return message_flush(run->input.options->tool, also > status ? also : status);
}

int main(int argc, char **argv)
{
	struct options options = {
		.tool = "lkcd-analyze",
		.usage = "[--json | --map | --kerntypes] [-o OUT] [--also-map FILE] [IN [PART]...]",
		.summary = "Analyze a kernel dump without debug information.",
		.more = "Examples:\n"
			"  lkcd-analyze -o analysis.0 dump.0\n"
			"  lkcd-analyze --json vmcore | jq -r '.trace[].symbol'\n"
			"  lkcd-analyze --map -o map.0 dump.0\n"
			"  lkcd-analyze --kerntypes -o kerntypes.0 dump.0 && bpftool btf dump file kerntypes.0\n",
		.tables = { rows, input_plain_rows, input_rows },
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
		else if (id == OPTION_ALSO_MAP)
			run.also_map = options.value;
		else if (id == OPTION_ALSO_KERNTYPES)
			run.also_kerntypes = options.value;
		else if (id == OPTION_QUICK)
			run.quick = true;
		else if (id == OPTION_ROOT)
			run.analysis.root = options.value;
		else
			input_option(&run.input, id);
	}
	if (run.json && run.task != TASK_TELL)
		options_misuse(&options, "a map and types have no JSON form");
	if (run.task != TASK_TELL && (run.also_map || run.also_kerntypes))
		options_misuse(&options, "--also-map and --also-kerntypes go with the analysis");
	run.analysis.all_traces = run.input.verbose;
	run.input.paths = argv + optind;
	run.input.path_count = argc - optind;
	return run_all(&run);
}
