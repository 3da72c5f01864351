/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of options. Parsing, --help and shell completion use them, and tests compare the man pages with them. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

struct option_row {
	int id;               /* what options_next returns: the letter where there is one, else a number above 255 */
	const char *name;     /* the long name */
	const char *argument; /* the name of its value in --help; NULL: it has none */
	const char *help;     /* a few words; lines after the first are indented by --help */
};

/* -o of every tool that writes one file. */
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
	/* The tool's own table and those that it shares, each ended by a NULL name. options_next adds --help and
	 * others. */
	const struct option_row *tables[OPTIONS_TABLES];
	char *value; /* of the option returned last */
};

#define OPTIONS_END (-1)

/*
 * Returns the id of the next option, or OPTIONS_END: then argv[optind] is the first operand. For --help, --version,
 * --completion=bash (status 0) and misuse (status 2) it prints and exits.
 */
int options_next(struct options *options, int argc, char **argv);

/* Print "TOOL: sentence" and a hint to --help on stderr; exit 2. */
void options_misuse(const struct options *options, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

#endif
