/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The codecs of this build, by name. Each is a file of this folder; the list of them is in codecs.c. */
#ifndef COMPRESS_CODECS_H
#define COMPRESS_CODECS_H

#include "lkcd/codec.h"

/* By name; NULL when there is none of that name in this build. "none" is no codec: callers know it before they ask. */
const struct codec *codecs_find(const char *name);

/* The list, ended by NULL. */
const struct codec *const *codecs_list(void);

#endif
