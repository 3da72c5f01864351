/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lkcd-filter: leaves unneeded pages out of a dump, or estimates the size of the result. Filtering is a conversion by
 * tools/convert.c with a level; filter/ decides which pages are left out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/number.h"
#include "cli/report.h"
#include "compress/codecs.h"
#include "tools/convert.h"
#include "filter/estimate.h"

#define HEADER_BLOCK 65536u /* of an LKCD image, at least */

enum { OPTION_EXCLUDE = 512, OPTION_STRICT, OPTION_ESTIMATE, OPTION_JSON };

static const struct option_row rows[] = {
	{ 'l', "level", "LEVEL",
	  "write the pages of LEVEL: none, header, kern (the default),\nused, all; or its number" },
	{ OPTION_EXCLUDE, "exclude", "LIST", "leave out LIST: zero, cache, cache-private, user, free" },
	{ OPTION_STRICT, "strict", NULL,
	  "fail if it is not known which pages can be left out,\ninstead of keeping them" },
	{ OPTION_ESTIMATE, "estimate", NULL,
	  "write no dump: print the size of a dump of each level, and\nthe number of pages of each kind; with -c none, "
	  "do not\n"
	  "predict compressed sizes" },
	{ OPTION_JSON, "json", NULL, "print the estimate as JSON" },
	{ 'f', "format", "FORMAT", "write FORMAT instead of lkcd; see lkcd-convert" },
	CONVERT_CODEC_ROW,
	{ 0, NULL, NULL, NULL },
};

static void print_kinds(struct report *report, const struct estimate *estimate, uint32_t page_size)
{
	char text[64], size[32];

	report_list(report, "kinds", "Pages", "by kind");
	for (int kind = 0; kind < LEVEL_KINDS; kind++) {
		uint64_t pages = estimate->kinds[kind];

		if (!report_row(report))
			continue;
		snprintf(text, sizeof(text), "%" PRIu64 ", %s", pages,
			 number_bytes(pages * page_size, size, sizeof(size)));
		report_text(report, "kind", "Kind", level_kind_name((enum level_kind)kind));
		if (report->json) {
			report_number(report, "pages", "pages", pages, true);
			report_number(report, "bytes", "bytes", pages * page_size, true);
		} else {
			report_text(report, "pages", "pages", text);
		}
		report_row_end(report);
	}
	report_list_end(report);
}

/* has_sizes: the compressed sizes were estimated. */
static void print_levels(struct report *report, const struct estimate *estimate, uint32_t page_size, bool has_sizes)
{
	static const struct {
		const char *name;
		struct level_choice choice;
	} levels[] = { { "kern", { .level = LEVEL_KERN } },
		       { "used", { .level = LEVEL_USED } },
		       { "all", { .level = LEVEL_ALL } } };

	report_list(report, "levels", "Dumps", "by level");
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		uint64_t pages = 0, packed = HEADER_BLOCK;

		for (int class = 0; class < PAGE_CLASSES; class ++)
			if (!level_drops_class(&levels[i].choice, (enum page_class) class)) {
				pages += estimate->pages[class];
				packed += estimate->packed[class];
			}
		if (!report_row(report))
			continue;
		report_text(report, "level", "Level", levels[i].name);
		report_number(report, "pages", "pages", pages, true);
		report_bytes(report, "bytes", "plain", pages * page_size, true);
		report_bytes(report, "packed_bytes", "packed", packed, has_sizes);
		report_row_end(report);
	}
	report_list_end(report);
}

/* Open the input of an estimate and classify its pages. */
static int open_and_classify(struct convert *convert, struct fault *fault)
{
	struct input *input = &convert->input;
	int status = input_open(input, fault);

	if (!status)
		status = convert_spool(convert, fault);
	if (!status)
		status = input_open_source(input, false, fault);
	if (!status)
		status = filter_classify(&convert->filter, input->source, fault);
	return status;
}

/* --estimate: classify all pages, compress a sample of them, and print the sizes. Returns the exit status. */
static int print_estimate(struct convert *convert, bool json)
{
	struct input *input = &convert->input;
	struct estimate estimate;
	struct fault fault = { 0 };
	int status;

	convert->filter.choice = (struct level_choice){ .level = LEVEL_ALL };
	status = open_and_classify(convert, &fault);
	if (!status)
		status = estimate_make(&estimate, input->source, convert->filter.classes, convert->codec,
				       convert->level, &fault);
	if (status) {
		message_fault(input->options->tool, input->name, &fault);
		status = 2;
	} else {
		struct report report = report_start(stdout, json, SIZE_MAX);
		uint32_t page_size = input->source->info.page_size;

		convert_print_unknown(convert);
		print_kinds(&report, &estimate, page_size);
		print_levels(&report, &estimate, page_size, convert->codec);
		report_end(&report);
	}
	filter_close(&convert->filter);
	input_close(input);
	return message_flush(input->options->tool, status);
}

int main(int argc, char **argv)
{
	struct options options = {
		.tool = "lkcd-filter",
		.usage = "[-l LEVEL] [-f FORMAT] [-c CODEC[:LEVEL]] [-T N] [-o OUT] [IN [PART]...]",
		.summary = "Leave unneeded pages out of a kernel dump.",
		.more = "Examples:\n"
			"  lkcd-filter -l kern -o dump.0 /proc/vmcore    the kernel's own pages\n"
			"  lkcd-filter -l used -f kdump -o vmcore dump.0 all but free pages, for crash\n"
			"  lkcd-filter --estimate /proc/vmcore           print how large a dump will be\n"
			"  ssh host cat dump.0 | lkcd-filter > dump.small\n",
		.tables = { rows, convert_rows, input_plain_rows, input_rows },
	};
	struct convert convert = { .input.options = &options, .out = "-" };
	const char *format = "lkcd", *codec = NULL, *level = NULL, *exclude = NULL;
	bool estimates = false, json = false;
	int id;

	while ((id = options_next(&options, argc, argv)) != OPTIONS_END) {
		if (id == 'l')
			level = options.value;
		else if (id == OPTION_EXCLUDE)
			exclude = options.value;
		else if (id == OPTION_STRICT)
			convert.filter.strict = true;
		else if (id == OPTION_ESTIMATE)
			estimates = true;
		else if (id == OPTION_JSON)
			json = true;
		else if (id == 'f')
			format = options.value;
		else if (id == 'c')
			codec = options.value;
		else
			convert_set_option(&convert, id);
	}
	if (level && exclude)
		options_misuse(&options, "--level and --exclude cannot be used together");
	if (exclude)
		convert_set_exclude(&convert, exclude);
	else
		convert_set_level(&convert, level ? level : "kern");
	convert_set_format(&convert, format);
	if (codec)
		convert_set_codec(&convert, codec);
	convert.input.paths = argv + optind;
	convert.input.path_count = argc - optind;
	if (json && !estimates)
		options_misuse(&options, "--json can be used with --estimate only");
	if (estimates && (level || exclude))
		options_misuse(&options, "--estimate prints every level: it cannot be used with --level or --exclude");
	if (estimates)
		return print_estimate(&convert, json);
	return convert_run(&convert);
}
