/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What reading through a dump finds: how many pages, of which classes, and what is damaged; part of mains. */
#ifndef TOOLS_CONTENTS_H
#define TOOLS_CONTENTS_H

#include "tools/facts.h"
#include "tools/input.h"

/* Read to the end, or as far as it goes: findings are told as they come. Returns the exit status. */
int contents_read(struct input *input, struct contents *contents);

#endif
