/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CONVERT_MEMORY_LIME_H
#define CONVERT_MEMORY_LIME_H

#include "lkcd/format.h"

extern const struct format format_lime;

#endif
