/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file format: how to detect, read and write it. One const object for each, listed in convert/formats.c. */
#ifndef LKCD_FORMAT_H
#define LKCD_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/output.h"
#include "lkcd/sink.h"
#include "lkcd/source.h"
#include "lkcd/stream.h"

#define FORMAT_PEEK (160u << 10) /* bytes of a file's start that bids read */

/* The user's options for an input. */
struct source_options {
	bool raw;                      /* the input is raw memory: --base was given */
	uint64_t base;                 /* physical address of its first byte */
	const struct machine *machine; /* --machine; NULL: not given */
	struct stream *const *parts;   /* the other files of a split set; borrowed until the source is closed */
	size_t part_count;
	bool strict; /* a page with any doubtful field is damaged, and next() does not return it */
};

/* The user's options for an output. */
struct sink_options {
	const struct codec *codec; /* one of the format's codecs; NULL: none */
};

struct format {
	const char *name;    /* as the user writes it: -f NAME */
	const char *summary; /* a few words, for --help */
	bool maps_seeking; /* its source has a page map only when the stream can seek: spool a pipe if the map is needed
			    */

	bool has_parts; /* its source takes the other files of a split set */

	/* Names of the codecs that its sink accepts, ended by NULL; the first is the default. NULL: never compresses.
	 */
	const char *const *codecs;

	/* The number of bits of a file's start that were verified as this format's; 0: another format. NULL: never
	 * detected. */
	unsigned (*bid)(const unsigned char *head, size_t size);

	/*
	 * The abilities (enum source_ability) that the first size bytes of a file promise of its source: for decisions
	 * before a pipe is opened. NULL: none.
	 */
	unsigned (*abilities)(const unsigned char *head, size_t size);

	/*
	 * Open a source over the stream, which is at offset 0 and stays the caller's. A source that needs to seek
	 * spools the stream. Returns NULL and fills *fault. NULL: cannot be read.
	 */
	struct source *(*open_source)(struct stream *stream, const struct source_options *options, struct fault *fault);

	/* Open a sink into the output, which stays the caller's. Returns NULL and fills *fault. NULL: cannot be
	 * written. */
	struct sink *(*open_sink)(struct output *output, const struct sink_options *options, struct fault *fault);
};

#endif
