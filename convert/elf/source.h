/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading ELF vmcores. */
#ifndef CONVERT_ELF_SOURCE_H
#define CONVERT_ELF_SOURCE_H

#include "lkcd/format.h"

struct source *elf_source_open(struct stream *stream, const struct source_options *options, struct fault *fault);

#endif
