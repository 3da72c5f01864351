/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ELF vmcores as a format. */
#ifndef CONVERT_ELF_FORMAT_H
#define CONVERT_ELF_FORMAT_H

#include "lkcd/format.h"

extern const struct format format_elf;

#endif
