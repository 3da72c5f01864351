/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdlib.h>

#include "save/room.h"

static int make_room(struct save *save, uint64_t need, const uint64_t *numbers, size_t count, uint64_t *have,
		     struct fault *fault)
{
	uint64_t gain = 0;
	size_t out = 0;
	int status = 0;

	if (!save->rotate)
		return 0;
	while (out < count && *have + gain < need)
		gain += folder_size(save->folder, numbers[out++]);
	if (*have + gain < need) /* then nothing is won by removing them */
		return 0;
	for (size_t i = 0; i < out && !status; i++) {
		status = folder_remove(save->folder, numbers[i], fault);
		if (!status)
			save_tell(save, "removed dump %" PRIu64 " to make room", numbers[i]);
	}
	return status ? status : folder_free(save->folder, have, fault);
}

int room_forecast(struct save *save, const struct image_found *found, struct fault *fault)
{
	uint64_t *numbers, have, need = found->estimate + save->min_free;
	size_t count;
	int status = folder_list(save->folder, &numbers, &count, fault);

	if (status)
		return status;
	if (save->keep && count >= save->keep && !save->rotate && !save->force)
		status = fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				   "%s holds %zu dumps already, and DUMP_KEEP allows %" PRIu32
				   ": remove some, or set DUMP_ROTATE=1",
				   save->folder->path, count, save->keep);
	if (!status)
		status = folder_free(save->folder, &have, fault);
	if (!status && save->image && have < need)
		status = make_room(save, need, numbers, count, &have, fault);
	if (!status && save->image && have < need && !save->force)
		status = fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				   "the dump needs some %" PRIu64 " MiB, and %s has %" PRIu64
				   " MiB free, of which %" PRIu64
				   " MiB are to stay free (DUMP_MIN_FREE): nothing was saved",
				   found->estimate >> 20, save->folder->path, have >> 20, save->min_free >> 20);
	free(numbers);
	return status;
}

void room_rotate(struct save *save)
{
	struct fault fault;
	uint64_t *numbers;
	size_t count;

	if (!save->keep || !save->rotate || folder_list(save->folder, &numbers, &count, &fault))
		return;
	for (size_t i = 0; i + save->keep < count; i++) {
		if (numbers[i] == save->number)
			continue;
		if (folder_remove(save->folder, numbers[i], &fault))
			save_tell(save, "%s", fault.text);
		else
			save_tell(save, "removed dump %" PRIu64 ": DUMP_KEEP is %" PRIu32, numbers[i], save->keep);
	}
	free(numbers);
}
