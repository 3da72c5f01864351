/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sink that accepts only pages that decompress. */
#ifndef VERIFY_PROVE_H
#define VERIFY_PROVE_H

#include "lkcd/findings.h"
#include "lkcd/sink.h"

/*
 * Wrap a sink, which then belongs to the result, so that it gets only pages that decompress and that lie in the dump's
 * memory ranges; they stay compressed. The others become findings. NULL when out of memory: the inner sink is closed.
 */
struct sink *prove_open(struct sink *inner, struct findings *findings, struct fault *fault);

#endif
