/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole conversion, for lkcd-convert, lkcd2elf, lkcd-compress and lkcd-filter: input, filter, copy_pages(), pipeline,
 * output. The output is opened before the source, because its format decides what the source must be able to do. It
 * gets its name only when everything is written, so a failed run leaves no file.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "analyze/complete.h"
#include "cli/message.h"
#include "cli/number.h"
#include "compress/codecs.h"
#include "compress/pipeline.h"
#include "tools/convert.h"
#include "convert/formats.h"
#include "dump/copy.h"

const struct option_row convert_rows[] = {
	INPUT_THREADS_ROW,
	OPTIONS_OUTPUT_ROW,
	{ 0, NULL, NULL, NULL },
};

bool convert_set_option(struct convert *convert, int id)
{
	if (id != 'o')
		return input_set_option(&convert->input, id);
	convert->out = convert->input.options->value;
	return true;
}

/* Append to a list such as "a, b", as far as there is room. */
static void append_to_list(char *list, size_t room, const char *name)
{
	size_t n = strlen(list);

	snprintf(list + n, room - n, "%s%s", n ? ", " : "", name);
}

void convert_set_format(struct convert *convert, const char *name)
{
	const struct format *format = formats_find(name);
	char known[200] = "";

	if (!format || !format->open_sink) {
		for (const struct format *const *each = formats_list(); *each; each++)
			if ((*each)->open_sink)
				append_to_list(known, sizeof(known), (*each)->name);
		options_misuse(convert->input.options, "cannot write format '%s', only %s", name, known);
	}
	convert->format = format;
	convert->codec = format->codecs ? codecs_find(format->codecs[0]) : NULL;
	convert->level = convert->codec ? convert->codec->level_default : 0;
}

/* The codec of that name, or NULL for "none"; misuse when the format or this build does not have it. */
static const struct codec *find_codec_of_format(const struct convert *convert, const char *wanted)
{
	const struct codec *codec = codecs_find(wanted);
	char known[200] = "none";

	if (!strcmp(wanted, "none"))
		return NULL;
	for (const char *const *name = convert->format->codecs; name && *name; name++) {
		append_to_list(known, sizeof(known), *name);
		if (strcmp(*name, wanted))
			continue;
		if (!codec)
			options_misuse(convert->input.options, "this build has no codec '%s'", wanted);
		return codec;
	}
	options_misuse(convert->input.options, "format %s cannot be compressed with '%s', only with %s",
		       convert->format->name, wanted, known);
}

void convert_set_codec(struct convert *convert, const char *text)
{
	const struct options *options = convert->input.options;
	const struct codec *codec;
	const char *level = strchr(text, ':');
	char name[32];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(text, ":"), text);
	codec = find_codec_of_format(convert, name);
	convert->codec = codec;
	convert->level = codec ? codec->level_default : 0;
	if (!level)
		return;
	level++;
	if (!codec || codec->level_min == codec->level_max)
		options_misuse(options, "codec '%s' has no levels", name);
	if (!number_parse_int(level, codec->level_min, codec->level_max, &convert->level))
		options_misuse(options, "level '%s' of %s is not one of %d to %d", level, name, codec->level_min,
			       codec->level_max);
}

void convert_set_level(struct convert *convert, const char *text)
{
	if (!level_parse(text, &convert->filter.choice))
		options_misuse(convert->input.options, "'%s' is not a dump level (none, header, kern, used, all)",
			       text);
	convert->filters = true;
}

void convert_set_exclude(struct convert *convert, const char *text)
{
	if (!level_parse_exclude(text, &convert->filter.choice))
		options_misuse(convert->input.options,
			       "'%s' is not a list of pages to leave out (zero, cache, cache-private, user, free)",
			       text);
	convert->filters = true;
}

/* Can the input be filtered in one pass, because its pages have classes? This reads only its start. */
static bool can_filter_stream(struct input *input)
{
	return formats_abilities(input->stream, &input->source_options) & SOURCE_CLASSES;
}

int convert_spool(struct convert *convert, struct fault *fault)
{
	struct input *input = &convert->input;

	if (stream_seekable(input->stream))
		return 0;
	if (!input->quiet)
		message_print(input->options->tool, input->name,
			      "note: the input is first written to a temporary file, because the kernel's memory map "
			      "must be read before the pages");
	return stream_spool(input->stream, fault);
}

int convert_open_source(struct convert *convert, bool needs_map, struct fault *fault)
{
	struct input *input = &convert->input;

	if (convert->filters && level_needs_kinds(&convert->filter.choice) && !stream_seekable(input->stream) &&
	    !can_filter_stream(input) && convert_spool(convert, fault))
		return -fault->code;
	return input_open_source(input, needs_map, fault);
}

void convert_print_unknown(const struct convert *convert)
{
	const struct input *input = &convert->input;
	const char *line = input->source->info.unknown;

	for (; line && *line && !input->quiet; line = strchr(line, '\n') + 1)
		message_print(input->options->tool, input->name, "note: %.*s", (int)strcspn(line, "\n"), line);
}

/* Everything that a conversion opens, so that one function can close it. */
struct work {
	struct convert *convert;
	struct input *input;
	struct output *output;
	struct sink *sink;
	struct copy copy;
};

static void close_work(struct work *work)
{
	if (work->sink)
		work->sink->close(work->sink);
	output_close(work->output);
	filter_close(&work->convert->filter);
	input_close(work->input);
}

static int open_output(struct work *work, struct fault *fault)
{
	const struct convert *convert = work->convert;
	struct sink_options options = { .codec = convert->codec };

	work->output = output_open(convert->out, fault);
	if (!work->output)
		return -fault->code;
	work->sink = convert->format->open_sink(work->output, &options, fault);
	if (!work->sink)
		return -fault->code;
	work->sink = pipeline_open(work->sink, convert->level, input_threads(work->input),
				   &work->input->findings.findings, fault);
	return work->sink ? 0 : -fault->code;
}

static void print_kind_counts(const struct work *work)
{
	const struct classes *classes = work->convert->filter.classes;
	const struct classes_counts *counts = classes_counts(classes);
	char line[400] = "", size[32];

	for (int kind = 0; kind < LEVEL_KINDS; kind++) {
		size_t n = strlen(line);

		snprintf(line + n, sizeof(line) - n, "%s%" PRIu64 " %s", n ? ", " : "", counts->kinds[kind],
			 level_kind_name((enum level_kind)kind));
	}
	message_print(work->input->options->tool, work->input->name, "pages: %s; %" PRIu64 " kept; page classes use %s",
		      line, counts->kept, number_bytes(classes_bytes(classes), size, sizeof(size)));
}

/* What was not found out about the dump, what was lost, and with -v the counts and the memory used. */
static void print_conversion(const struct work *work)
{
	const struct input *input = work->input;
	const char *tool = input->options->tool;
	char size[32], peak[32];
	struct rusage usage;

	message_rest(&input->findings);
	convert_print_unknown(work->convert);
	if (!work->copy.whole)
		message_print(tool, input->name, "the dump is damaged or incomplete: %" PRIu64 " pages were saved",
			      work->copy.pages);
	if (!input->verbose)
		return;
	if (work->convert->filter.classes)
		print_kind_counts(work);
	getrusage(RUSAGE_SELF, &usage);
	message_print(tool, input->name, "%" PRIu64 " pages from %s to %s; page map %s, peak memory %s",
		      work->copy.pages, input->source->info.format, work->convert->format->name,
		      number_bytes(work->copy.map_bytes, size, sizeof(size)),
		      number_bytes((uint64_t)usage.ru_maxrss * 1024, peak, sizeof(peak)));
}

/* The file that a fault is about; NULL when its sentence names it. */
static const char *find_faulty_file(const struct work *work, const struct fault *fault)
{
	if (work->output || !work->input->opened)
		return fault->code == FAULT_WRITE ? NULL : work->input->name;
	return strcmp(work->convert->out, "-") ? work->convert->out : "standard output";
}

/* All pages, or those that are wanted. */
static int copy_wanted_pages(struct work *work, struct fault *fault)
{
	struct filter *filter = &work->convert->filter;
	struct source *source = work->input->source;
	int status;

	if (!work->convert->filters)
		return copy_pages(&work->copy, source, work->sink, fault);
	filter->by_class = work->sink->needs & SINK_BY_CLASS;
	status = filter_open(filter, source, fault);
	if (!status)
		status = copy_pages(&work->copy, filter->source, work->sink, fault);
	return status ? status : filter_finish(filter, &source->info, fault);
}

int convert_run(struct convert *convert)
{
	struct input *input = &convert->input;
	struct work work = { .convert = convert, .input = input };
	struct fault fault = { 0 };
	int status;

	signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error to report, like a full disk */
	work.copy.findings = &input->findings.findings;
	work.copy.progress = input_show_progress;
	work.copy.progress_argument = input;
	work.copy.strict = convert->strict;
	status = input->opened ? 0 : input_open(input, &fault);
	if (!status)
		status = open_output(&work, &fault);
	if (!status)
		status = convert_open_source(convert, work.sink->needs & SINK_MAP, &fault);
	if (!status)
		status = complete_source(input->source, &fault);
	if (!status)
		status = copy_wanted_pages(&work, &fault);
	progress_end(&input->shown);
	if (!status)
		status = output_commit(work.output, &fault);
	if (!status) {
		print_conversion(&work);
		status = work.copy.whole ? 0 : 1;
	} else if (convert->strict && input->findings.findings.count) {
		message_rest(&input->findings);
		message_print(
			input->options->tool, input->name,
			"the dump is damaged, so nothing was written: --keep-going leaves out the damaged records");
		status = 1;
	} else {
		/* there is no output, so a damaged input is a failure too */
		message_fault(input->options->tool, find_faulty_file(&work, &fault), &fault);
		status = 2;
	}
	close_work(&work);
	return status;
}
