/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files beside dump.N: map.N, kerntypes.N and analysis.N, which lkcd-analyze makes, and checksum.N of all. */
#ifndef SAVE_COMPANIONS_H
#define SAVE_COMPANIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "save/folder.h"
#include "save/steps.h"

/*
 * Make those of dump number that are not there yet. dump is the path of the image, in the folder or on the device; hash
 * its SHA-256 as text, "" when the folder has no image. Returns whether there is an analysis. Everything that fails is
 * reported to steps, and does no harm.
 */
bool companions_make(struct folder *folder, uint64_t number, const char *dump, const char *hash, struct steps *steps);

#endif
