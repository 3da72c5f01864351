/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds pages of an LKCD image by their address. */
#ifndef CONVERT_LKCD_SEEK_H
#define CONVERT_LKCD_SEEK_H

#include "lkcd/source.h"

/* struct source's map() and seek(). The stream must be seekable. */
int lkcd_seek_map(struct source *source, struct pagemap *map, bool *ascending, struct fault *fault);
int lkcd_seek(struct source *source, uint64_t address, struct fault *fault);

#endif
