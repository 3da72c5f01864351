/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The codecs of LKCD images by number and name, and the offsets at which an image can start. */
#include <string.h>

#include "convert/lkcd/lkcd.h"

static const struct {
	uint32_t number;
	const char *name;
} codec_numbers[] = {
	{ LKCD_NONE, "none" },
	{ LKCD_RLE, "rle" },
	{ LKCD_GZIP, "gzip" },
	{ LKCD_ZSTD, "zstd" },
};
#define CODEC_NUMBERS (sizeof(codec_numbers) / sizeof(*codec_numbers))

const char *lkcd_codec_name(uint32_t number)
{
	for (size_t i = 0; i < CODEC_NUMBERS; i++)
		if (codec_numbers[i].number == number)
			return codec_numbers[i].name;
	return NULL;
}

uint32_t lkcd_codec_number(const char *name)
{
	for (size_t i = 0; i < CODEC_NUMBERS; i++)
		if (!strcmp(codec_numbers[i].name, name))
			return codec_numbers[i].number;
	return LKCD_NONE;
}

const uint32_t lkcd_offsets[LKCD_OFFSETS] = { 0, 4096, 8192, 16384, 32768, 65536 };
