/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COMPRESS_CODECS_H
#define COMPRESS_CODECS_H

#include "lkcd/codec.h"

/* By name; NULL when there is none of that name in this build. "none" is no codec: callers know it before they ask. */
const struct codec *codecs_find(const char *name);

/* The list, ended by NULL. */
const struct codec *const *codecs_list(void);

extern const struct codec codec_rle;    /* LKCD's own run-length encoding, dump_rle.c of the 2.5/2.6 kernels */
extern const struct codec codec_gzip;   /* a zlib stream (RFC 1950): gzip.c by libdeflate, gzip-zlib.c by zlib */
extern const struct codec codec_zstd;   /* one zstd frame (RFC 8878) */
extern const struct codec codec_lzo;    /* LZO1X, kdump files; decoded only */
extern const struct codec codec_snappy; /* kdump files; decoded only */

#endif
