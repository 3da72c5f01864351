/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands beside dump.N: map.N, kerntypes.N and analysis.N, by lkcd-analyze, and checksum.N of all. */
#ifndef SAVE_COMPANIONS_H
#define SAVE_COMPANIONS_H

#include "save/save.h"

/* Make those that are not there yet. hash is the dump's, "" without an image. Returns whether there is an analysis;
 * everything else that fails is told and does not matter. */
bool companions_make(struct save *save, const char *hash);

#endif
