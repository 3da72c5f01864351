/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snappy, as makedumpfile -p writes it. Read only: new dumps use zstd. */
#include <snappy-c.h>

#include "lkcd/codec.h"

static const char stateless; /* what open returns when there is nothing to keep */

static void *snappy_open(int level)
{
	(void)level;
	return (void *)&stateless;
}

static void snappy_close(void *state)
{
	(void)state;
}

static int snappy_decode(void *state, void *out, size_t size, const void *in, size_t packed)
{
	size_t got = size;

	(void)state;
	return snappy_uncompress(in, packed, out, &got) == SNAPPY_OK && got == size ? 0 : -1;
}

const struct codec codec_snappy = {
	.name = "snappy",
	.open = snappy_open,
	.close = snappy_close,
	.decode = snappy_decode,
};
