/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LZO1X, as makedumpfile -l writes it. Read only: new dumps use zstd. */
#include <lzo/lzo1x.h>

#include "lkcd/codec.h"

static const char stateless; /* what open returns when there is nothing to keep */

static void *lzo_open(int level)
{
	(void)level;
	return lzo_init() == LZO_E_OK ? (void *)&stateless : NULL;
}

static void lzo_close(void *state)
{
	(void)state;
}

static int lzo_decode(void *state, void *out, size_t size, const void *in, size_t packed)
{
	lzo_uint got = size;

	(void)state;
	return lzo1x_decompress_safe(in, packed, out, &got, NULL) == LZO_E_OK && got == size ? 0 : -1;
}

const struct codec codec_lzo = {
	.name = "lzo",
	.open = lzo_open,
	.close = lzo_close,
	.decode = lzo_decode,
};
