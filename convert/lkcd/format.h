/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LKCD images as formats. */
#ifndef CONVERT_LKCD_FORMAT_H
#define CONVERT_LKCD_FORMAT_H

#include "lkcd/format.h"

extern const struct format format_lkcd, format_lkcd9;

/* Is it one of the formats of LKCD images? False for NULL. */
bool lkcd_is_format(const struct format *format);

#endif
