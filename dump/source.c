/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every source does when it is forked. */
#include <stdlib.h>
#include <string.h>

#include "dump/source.h"

void *source_copy(const struct source *source, size_t size, struct fault *fault)
{
	struct source *copy = malloc(size);

	if (!copy) {
		fault_memory(fault);
		return NULL;
	}
	memcpy(copy, source, size);
	copy->physical = NULL;
	copy->fork = NULL;
	copy->map = NULL;
	copy->avoid = NULL;
	copy->prove = NULL;
	return copy;
}
