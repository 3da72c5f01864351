/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes ELF vmcores. */
#ifndef CONVERT_ELF_SINK_H
#define CONVERT_ELF_SINK_H

#include "lkcd/format.h"

/* A sink into output, which stays the caller's. Returns NULL and fills *fault. */
struct sink *elf_sink_open(struct output *output, const struct sink_options *options, struct fault *fault);

#endif
