/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A conversion, from its options to its exit status: shared by lkcd-convert, lkcd2elf, lkcd-compress and lkcd-filter;
 * part of these mains, so it prints. */
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
	const struct codec *codec;   /* to compress with; NULL: none */
	int level;
	bool strict;  /* stop at damage, and write nothing */
	bool filters; /* filter is set: leave out pages */
	struct filter filter;
};

/* The options that all these tools have, beside those of the input: a table for struct options. */
extern const struct option_row convert_rows[];

/* Apply an option of convert_rows or of input.h's tables; misuse ends the program. Returns false when it is not in
 * these tables. */
bool convert_set_option(struct convert *convert, int id);

/* Set the format to write, and its default codec; misuse as above. */
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

/* Open the source of the input. A pipe is spooled when the filter has to read the kernel's memory map first. needs_map
 * as for formats_open_source. Returns 0 or a fault. */
int convert_open_source(struct convert *convert, bool needs_map, struct fault *fault);

/* Write a pipe to a temporary file, so that it can be read twice, and print a note. Returns 0 or a fault. */
int convert_spool(struct convert *convert, struct fault *fault);

/* Print, but not with -q, what was not found out about the input. */
void convert_print_unknown(const struct convert *convert);

/* Convert, print what went wrong, and return the exit status. The input may be open already; it is closed. */
int convert_run(struct convert *convert);

#endif
