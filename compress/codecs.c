/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of codecs. A codec is a file that defines codec_NAME (lkcd/codec.h); a row below adds it. Its number in a
 * dump belongs to the format: see lkcd_codec_name() and kdump_codec_name().
 */
#include <stddef.h>
#include <string.h>

#include "compress/codecs.h"

#ifdef HAVE_LZO
#define LZO(ROW) ROW(codec_lzo)
#else
#define LZO(ROW)
#endif
#ifdef HAVE_SNAPPY
#define SNAPPY(ROW) ROW(codec_snappy)
#else
#define SNAPPY(ROW)
#endif

/* clang-format off */
#define CODECS(ROW) \
	ROW(codec_rle)  /* LKCD's own run-length encoding, dump_rle.c of the 2.5/2.6 kernels */ \
	ROW(codec_gzip) /* a zlib stream (RFC 1950): gzip.c by libdeflate, gzip-zlib.c by zlib */ \
	ROW(codec_zstd) /* one zstd frame (RFC 8878) */ \
	LZO(ROW)        /* LZO1X, of kdump files; decompresses only */ \
	SNAPPY(ROW)     /* of kdump files; decompresses only */
/* clang-format on */

#define DECLARE(name) extern const struct codec name;
#define LIST(name) &name,

CODECS(DECLARE)

static const struct codec *const codecs[] = { CODECS(LIST) NULL };

const struct codec *const *codecs_list(void)
{
	return codecs;
}

const struct codec *codecs_find(const char *name)
{
	for (const struct codec *const *codec = codecs; *codec; codec++)
		if (!strcmp((*codec)->name, name))
			return *codec;
	return NULL;
}
