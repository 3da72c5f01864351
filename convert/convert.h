/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lkcd-convert and lkcd2elf do once their options are read; part of these mains, so it prints. */
#ifndef CONVERT_CONVERT_H
#define CONVERT_CONVERT_H

#include "cli/options.h"
#include "convert/input.h"
#include "lkcd/format.h"

struct convert {
	struct input input;
	const char *out;             /* a path, or "-" */
	const struct format *format; /* to write */
	const struct codec *codec;   /* to pack with; NULL: none */
	int level;
	unsigned threads; /* that pack and unpack; 0: as many as there are processors */
	bool strict;      /* damage ends it: nothing is written */
};

/* The options that both tools have, beside those of the input: a table for struct options. */
extern const struct option_row convert_rows[];

/* Take an option of convert_rows or input_rows; misuse ends the program. Returns false when it is neither's. */
bool convert_option(struct convert *convert, int id);

/* Set format and, where the user names no codec, the format's usual one; misuse as above. */
void convert_set_format(struct convert *convert, const char *name);

/* "zstd", "gzip:9" or "none", for the format that is set. */
void convert_set_codec(struct convert *convert, const char *text);

/* Do it, tell what went wrong, and return the exit status. The input may be open already. */
int convert_run(struct convert *convert);

#endif
