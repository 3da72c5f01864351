/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GZIP pages by libdeflate; gzip-zlib.c replaces this file where that is not installed. Their compressed bytes differ,
 * but each reads what the other writes. */
#include <libdeflate.h>
#include <stdlib.h>

#include "lkcd/codec.h"
#include "compress/noise.h"

struct gzip_state {
	struct libdeflate_compressor *compressor; /* NULL until the first encode: readers need none */
	struct libdeflate_decompressor *decompressor;
	int level;
};

static void gzip_close(void *state)
{
	struct gzip_state *gzip = state;

	libdeflate_free_compressor(gzip->compressor);
	libdeflate_free_decompressor(gzip->decompressor);
	free(gzip);
}

static void *gzip_open(int level)
{
	struct gzip_state *gzip = calloc(1, sizeof(*gzip));

	if (!gzip)
		return NULL;
	gzip->level = level;
	gzip->decompressor = libdeflate_alloc_decompressor();
	if (gzip->decompressor)
		return gzip;
	gzip_close(gzip);
	return NULL;
}

static size_t gzip_encode(void *state, void *out, size_t room, const void *in, size_t size)
{
	struct gzip_state *gzip = state;

	if (room < size && gzip->level == 1 && noise_is(in, size)) /* trying takes as long as any other page */
		return 0;
	if (!gzip->compressor)
		gzip->compressor = libdeflate_alloc_compressor(gzip->level);
	return gzip->compressor ? libdeflate_zlib_compress(gzip->compressor, in, size, out, room) : 0;
}

/* Bytes after the stream are ignored, as crash and libkdumpfile do. */
static int gzip_decode(void *state, void *out, size_t size, const void *in, size_t packed)
{
	struct gzip_state *gzip = state;
	size_t used;

	return libdeflate_zlib_decompress_ex(gzip->decompressor, in, packed, out, size, &used, NULL) ? -1 : 0;
}

const struct codec codec_gzip = {
	.name = "gzip",
	.sums = true, /* Adler-32 */
	.level_min = 1,
	.level_max = 12,
	.level_default = 1,
	.open = gzip_open,
	.close = gzip_close,
	.encode = gzip_encode,
	.decode = gzip_decode,
};
