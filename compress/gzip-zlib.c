/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GZIP pages by zlib, where libdeflate is not installed. */
#include <stdbool.h>
#include <stdlib.h>
#include <zlib.h>

#include "lkcd/codec.h"
#include "compress/noise.h"

struct gzip_state {
	z_stream deflate, inflate;
	bool deflates; /* deflate is ready: readers need none */
	int level;
};

static void gzip_close(void *state)
{
	struct gzip_state *gzip = state;

	if (gzip->deflates)
		deflateEnd(&gzip->deflate);
	inflateEnd(&gzip->inflate);
	free(gzip);
}

static void *gzip_open(int level)
{
	struct gzip_state *gzip = calloc(1, sizeof(*gzip));

	if (!gzip)
		return NULL;
	gzip->level = level;
	if (inflateInit(&gzip->inflate) == Z_OK)
		return gzip;
	free(gzip);
	return NULL;
}

static size_t gzip_encode(void *state, void *out, size_t room, const void *in, size_t size)
{
	struct gzip_state *gzip = state;

	if (room < size && gzip->level == 1 && noise_is(in, size)) /* trying takes as long as any other page */
		return 0;
	if (!gzip->deflates && deflateInit(&gzip->deflate, gzip->level) != Z_OK)
		return 0;
	gzip->deflates = true;
	deflateReset(&gzip->deflate);
	gzip->deflate.next_in = (Bytef *)in;
	gzip->deflate.avail_in = (uInt)size;
	gzip->deflate.next_out = out;
	gzip->deflate.avail_out = (uInt)room;
	return deflate(&gzip->deflate, Z_FINISH) == Z_STREAM_END ? room - gzip->deflate.avail_out : 0;
}

/* Bytes after the stream are ignored, as crash and libkdumpfile do. */
static int gzip_decode(void *state, void *out, size_t size, const void *in, size_t packed)
{
	struct gzip_state *gzip = state;

	inflateReset(&gzip->inflate);
	gzip->inflate.next_in = (Bytef *)in;
	gzip->inflate.avail_in = (uInt)packed;
	gzip->inflate.next_out = out;
	gzip->inflate.avail_out = (uInt)size;
	return inflate(&gzip->inflate, Z_FINISH) == Z_STREAM_END && !gzip->inflate.avail_out ? 0 : -1;
}

const struct codec codec_gzip = {
	.name = "gzip",
	.sums = true, /* Adler-32 */
	.level_min = 1,
	.level_max = 9,
	.level_default = 1,
	.open = gzip_open,
	.close = gzip_close,
	.encode = gzip_encode,
	.decode = gzip_decode,
};
