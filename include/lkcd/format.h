/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file format: how to know it, read it and write it. One const object for each, listed in convert/formats.c. */
#ifndef LKCD_FORMAT_H
#define LKCD_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/output.h"
#include "lkcd/sink.h"
#include "lkcd/source.h"
#include "lkcd/stream.h"

#define FORMAT_PEEK (160u << 10) /* bytes of a file's start that bids look at */

/* What the user asked of an input, beyond its name. */
struct source_options {
	bool raw;                      /* the input is plain memory: --base was given */
	uint64_t base;                 /* physical address of its first byte */
	const struct machine *machine; /* --machine; NULL: not said */
	struct stream *const *parts;   /* the other files of a split set; borrowed until the source is closed */
	size_t part_count;
	bool strict; /* whatever shows that a page may not be what it says it is, is damage: it is not delivered */
};

/* What the user asked of an output. */
struct sink_options {
	const struct codec *codec; /* one of the format's codecs; NULL: none */
};

struct format {
	const char *name;    /* as the user writes it: -f NAME */
	const char *summary; /* a few words, for --help */
	bool maps_seeking;   /* its source has a map only when the stream can seek: spool a pipe if the map is needed */

	bool has_parts; /* its source takes the other files of a split set */

	/* Names of the codecs that its sink takes, ended by NULL; the first is used when the user names none. NULL:
	 * never packs. */
	const char *const *codecs;

	/* How sure is it that a file that starts like this is its own? Bits verified; 0: not mine. NULL: never
	 * detected. */
	unsigned (*bid)(const unsigned char *head, size_t size);

	/*
	 * The abilities (enum source_ability) of a source of a file that starts with these size bytes, as far as these
	 * tell: for what has to be decided before a pipe is opened. NULL: they tell none.
	 */
	unsigned (*abilities)(const unsigned char *head, size_t size);

	/*
	 * A source over the stream, which stands at the start and stays the caller's. One that cannot do without
	 * seeking spools the stream. Returns NULL and fills *fault. NULL: cannot be read.
	 */
	struct source *(*open_source)(struct stream *stream, const struct source_options *options, struct fault *fault);

	/* A sink into the output, which stays the caller's. NULL and *fault. NULL: cannot be written. */
	struct sink *(*open_sink)(struct output *output, const struct sink_options *options, struct fault *fault);
};

#endif
