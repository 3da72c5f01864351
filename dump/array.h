/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DUMP_ARRAY_H
#define DUMP_ARRAY_H

#include <stddef.h>

#include "lkcd/fault.h"

/*
 * Make room in an array for needed elements of size bytes, by doubling, so that adding one after the other takes linear
 * time. array is the address of the pointer to it, which is NULL at first, as *room, in elements, is 0. Returns 0, or
 * -FAULT_MEMORY: array and room are then as before.
 */
int array_grow(void *array, size_t *room, size_t needed, size_t size, struct fault *fault);

#endif
