/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lkcd-analyze: writes the analysis of a dump, its symbol map or its types. One run can write all three, because
 * opening and reading a dump takes most of the time. Relies on analyze/ to find them without debug information.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/analysis.h"
#include "analyze/complete.h"
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
	{ OPTION_ALSO_MAP, "also-map", "FILE", "write the analysis, and the symbol map to FILE" },
	{ OPTION_ALSO_KERNTYPES, "also-kerntypes", "FILE", "write the analysis, and the types to FILE" },
	{ OPTION_QUICK, "quick", NULL, "do not read all pages and do not look for damage" },
	{ OPTION_ROOT, "root", "DIR", "look for boot/System.map-* and sys/kernel below DIR" },
	{ 0, NULL, NULL, NULL },
};

enum task { TASK_ANALYSIS, TASK_MAP, TASK_KERNTYPES };

struct work {
	struct input input;
	struct analysis analysis;
	enum task task;
	bool json, quick;
	struct contents contents;
	int contents_status;                         /* exit status of contents_read() */
	const char *out, *also_map, *also_kerntypes; /* also_: NULL: not wanted */
};

/* A text that is being written to a file, which gets its name when it is complete. */
struct text {
	const char *path;
	FILE *file;
	struct output *output; /* NULL: standard output */
	struct fault fault;    /* of writing */
};

static ssize_t write_text(void *cookie, const char *bytes, size_t size)
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
	text->file = fopencookie(text, "w", (cookie_io_functions_t){ .write = write_text });
	if (!text->file)
		fault_memory(&text->fault);
	return text->file;
}

/* End the text and name the file. Returns 0; or 2 after a message about the file, which is not about the dump. */
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

static int write_analysis(struct work *work)
{
	struct report report;
	struct text text;

	if (text_open(&text, work->out)) {
		report = report_start(text.file, work->json, SIZE_MAX);
		analysis_print(&work->analysis, &report, work->input.name, work->quick ? NULL : &work->contents);
		report_end(&report);
	}
	if (text_close(&text, work->input.options->tool))
		return 2;
	return work->contents_status ? work->contents_status : work->analysis.damaged;
}

/* Copy a System.map byte for byte: it can have lines that sysmap_find() does not keep. */
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

/* Nothing is written. Print why: the reason is in the list of what is unknown. */
static int print_missing(const struct work *work)
{
	const char *lines = work->analysis.info->unknown ? work->analysis.info->unknown : "";

	if (!work->analysis.memory)
		message_print(work->input.options->tool, work->input.name, "this input cannot be searched for it");
	for (; *lines; lines += strcspn(lines, "\n") + 1)
		message_print(work->input.options->tool, work->input.name, "%.*s", (int)strcspn(lines, "\n"), lines);
	return 2;
}

static int write_system_map(struct work *work, const char *path)
{
	const char *from = work->analysis.symbols_from;
	struct fault fault;
	struct text text;
	int status = 0;

	if (!work->analysis.symbols)
		return print_missing(work);
	if (text_open(&text, path)) {
		if (work->analysis.symbols_mapped)
			status = copy_file(from, text.file, &fault);
		else
			analysis_write_system_map(&work->analysis, text.file);
		if (status) {
			text.fault = fault;
			fault_prepend(&text.fault, "%s", from);
		}
	}
	if (text_close(&text, work->input.options->tool))
		return 2;
	if (!work->input.quiet)
		message_print(work->input.options->tool, work->input.name, "the symbol map is from %s", from);
	return 0;
}

static int write_kerntypes(struct work *work, const char *path)
{
	struct text text;
	const void *bytes;
	size_t size;

	if (!work->analysis.btf)
		return print_missing(work);
	bytes = btf_bytes(work->analysis.btf, &size);
	if (text_open(&text, path))
		fwrite(bytes, 1, size, text.file);
	return text_close(&text, work->input.options->tool);
}

static int write_requested(struct work *work)
{
	if (work->task == TASK_MAP)
		return write_system_map(work, work->out);
	if (work->task == TASK_KERNTYPES)
		return write_kerntypes(work, work->out);
	return write_analysis(work);
}

/* Load symbols and types, and write --also-map and --also-kerntypes. If there are none, the analysis says why. */
static int load_analysis(struct work *work, int *also, struct fault *fault)
{
	struct analysis *analysis = &work->analysis;
	int status = analysis_load_symbols(analysis, work->task == TASK_MAP || work->also_map, fault);

	if (!status && work->also_map && analysis->symbols)
		*also = write_system_map(work, work->also_map);
	if (!status && work->task != TASK_MAP)
		status = analysis_load_types(analysis, fault);
	if (!status && work->also_kerntypes && analysis->btf && write_kerntypes(work, work->also_kerntypes))
		*also = 2;
	return status;
}

static int open_dump(struct work *work, struct fault *fault)
{
	struct input *input = &work->input;
	int status = input_open(input, fault);

	if (!status)
		status = stream_spool(input->stream, fault);
	if (!status)
		status = input_open_source(input, false, fault);
	if (!status)
		status = complete_source(input->source, fault);
	if (status)
		return status;
	if (work->task == TASK_ANALYSIS && !work->quick)
		work->contents_status = contents_read(input, &work->contents);
	work->analysis.info = &input->source->info;
	work->analysis.memory = memory_open(input->source, fault);
	if (!work->analysis.memory && fault->code != FAULT_CANNOT)
		return -fault->code;
	return 0;
}

static int analyze_dump(struct work *work)
{
	struct fault fault = { 0 };
	int also = 0, status = open_dump(work, &fault);

	if (!status)
		status = load_analysis(work, &also, &fault);
	if (status) {
		message_fault(work->input.options->tool, work->input.name, &fault);
		status = 2; /* nothing was printed, so a damaged dump is a failure too */
	} else {
		status = write_requested(work);
	}
	memory_close(work->analysis.memory);
	analysis_clear(&work->analysis);
	input_close(&work->input);
	return message_flush(work->input.options->tool, also > status ? also : status);
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
	struct work work = { .input.options = &options, .out = "-", .analysis.root = "" };
	int id;

	while ((id = options_next(&options, argc, argv)) != OPTIONS_END) {
		if (id == 'o')
			work.out = options.value;
		else if (id == OPTION_JSON)
			work.json = true;
		else if (id == OPTION_MAP)
			work.task = TASK_MAP;
		else if (id == OPTION_KERNTYPES)
			work.task = TASK_KERNTYPES;
		else if (id == OPTION_ALSO_MAP)
			work.also_map = options.value;
		else if (id == OPTION_ALSO_KERNTYPES)
			work.also_kerntypes = options.value;
		else if (id == OPTION_QUICK)
			work.quick = true;
		else if (id == OPTION_ROOT)
			work.analysis.root = options.value;
		else
			input_set_option(&work.input, id);
	}
	if (work.json && work.task != TASK_ANALYSIS)
		options_misuse(&options, "--json cannot be used with --map or --kerntypes");
	if (work.task != TASK_ANALYSIS && (work.also_map || work.also_kerntypes))
		options_misuse(&options, "--also-map and --also-kerntypes cannot be used with --map or --kerntypes");
	work.analysis.all_traces = work.input.verbose;
	work.input.paths = argv + optind;
	work.input.path_count = argc - optind;
	return analyze_dump(&work);
}
