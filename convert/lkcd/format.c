/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LKCD images as formats: "lkcd" reads every version and writes version 11; "lkcd9" writes version 9, the newest one
 * that crash and libkdumpfile read.
 */
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

static unsigned lkcd_abilities(const unsigned char *head, size_t size)
{
	struct lkcd_header header;
	struct info info = { 0 };
	struct fault fault;
	unsigned bid, abilities = 0;
	size_t at = lkcd_find(head, size, &bid);

	if (bid && !lkcd_header_read(head + at, size - at, &header, &info, &fault))
		abilities = lkcd_source_abilities(&header, &info);
	info_clear(&info);
	return abilities;
}

static struct sink *open_sink11(struct output *output, const struct sink_options *options, struct fault *fault)
{
	return lkcd_sink_open(output, options, 11, fault);
}

static struct sink *open_sink9(struct output *output, const struct sink_options *options, struct fault *fault)
{
	return lkcd_sink_open(output, options, 9, fault);
}

/* Codecs that can be written, the default first. */
static const char *const codecs11[] = { "zstd", "gzip", "rle", NULL };
static const char *const codecs9[] = { "gzip", "rle", NULL };

const struct format format_lkcd = {
	.name = "lkcd",
	.summary = "LKCD image: read in every version, written as version 11",
	.maps_seeking = true,
	.codecs = codecs11,
	.bid = lkcd_bid,
	.abilities = lkcd_abilities,
	.open_source = lkcd_source_open,
	.open_sink = open_sink11,
};

const struct format format_lkcd9 = {
	.name = "lkcd9",
	.summary = "LKCD image of version 9, for crash and libkdumpfile",
	.codecs = codecs9,
	.open_sink = open_sink9,
};

bool lkcd_is_format(const struct format *format)
{
	return format == &format_lkcd || format == &format_lkcd9;
}
