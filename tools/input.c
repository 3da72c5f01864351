/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens the input of the tools that read dumps, and parses the options about it. A stream is opened before its source,
 * because some tools look at its start, or spool it, in between. Relies on convert/formats.c to detect the format.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/number.h"
#include "compress/pipeline.h"
#include "convert/formats.h"
#include "tools/input.h"
#include "lkcd/machine.h"

#define FINDINGS_SHOWN 20
#define THREADS_MAX 1024

const struct option_row input_plain_rows[] = {
	{ INPUT_BASE, "base", "ADDRESS", "the input is raw memory that starts at physical ADDRESS" },
	{ INPUT_MACHINE, "machine", "NAME", "machine of raw or LiME memory, such as x86_64" },
	{ 0, NULL, NULL, NULL },
};

const struct option_row input_rows[] = {
	{ 'q', "quiet", NULL, "print only errors" },
	{ 'v', "verbose", NULL, "print every finding and all details" },
	{ INPUT_PROGRESS, "progress", NULL, "report progress even if stderr is not a terminal" },
	{ 0, NULL, NULL, NULL },
};

static void set_base(struct input *input, const char *text)
{
	input->source_options.raw = true;
	if (!number_parse(text, &input->source_options.base) || input->source_options.base >= PAGE_ADDRESS_LIMIT)
		options_misuse(input->options, "'%s' is not a physical address", text);
}

static void set_machine(struct input *input, const char *text)
{
	input->source_options.machine = machine_by_name(text);
	if (!input->source_options.machine)
		options_misuse(input->options, "'%s' is not a known machine (x86_64, aarch64, s390x, ...)", text);
}

static void set_threads(struct input *input, const char *text)
{
	int threads;

	if (!number_parse_int(text, 1, THREADS_MAX, &threads))
		options_misuse(input->options, "'%s' is not a number of threads (1 to %d)", text, THREADS_MAX);
	input->threads = (unsigned)threads;
}

unsigned input_threads(const struct input *input)
{
	return input->threads ? input->threads : pipeline_processors();
}

bool input_set_option(struct input *input, int id)
{
	switch (id) {
	case INPUT_BASE:
		set_base(input, input->options->value);
		break;
	case INPUT_MACHINE:
		set_machine(input, input->options->value);
		break;
	case 'T':
		set_threads(input, input->options->value);
		break;
	case 'q':
		input->quiet = true;
		break;
	case 'v':
		input->verbose = true;
		break;
	case INPUT_PROGRESS:
		input->progress = true;
		break;
	default:
		return false;
	}
	return true;
}

static struct stream *open_path(struct input *input, const char *path, struct fault *fault)
{
	input->name = strcmp(path, "-") ? path : "standard input";
	return stream_open(path, fault);
}

/* The files of a split set after the first. */
static int open_parts(struct input *input, struct fault *fault)
{
	size_t count = (size_t)input->path_count - 1;

	input->parts = calloc(count, sizeof(*input->parts));
	if (!input->parts)
		return fault_memory(fault);
	while (input->part_count < count) {
		struct stream *part = open_path(input, input->paths[input->part_count + 1], fault);

		if (!part)
			return -fault->code;
		input->parts[input->part_count++] = part;
	}
	return 0;
}

int input_open(struct input *input, struct fault *fault)
{
	int status = 0;

	input->stream = open_path(input, input->path_count ? input->paths[0] : "-", fault);
	if (!input->stream)
		return -fault->code;
	if (input->path_count > 1)
		status = open_parts(input, fault);
	if (status)
		return status;
	input->opened = true;
	input->name = stream_name(input->stream);
	input->shown = progress_start(input->progress, input->quiet);
	input->findings = message_findings(input->options->tool, input->name,
					   input->verbose ? UINT64_MAX : FINDINGS_SHOWN, &input->shown);
	return 0;
}

int input_open_source(struct input *input, bool needs_map, struct fault *fault)
{
	struct source_options options = input->source_options;

	options.parts = input->parts;
	options.part_count = input->part_count;
	input->source = formats_open_source(input->stream, &options, needs_map, fault);
	return input->source ? 0 : -fault->code;
}

void input_show_progress(void *argument)
{
	struct input *input = argument;

	progress_show(&input->shown, stream_offset(input->stream), stream_size(input->stream));
}

void input_close(struct input *input)
{
	progress_end(&input->shown);
	if (input->source)
		input->source->close(input->source);
	stream_close(input->stream);
	for (size_t i = 0; i < input->part_count; i++)
		stream_close(input->parts[i]);
	free(input->parts);
}
