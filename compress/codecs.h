/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The codecs of this build, by name. Each is a file of compress/; codecs.c lists them. */
#ifndef COMPRESS_CODECS_H
#define COMPRESS_CODECS_H

#include "lkcd/codec.h"

/* By name; NULL when there is none of that name in this build. "none" is not a codec: callers test for it first. */
const struct codec *codecs_find(const char *name);

/* The list, ended by NULL. */
const struct codec *const *codecs_list(void);

#endif
