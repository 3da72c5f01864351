/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kdump-compressed files as formats, flattened or not. */
#ifndef CONVERT_KDUMP_FORMAT_H
#define CONVERT_KDUMP_FORMAT_H

#include "lkcd/format.h"

extern const struct format format_kdump, format_flat;

#endif
