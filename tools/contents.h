/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a whole dump and counts its pages, by class, and the damage; part of mains, so it prints. */
#ifndef TOOLS_CONTENTS_H
#define TOOLS_CONTENTS_H

#include "tools/facts.h"
#include "tools/input.h"

/* Read to the end, or until a fault ends it. Findings are printed as they are found. Returns the exit status. */
int contents_read(struct input *input, struct contents *contents);

#endif
