/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input of the tools that read dumps, from the options about it to the open source; part of mains, so it prints. */
#ifndef TOOLS_INPUT_H
#define TOOLS_INPUT_H

#include <stdbool.h>

#include "cli/message.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "lkcd/format.h"

struct input {
	const struct options *options;        /* for the tool's name, and for messages about misuse */
	char **paths;                         /* "-" for standard input; more than one: a split set */
	int path_count;                       /* 0: standard input */
	struct source_options source_options; /* --base and --machine */
	bool quiet, verbose, progress;
	unsigned threads; /* -T; 0: not given, so one for each processor */

	/* From input_open on. */
	bool opened;      /* all files are open */
	const char *name; /* for messages: the file that they are about */
	struct stream *stream, **parts;
	size_t part_count;
	struct source *source; /* from input_open_source on */
	struct message_findings findings;
	struct progress shown;
};

/* -T, for the tables of tools that work in threads; input_set_option reads it. */
#define INPUT_THREADS_ROW                                                                                              \
	{                                                                                                              \
		'T', "threads", "N", "use N threads instead of one per processor"                                      \
	}

/* Ids that input_set_option knows, beside 'q', 'v' and 'T': a tool may have rows of its own for them. */
enum { INPUT_BASE = 256, INPUT_MACHINE, INPUT_PROGRESS };

/* Tables for struct options: those of every tool with an input, and of those that read raw memory, too. */
extern const struct option_row input_rows[], input_plain_rows[];

/* Apply the option that options_next returned; misuse ends the program. Returns false when it is none of these. */
bool input_set_option(struct input *input, int id);

/* The number of threads to use: that of -T, or one for each processor. */
unsigned input_threads(const struct input *input);

/* Open the files, without reading them. Returns 0 or a fault; input_close has to follow in either case. */
int input_open(struct input *input, struct fault *fault);

/* Detect the format and open the source. needs_map as for formats_open_source. Returns 0 or a fault. */
int input_open_source(struct input *input, bool needs_map, struct fault *fault);

/* Report how much of the input has been read: a progress function for struct copy; its argument is a struct input. */
void input_show_progress(void *input);

void input_close(struct input *input);

#endif
