/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "convert/lkcd/lkcd.h"

static const char *const codec_names[] = { "none", "rle", "gzip", "zstd" };

const char *lkcd_codec_name(uint32_t number)
{
	return number < sizeof(codec_names) / sizeof(*codec_names) ? codec_names[number] : NULL;
}

uint32_t lkcd_codec_number(const char *name)
{
	uint32_t number = 0;

	while (strcmp(codec_names[number], name))
		number++;
	return number;
}

const uint32_t lkcd_offsets[LKCD_OFFSETS] = { 0, 4096, 8192, 16384, 32768, 65536 };

size_t lkcd_find(const unsigned char *head, size_t size, unsigned *bid)
{
	for (size_t i = 0; i < LKCD_OFFSETS && lkcd_offsets[i] < size; i++) {
		*bid = lkcd_header_bid(head + lkcd_offsets[i], size - lkcd_offsets[i]);
		if (*bid)
			return lkcd_offsets[i];
	}
	*bid = 0;
	return 0;
}

uint32_t lkcd_version(const unsigned char *head, size_t size)
{
	unsigned bid;
	size_t at = lkcd_find(head, size, &bid);

	return bid ? lkcd_header_version(head + at) : 0;
}

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
