/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses options by getopt_long, and prints --help and the completion script, all from the same tables. Misuse exits
 * with status 2.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/message.h"
#include "cli/options.h"

#define ROWS_MAX 48

enum { OPTION_HELP = 1000, OPTION_VERSION, OPTION_COMPLETION };

static const struct option_row common[] = {
	{ OPTION_HELP, "help", NULL, "print this help" },
	{ OPTION_VERSION, "version", NULL, "print the version" },
	{ OPTION_COMPLETION, "completion", "SHELL", "print a completion script for SHELL (bash)" },
	{ 0, NULL, NULL, NULL },
};

/* The n-th row of all tables, the common ones last; NULL after the last row. */
static const struct option_row *find_option_row(const struct options *options, size_t n)
{
	for (size_t i = 0; i <= OPTIONS_TABLES; i++) {
		const struct option_row *row = i < OPTIONS_TABLES ? options->tables[i] : common;

		for (; row && row->name; row++)
			if (n-- == 0)
				return row;
	}
	return NULL;
}

void options_misuse(const struct options *options, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", options->tool);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nTry '%s --help'.\n", options->tool);
	exit(2);
}

static void print_option_row(const struct option_row *row)
{
	char left[64];
	const char *line = row->help;
	int n;

	n = snprintf(left, sizeof(left), "  %c%c%s --%s%s%s", row->id < 256 ? '-' : ' ', row->id < 256 ? row->id : ' ',
		     row->id < 256 ? "," : " ", row->name, row->argument ? "=" : "",
		     row->argument ? row->argument : "");
	if (n > 28) {
		printf("%s\n", left);
		left[0] = 0;
	}
	for (; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		printf("%-28s  %.*s\n", left, (int)strcspn(line, "\n"), line);
		left[0] = 0;
	}
}

static void print_help(const struct options *options)
{
	const struct option_row *row;

	printf("Usage: %s %s\n%s\n\n", options->tool, options->usage, options->summary);
	for (size_t i = 0; (row = find_option_row(options, i)); i++)
		print_option_row(row);
	if (options->more)
		printf("\n%s", options->more);
}

static void print_completion(const struct options *options)
{
	const struct option_row *row;

	printf("complete -f -W \"");
	for (size_t i = 0; (row = find_option_row(options, i)); i++)
		printf("%s--%s", i ? " " : "", row->name);
	printf("\" %s\n", options->tool);
}

/* getopt_long's two tables. */
static void make_getopt_tables(const struct options *options, struct option *longs, char *shorts)
{
	const struct option_row *row;

	*shorts++ = ':'; /* getopt then distinguishes a missing value from an unknown option */
	for (size_t i = 0; i < ROWS_MAX && (row = find_option_row(options, i)); i++) {
		longs[i] = (struct option){ row->name, row->argument ? required_argument : no_argument, NULL, row->id };
		if (row->id < 256) {
			*shorts++ = (char)row->id;
			if (row->argument)
				*shorts++ = ':';
		}
	}
}

/* getopt_long refused an option; word is the last argument that it read. */
static void refuse_option(const struct options *options, int reason, const char *word)
{
	const struct option_row *row = NULL;

	/* optopt is the row's id when the option is known, a letter when it is not, and 0 for a long name */
	for (size_t i = 0; (row = find_option_row(options, i)) && row->id != optopt; i++)
		;
	if (row)
		options_misuse(options, "option --%s %s", row->name,
			       reason == ':' ? "needs a value" : "takes no value");
	if (optopt)
		options_misuse(options, "unknown option -%c", optopt);
	options_misuse(options, "unknown or ambiguous option %.*s", (int)strcspn(word, "="), word);
}

int options_next(struct options *options, int argc, char **argv)
{
	struct option longs[ROWS_MAX + 1] = { { 0 } };
	char shorts[2 * ROWS_MAX + 2] = "";
	int id;

	make_getopt_tables(options, longs, shorts);
	opterr = 0; /* refuse_option prints the message, in the form of all others */
	id = getopt_long(argc, argv, shorts, longs, NULL);
	options->value = optarg;
	switch (id) {
	case OPTION_HELP:
		print_help(options);
		exit(message_flush(options->tool, 0));
	case OPTION_VERSION:
		printf("%s (lkcdutils) %s\n", options->tool, LKCDUTILS_VERSION);
		exit(message_flush(options->tool, 0));
	case OPTION_COMPLETION:
		if (strcmp(optarg, "bash"))
			options_misuse(options, "no completion for %s: only for bash", optarg);
		print_completion(options);
		exit(message_flush(options->tool, 0));
	case ':':
	case '?':
		refuse_option(options, id, argv[optind - 1]);
	}
	return id;
}
