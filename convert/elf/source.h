/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads ELF vmcores. */
#ifndef CONVERT_ELF_SOURCE_H
#define CONVERT_ELF_SOURCE_H

#include "lkcd/format.h"

/* A source over the stream, which stays the caller's. Returns NULL and fills *fault. */
struct source *elf_source_open(struct stream *stream, const struct source_options *options, struct fault *fault);

#endif
