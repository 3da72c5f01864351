/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lkcd-repair: writes the good pages of a damaged LKCD image into a new image. The damaged one is only read.
 * verify/repair.c does the work.
 */
#include <inttypes.h>
#include <unistd.h>

#include "tools/input.h"
#include "verify/repair.h"

enum { OPTION_HEADER_FROM = 512 };

static const struct option_row rows[] = {
	OPTIONS_OUTPUT_ROW,
	{ OPTION_HEADER_FROM, "header-from", "OTHER", "use the header of OTHER, an image of the same machine" },
	{ INPUT_MACHINE, "machine", "NAME", "machine, such as x86_64, if a header must be made" },
	{ 0, NULL, NULL, NULL },
};

struct task {
	struct input input;
	struct repair repair;
	const char *out, *other;
};

static void print_repair(struct task *task)
{
	static const char *const headers[] = {
		NULL,
		"one wrong bit in the header was corrected",
		"the header is that of the other image",
		"a new header was made from the records: registers, kernel and time of the dump are unknown",
		"the header is damaged and was used as it is: --header-from OTHER uses another one",
	};
	const char *tool = task->input.options->tool, *name = task->input.name;
	const struct repair *repair = &task->repair;

	message_rest(&task->input.findings);
	if (headers[repair->salvage.how])
		message_print(tool, name, "%s", headers[repair->salvage.how]);
	if (!repair->whole)
		message_print(tool, name, "%" PRIu64 " pages were recovered; at least %" PRIu64 " are lost",
			      repair->saved, repair->lost);
	else if (!task->input.quiet)
		message_print(tool, name, "%" PRIu64 " pages were recovered; none is lost", repair->saved);
}

static int open_other(struct task *task, struct fault *fault)
{
	if (!task->other)
		return 0;
	task->repair.salvage.other = stream_open(task->other, fault);
	return task->repair.salvage.other ? 0 : fault_prepend(fault, "%s", task->other);
}

/* The output is opened last, so that an input that cannot be opened leaves it alone. */
static int write_repaired(struct task *task, struct fault *fault)
{
	struct repair *repair = &task->repair;
	struct output *output = output_open(task->out, fault);
	int status = output ? repair_image(repair, task->input.stream, output, fault) : -fault->code;

	progress_end(&task->input.shown);
	if (!status)
		status = output_commit(output, fault);
	output_close(output);
	return status;
}

static int repair_input(struct task *task)
{
	struct input *input = &task->input;
	struct fault fault = { 0 };
	int status = input_open(input, &fault);

	task->repair.findings = &input->findings.findings;
	task->repair.copy.progress = input_show_progress;
	task->repair.copy.progress_argument = input;
	task->repair.threads = input_threads(input);
	task->repair.salvage.machine = input->source_options.machine;
	if (!status)
		status = open_other(task, &fault);
	if (!status)
		status = write_repaired(task, &fault);
	if (status) {
		message_fault(input->options->tool, fault.code == FAULT_WRITE ? NULL : input->name, &fault);
		status = 2;
	} else {
		print_repair(task);
		status = task->repair.whole ? 0 : 1;
	}
	repair_clear(&task->repair);
	stream_close(task->repair.salvage.other);
	input_close(input);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {
		.tool = "lkcd-repair",
		.usage = "[-o OUT] [--header-from OTHER] [IN]",
		.summary = "Recover the good pages of a damaged LKCD image.",
		.more = "Examples:\n"
			"  lkcd-repair -o dump.good dump.0\n"
			"  lkcd-repair --header-from dump.1 -o dump.good dump.0    if the header is lost\n",
		.tables = { rows, input_rows },
	};
	struct task task = { .input.options = &options, .out = "-" };
	int id;

	while ((id = options_next(&options, argc, argv)) != OPTIONS_END) {
		if (id == 'o')
			task.out = options.value;
		else if (id == OPTION_HEADER_FROM)
			task.other = options.value;
		else
			input_set_option(&task.input, id);
	}
	if (argc - optind > 1)
		options_misuse(&options, "more than one input");
	task.input.paths = argv + optind;
	task.input.path_count = argc - optind;
	return repair_input(&task);
}
