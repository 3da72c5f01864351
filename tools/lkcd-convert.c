/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lkcd-convert: converts a dump of any format to another. Only the options are here; tools/convert.c does the work. */
#include <unistd.h>

#include "tools/convert.h"

static const struct option_row rows[] = {
	{ 'f', "format", "FORMAT",
	  "write FORMAT: lkcd (the default), lkcd9, elf, kdump,\nflat (kdump for pipes), raw, lime" },
	CONVERT_CODEC_ROW,
	{ 'l', "level", "LEVEL", "write the pages of a dump level: none, header, kern, used, all" },
	{ 0, NULL, NULL, NULL },
};

int main(int argc, char **argv)
{
	struct options options = {
		.tool = "lkcd-convert",
		.usage = "[-f FORMAT] [-c CODEC[:LEVEL]] [-l LEVEL] [-o OUT] [IN [PART]...]",
		.summary = "Convert kernel dumps between formats.",
		.more = "Examples:\n"
			"  lkcd-convert -o dump.0 /proc/vmcore      a compressed LKCD image with checksums\n"
			"  lkcd-convert -f elf -o vmcore dump.0     an ELF vmcore for crash, gdb and drgn\n"
			"  ssh host cat /proc/vmcore | lkcd-convert -f flat > vmcore.flat\n",
		.tables = { rows, convert_rows, input_plain_rows, input_rows },
	};
	struct convert convert = { .input.options = &options, .out = "-" };
	const char *format = "lkcd", *codec = NULL;
	int id;

	while ((id = options_next(&options, argc, argv)) != OPTIONS_END) {
		if (id == 'f')
			format = options.value;
		else if (id == 'l')
			convert_set_level(&convert, options.value);
		else if (id == 'c')
			codec = options.value;
		else
			convert_set_option(&convert, id);
	}
	convert_set_format(&convert, format);
	if (codec)
		convert_set_codec(&convert, codec);
	convert.input.paths = argv + optind;
	convert.input.path_count = argc - optind;
	return convert_run(&convert);
}
