/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lkcd-convert and lkcd2elf do once their options are read; part of these mains, so it prints. */
#ifndef TOOLS_CONVERT_H
#define TOOLS_CONVERT_H

#include "cli/options.h"
#include "tools/input.h"
#include "filter/filter.h"
#include "lkcd/format.h"

struct convert {
	struct input input;
	const char *out;             /* a path, or "-" */
	const struct format *format; /* to write */
	const struct codec *codec;   /* to pack with; NULL: none */
	int level;
	bool strict;  /* damage ends it: nothing is written */
	bool filters; /* filter is set: not all pages are wanted */
	struct filter filter;
};

/* The options that both tools have, beside those of the input: a table for struct options. */
extern const struct option_row convert_rows[];

/* Take an option of convert_rows or of input.h's tables; misuse ends the program. Returns false when it is another. */
bool convert_option(struct convert *convert, int id);

/* Set format and, where the user names no codec, the format's usual one; misuse as above. */
void convert_set_format(struct convert *convert, const char *name);

/* -c: "zstd", "gzip:9" or "none", for the format that is set. */
#define CONVERT_CODEC_ROW                                                                                              \
	{                                                                                                              \
		'c', "codec", "CODEC[:LEVEL]", "compress pages: none, rle, gzip, zstd; depends on FORMAT"              \
	}
void convert_set_codec(struct convert *convert, const char *text);

/* -l and --exclude; misuse as above. */
void convert_set_level(struct convert *convert, const char *text);
void convert_set_exclude(struct convert *convert, const char *text);

/* Open the input as its filter needs it: a pipe is spooled, and that is said, if the memory map has to be read. */
int convert_open_source(struct convert *convert, bool needs_map, struct fault *fault);

/* Write a pipe to a temporary file, so that it can be read twice, and say so. */
int convert_spool(struct convert *convert, struct fault *fault);

/* Say, unless it shall be quiet, what could not be known of the input. */
void convert_tell_unknown(const struct convert *convert);

/* Do it, tell what went wrong, and return the exit status. The input may be open already. */
int convert_run(struct convert *convert);

#endif
