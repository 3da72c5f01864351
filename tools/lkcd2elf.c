/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lkcd2elf: converts a dump of any format to an ELF vmcore: lkcd-convert -f elf under the name that people look for. */
#include <unistd.h>

#include "tools/convert.h"

int main(int argc, char **argv)
{
	struct options options = {
		.tool = "lkcd2elf",
		.usage = "[OPTION]... [IN [OUT]]",
		.summary = "Convert a kernel dump of any format to an ELF vmcore.",
		.more = "Examples:\n"
			"  lkcd2elf dump.0 vmcore && gdb vmlinux vmcore\n"
			"  ssh host cat /var/log/dump/0/dump.0 | lkcd2elf > vmcore\n",
		.tables = { convert_rows, input_plain_rows, input_rows },
	};
	struct convert convert = { .input.options = &options, .out = "-" };
	int id;

	while ((id = options_next(&options, argc, argv)) != OPTIONS_END)
		convert_set_option(&convert, id);
	convert.input.paths = argv + optind;
	convert.input.path_count = argc - optind;
	if (convert.input.path_count > 2)
		options_misuse(&options, "more arguments than IN and OUT");
	if (convert.input.path_count == 2)
		convert.out = convert.input.paths[--convert.input.path_count];
	convert_set_format(&convert, "elf");
	return convert_run(&convert);
}
