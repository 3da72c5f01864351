/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DUMP_ARRAY_H
#define DUMP_ARRAY_H

#include <stddef.h>

#include "lkcd/fault.h"

/*
 * Make room in an array for needed elements of size bytes, by doubling, so that appending n elements takes
 * linear time. array is the address of the array's pointer; the pointer starts as NULL and *room, in elements, as 0.
 * Returns 0, or -FAULT_MEMORY: array and room are then unchanged.
 */
int array_grow(void *array, size_t *room, size_t needed, size_t size, struct fault *fault);

#endif
