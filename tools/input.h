/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input of this folder's tools, from the options about it to the open source; part of these mains, so it prints. */
#ifndef TOOLS_INPUT_H
#define TOOLS_INPUT_H

#include <stdbool.h>

#include "cli/message.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "lkcd/format.h"

struct input {
	const struct options *options;        /* for the tool's name, and for telling misuse */
	char **paths;                         /* "-" for standard input; more than one: a split set */
	int path_count;                       /* 0: standard input */
	struct source_options source_options; /* --base and --machine */
	bool quiet, verbose, progress;
	unsigned threads; /* -T; 0: not said, so one for each processor */

	/* From input_open on. */
	bool opened;      /* all of them */
	const char *name; /* for messages: the file that is at fault */
	struct stream *stream, **parts;
	size_t part_count;
	struct source *source; /* from input_open_source on */
	struct message_findings findings;
	struct progress shown;
};

/* -T, for the tables of tools that work in threads; input_option reads it. */
#define INPUT_THREADS_ROW                                                                                              \
	{                                                                                                              \
		'T', "threads", "N", "use N threads instead of one per processor"                                      \
	}

/* Ids that input_option takes, beside 'q', 'v' and 'T': a tool may have rows of its own for them. */
enum { INPUT_BASE = 256, INPUT_MACHINE, INPUT_PROGRESS };

/* Tables for struct options: those of every tool with an input, and of those that read plain memory, too. */
extern const struct option_row input_rows[], input_plain_rows[];

/* Take the option that options_next returned; misuse ends the program. Returns false when it is another. */
bool input_option(struct input *input, int id);

/* How many threads shall work: as -T says, or one for each processor. */
unsigned input_threads(const struct input *input);

/* Open the files. Returns 0 or a fault; input_close has to follow in either case. */
int input_open(struct input *input, struct fault *fault);

/* Find out what they hold. needs_map as for formats_open_source. */
int input_open_source(struct input *input, bool needs_map, struct fault *fault);

/* Show how far reading has come. */
void input_progress(struct input *input);

void input_close(struct input *input);

#endif
