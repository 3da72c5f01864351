/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files beside dump.N: map.N, kerntypes.N and analysis.N, which lkcd-analyze makes, and their checksum.N. */
#ifndef SAVE_COMPANIONS_H
#define SAVE_COMPANIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "save/folder.h"
#include "save/steps.h"

/*
 * Make those of dump number that do not exist yet. dump is the path of the image, in the directory or on the device;
 * hash is its SHA-256 as text, "" when the directory has no image. Returns whether there is an analysis. A failure is
 * reported to steps and does no harm.
 */
bool companions_make(struct folder *folder, uint64_t number, const char *dump, const char *hash, struct steps *steps);

#endif
