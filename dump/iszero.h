/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DUMP_ISZERO_H
#define DUMP_ISZERO_H

#include <stdbool.h>
#include <stddef.h>

/* Is every byte zero? size is a multiple of 64; data need not be aligned. Stops at the first block that is not. */
bool iszero(const void *data, size_t size);

#endif
