/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lkcd-filter: a dump without the pages that nobody needs. */
#include <unistd.h>

#include "convert/convert.h"

enum { OPTION_EXCLUDE = 512, OPTION_STRICT };

static const struct option_row rows[] = {
	{ 'l', "level", "LEVEL", "keep what LEVEL keeps: none, header, kern (the default), used,\nall; or its number" },
	{ OPTION_EXCLUDE, "exclude", "LIST", "instead: leave out zero, cache, cache-private, user, free" },
	{ OPTION_STRICT, "strict", NULL, "fail where it is not known which pages can be left out;\nelse they are kept" },
	{ 'f', "format", "FORMAT", "write FORMAT instead of lkcd; see lkcd-convert" },
	{ 'c', "codec", "CODEC[:LEVEL]", "pack pages: none, rle, gzip, zstd; what the format takes" },
	{ 0, NULL, NULL, NULL },
};

int main(int argc, char **argv)
{
	struct options options = {
		.tool = "lkcd-filter",
		.usage = "[-l LEVEL | --exclude LIST] [-f FORMAT] [-c CODEC[:LEVEL]] [-T N] [-o OUT] [IN [PART]...]",
		.summary = "Keep the pages of a kernel dump that are worth their place.",
		.more = "Examples:\n"
			"  lkcd-filter -l kern -o dump.0 /proc/vmcore    what the kernel itself used\n"
			"  lkcd-filter -l used -f kdump -o vmcore dump.0 all but free pages, for crash\n"
			"  ssh host cat dump.0 | lkcd-filter > dump.small\n",
		.tables = { rows, convert_rows, input_rows },
	};
	struct convert convert = { .input.options = &options, .out = "-" };
	const char *format = "lkcd", *codec = NULL, *level = NULL, *exclude = NULL;
	int id;

	while ((id = options_next(&options, argc, argv)) != OPTIONS_END) {
		if (id == 'l')
			level = options.value;
		else if (id == OPTION_EXCLUDE)
			exclude = options.value;
		else if (id == OPTION_STRICT)
			convert.filter.strict = true;
		else if (id == 'f')
			format = options.value;
		else if (id == 'c')
			codec = options.value;
		else
			convert_option(&convert, id);
	}
	if (level && exclude)
		options_misuse(&options, "a level and --exclude are two ways to say the same: give one");
	if (exclude)
		convert_set_exclude(&convert, exclude);
	else
		convert_set_level(&convert, level ? level : "kern");
	convert_set_format(&convert, format);
	if (codec)
		convert_set_codec(&convert, codec);
	convert.input.paths = argv + optind;
	convert.input.path_count = argc - optind;
	return convert_run(&convert);
}
