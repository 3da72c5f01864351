/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growing arrays, for input whose claimed number of elements cannot be trusted: room grows with what is read. */
#include <stdlib.h>
#include <string.h>

#include "dump/array.h"

#define ROOM_MIN 16

int array_grow(void *array, size_t *room, size_t needed, size_t size, struct fault *fault)
{
	size_t wanted = *room ? *room : ROOM_MIN;
	void *grown;

	if (needed <= *room)
		return 0;
	while (wanted < needed && wanted <= SIZE_MAX / 2)
		wanted *= 2;
	memcpy(&grown, array, sizeof(grown)); /* a pointer of any type */
	grown = wanted < needed ? NULL : reallocarray(grown, wanted, size);
	if (!grown)
		return fault_memory(fault);
	memcpy(array, &grown, sizeof(grown));
	*room = wanted;
	return 0;
}
