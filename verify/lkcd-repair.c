/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lkcd-repair: what can be saved of a damaged LKCD image. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compress/codecs.h"
#include "compress/pipeline.h"
#include "convert/formats.h"
#include "convert/input.h"
#include "convert/lkcd-salvage.h"
#include "dump/copy.h"
#include "verify/prove.h"
#include "verify/rules.h"

enum { OPTION_HEADER_FROM = 512 };

static const struct option_row rows[] = {
	{ 'o', "output", "OUT", "write to OUT instead of standard output" },
	{ OPTION_HEADER_FROM, "header-from", "OTHER", "take the header of OTHER, an image of the same machine" },
	{ 0, NULL, NULL, NULL },
};

/* Findings on their way to stderr; those that cost no page are not losses. */
struct losses {
	struct findings findings; /* counts losses */
	struct findings *inner;
	bool header_known;       /* the header's damage was dealt with */
	uint64_t pages, dropped; /* all; those that the source gave, and that were not written */
};

struct repair {
	struct input input;
	struct lkcd_salvage salvage;
	struct losses losses;
	struct output *output;
	struct sink *sink;
	struct copy copy;
	const char *out, *other;
};

static void lost(struct findings *findings, const struct fault *fault)
{
	struct losses *losses = (struct losses *)findings;

	if (fault->rule == RULE_HEADER && losses->header_known)
		findings->count--;
	else
		findings_add(losses->inner, fault);
	if (fault->rule == RULE_TRAILER || fault->rule == RULE_INDEX || fault->rule == RULE_HEADER)
		findings->count -= findings->count > 0 && !(fault->rule == RULE_HEADER && losses->header_known);
	losses->pages += fault->pages;
	if (fault->rule == RULE_UNPACK || fault->rule == RULE_RANGES)
		losses->dropped += fault->pages;
}

static void show_progress(struct copy *copy)
{
	input_progress(&((struct repair *)((char *)copy - offsetof(struct repair, copy)))->input);
}

static int find_header(struct repair *repair, struct fault *fault)
{
	struct lkcd_salvage *salvage = &repair->salvage;
	struct input *input = &repair->input;
	int status = stream_spool(input->stream, fault);

	salvage->machine = input->asked.machine;
	if (!status && repair->other) {
		salvage->other = stream_open(repair->other, fault);
		if (!salvage->other)
			return fault_prepend(fault, "%s", repair->other);
		status = stream_spool(salvage->other, fault);
	}
	return status ? status : lkcd_salvage_header(salvage, input->stream, fault);
}

static int open_source(struct repair *repair, struct fault *fault)
{
	const struct lkcd_salvage *salvage = &repair->salvage;
	struct input *input = &repair->input;
	struct source_options options = {
		.strict = true,
		.header = salvage->block,
		.header_size = salvage->size,
		.first_record = salvage->first,
	};

	input->source = lkcd_source_open(input->stream, &options, fault);
	repair->losses.header_known = salvage->block != NULL;
	return input->source ? 0 : -fault->code;
}

/* The same version as before, but for those before 9, which nobody writes any more; packed as before. */
static int open_sink(struct repair *repair, struct fault *fault)
{
	const struct info *info = &repair->input.source->info;
	const struct format *format = info->version >= 11 ? &format_lkcd : &format_lkcd9;
	struct sink_options options = { .codec = info->codec };

	if (info->codec && !strcmp(info->codec->name, "none"))
		options.codec = NULL;
	repair->output = output_open(repair->out, fault);
	if (!repair->output)
		return -fault->code;
	repair->sink = format->open_sink(repair->output, &options, fault);
	if (repair->sink)
		repair->sink = pipeline_open(repair->sink, info->codec ? info->codec->level_default : 0,
					     pipeline_processors(), &repair->losses.findings, fault);
	if (repair->sink)
		repair->sink = prove_open(repair->sink, &repair->losses.findings, fault);
	return repair->sink ? 0 : -fault->code;
}

static void tell(struct repair *repair)
{
	static const char *const headers[] = {
		NULL,
		"one bit of its header was wrong, and is set right",
		"its header is that of the other image",
		"its header was made from its records: registers, kernel and time of the dump are not known",
		"its header is damaged and was believed as it stands: --header-from OTHER takes another",
	};
	const char *tool = repair->input.options->tool, *name = repair->input.name;
	uint64_t saved = repair->copy.pages - repair->losses.dropped;

	die_rest(&repair->input.findings);
	if (headers[repair->salvage.how])
		die_tell(tool, name, "%s", headers[repair->salvage.how]);
	if (!repair->copy.whole)
		die_tell(tool, name, "%" PRIu64 " pages were saved; at least %" PRIu64 " are lost", saved,
			 repair->losses.pages);
	else if (!repair->input.quiet)
		die_tell(tool, name, "%" PRIu64 " pages were saved; none is lost", saved);
}

static int run(struct repair *repair)
{
	struct input *input = &repair->input;
	struct fault fault = { 0 };
	int status = input_open(input, &fault);

	repair->losses = (struct losses){ .findings = { .found = lost }, .inner = &input->findings.findings };
	repair->copy.findings = &repair->losses.findings;
	repair->copy.progress = show_progress;
	if (!status)
		status = find_header(repair, &fault);
	if (!status)
		status = open_source(repair, &fault);
	if (!status)
		status = open_sink(repair, &fault);
	if (!status)
		status = copy_pages(&repair->copy, input->source, repair->sink, &fault);
	progress_end(&input->shown);
	if (!status)
		status = output_commit(repair->output, &fault);
	if (status) {
		die_say(input->options->tool, repair->output && fault.code == FAULT_WRITE ? NULL : input->name, &fault);
		status = 2;
	} else {
		tell(repair);
		status = repair->copy.whole ? 0 : 1;
	}
	if (repair->sink)
		repair->sink->close(repair->sink);
	output_close(repair->output);
	input_close(input);
	stream_close(repair->salvage.other);
	free(repair->salvage.block);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {
		.tool = "lkcd-repair",
		.usage = "[-o OUT] [--header-from OTHER] [IN]",
		.summary = "Save what is good of a damaged LKCD image.",
		.more = "Examples:\n"
			"  lkcd-repair -o dump.good dump.0\n"
			"  lkcd-repair --header-from dump.1 -o dump.good dump.0    when its header is lost\n",
		.tables = { rows, input_rows },
	};
	struct repair repair = { .input.options = &options, .out = "-" };
	int id;

	while ((id = options_next(&options, argc, argv)) != OPTIONS_END) {
		if (id == 'o')
			repair.out = options.value;
		else if (id == OPTION_HEADER_FROM)
			repair.other = options.value;
		else
			input_option(&repair.input, id);
	}
	if (argc - optind > 1)
		options_misuse(&options, "more than one input");
	repair.input.paths = argv + optind;
	repair.input.path_count = argc - optind;
	return run(&repair);
}
