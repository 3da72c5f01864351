/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COMPRESS_NOISE_H
#define COMPRESS_NOISE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Do the bytes look random, as compressed or encrypted data do, so that no codec would shrink them? Only a sample is
 * read. Always false above 16 KiB: larger data may be random only in part.
 */
bool noise_is(const void *data, size_t size);

#endif
