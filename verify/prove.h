/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VERIFY_PROVE_H
#define VERIFY_PROVE_H

#include "lkcd/findings.h"
#include "lkcd/sink.h"

/*
 * Wrap a sink, which is taken over, so that it gets only pages that unpack, packed as they are, and that lie where the
 * dump says that memory was; the others go to findings. NULL when out of memory: the inner sink is closed then, too.
 */
struct sink *prove_open(struct sink *inner, struct findings *findings, struct fault *fault);

#endif
