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
