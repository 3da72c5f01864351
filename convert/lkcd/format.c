/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LKCD images as formats: version 11, and version 9 for readers that know no later one. */
#include "convert/lkcd/format.h"
#include "convert/lkcd/header.h"
#include "convert/lkcd/sink.h"
#include "convert/lkcd/source.h"

static unsigned lkcd_bid(const unsigned char *head, size_t size)
{
	unsigned bid;

	lkcd_find(head, size, &bid);
	return bid;
}

static struct sink *open_sink11(struct output *output, const struct sink_options *options, struct fault *fault)
{
	return lkcd_sink_open(output, options, 11, fault);
}

static struct sink *open_sink9(struct output *output, const struct sink_options *options, struct fault *fault)
{
	return lkcd_sink_open(output, options, 9, fault);
}

static const char *const codecs11[] = { "zstd", "gzip", "rle", NULL };
static const char *const codecs9[] = { "gzip", "rle", NULL };

const struct format format_lkcd = {
	.name = "lkcd",
	.summary = "LKCD image: read in every version, written as version 11",
	.maps_seeking = true,
	.codecs = codecs11,
	.bid = lkcd_bid,
	.open_source = lkcd_source_open,
	.open_sink = open_sink11,
};

const struct format format_lkcd9 = {
	.name = "lkcd9",
	.summary = "LKCD image of version 9, for crash and libkdumpfile",
	.codecs = codecs9,
	.open_sink = open_sink9,
};
