/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of options: parsing, --help and shell completion are made from them, and tests compare the man pages. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

struct option_row {
	int id;               /* what options_next returns: the letter where there is one, else a number above 255 */
	const char *name;     /* the long name */
	const char *argument; /* what its value is called in --help; NULL: it has none */
	const char *help;     /* a few words; lines after the first are indented by --help */
};

/* -o, as every tool that writes one file has it. */
#define OPTIONS_OUTPUT_ROW                                                                                             \
	{                                                                                                              \
		'o', "output", "OUT", "write to OUT instead of standard output"                                        \
	}

#define OPTIONS_TABLES 4

struct options {
	const char *tool;
	const char *usage;   /* "[OPTION]... [IN]" */
	const char *summary; /* one line */
	const char *more;    /* printed at the end of --help: examples first; ends in a newline */
	/* Each ended by a NULL name, the list by NULL: the tool's own, and those that it shares. options_next adds its
	 * own. */
	const struct option_row *tables[OPTIONS_TABLES];
	char *value; /* of the option returned last */
};

#define OPTIONS_END (-1)

/*
 * The id of the next option, or OPTIONS_END: then argv[optind] is the first operand. Prints and exits for --help,
 * --version, --completion=bash and for misuse (status 2).
 */
int options_next(struct options *options, int argc, char **argv);

/* "TOOL: sentence" and where to find help, on stderr; exit 2. */
void options_misuse(const struct options *options, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

#endif
