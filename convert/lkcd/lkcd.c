/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "convert/lkcd/lkcd.h"

static const struct {
	uint32_t number;
	const char *name;
} packers[] = {
	{ LKCD_NONE, "none" },
	{ LKCD_RLE, "rle" },
	{ LKCD_GZIP, "gzip" },
	{ LKCD_ZSTD, "zstd" },
};
#define PACKERS (sizeof(packers) / sizeof(*packers))

const char *lkcd_codec_name(uint32_t number)
{
	for (size_t i = 0; i < PACKERS; i++)
		if (packers[i].number == number)
			return packers[i].name;
	return NULL;
}

uint32_t lkcd_codec_number(const char *name)
{
	for (size_t i = 0; i < PACKERS; i++)
		if (!strcmp(packers[i].name, name))
			return packers[i].number;
	return LKCD_NONE;
}

const uint32_t lkcd_offsets[LKCD_OFFSETS] = { 0, 4096, 8192, 16384, 32768, 65536 };
