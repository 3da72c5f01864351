/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COMPRESS_NOISE_H
#define COMPRESS_NOISE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Do the bytes look random: packed or encrypted already, so that no codec would shrink them? By a sample, of at most
 * 16 KiB; what is larger is never said to, for it may be noise in part.
 */
bool noise_is(const void *data, size_t size);

#endif
