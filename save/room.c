/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rule of DUMP_KEEP, DUMP_ROTATE and DUMP_MIN_FREE. Old dumps are removed to free space only if that frees enough.
 * They are removed because of their number only after the new dump is safe: until then there are no others. Relies on
 * save/folder.c to know the files of a dump.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "save/room.h"

/* Remove the oldest dumps until *have reaches need, or none if all of them together would not free enough. */
static int remove_for_room(struct folder *folder, uint64_t need, uint64_t *have, struct steps *steps,
			   struct fault *fault)
{
	uint64_t *numbers, gain = 0;
	size_t count, out = 0;
	int status = folder_list(folder, &numbers, &count, fault);

	if (status)
		return status;
	while (out < count && gain < need - *have)
		gain += folder_size(folder, numbers[out++]);
	if (gain < need - *have)
		out = 0;
	for (size_t i = 0; i < out && !status; i++) {
		status = folder_remove(folder, numbers[i], fault);
		if (!status)
			steps_report(steps, "removed dump %" PRIu64 " to make room", numbers[i]);
	}
	free(numbers);
	return status ? status : folder_free(folder, have, fault);
}

int room_check_number(struct folder *folder, const struct room_limits *limits, struct fault *fault)
{
	uint64_t *numbers;
	size_t count;
	int status = folder_list(folder, &numbers, &count, fault);

	if (status)
		return status;
	free(numbers);
	if (!limits->keep || count < limits->keep || limits->rotate || limits->force)
		return 0;
	return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
			 "%s already holds %zu dumps, and DUMP_KEEP allows %" PRIu32
			 ": remove some, or set DUMP_ROTATE=1",
			 folder->path, count, limits->keep);
}

int room_forecast(struct folder *folder, const struct room_limits *limits, uint64_t bytes, struct steps *steps,
		  struct fault *fault)
{
	uint64_t have, need = bytes <= UINT64_MAX - limits->min_free ? bytes + limits->min_free : UINT64_MAX;
	int status = folder_free(folder, &have, fault);

	if (!status && have < need && limits->rotate)
		status = remove_for_room(folder, need, &have, steps, fault);
	if (status || have >= need || limits->force)
		return status;
	return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
			 "the dump needs about %" PRIu64 " MiB, and %s has %" PRIu64 " MiB free, of which %" PRIu64
			 " MiB must stay free (DUMP_MIN_FREE): nothing was saved",
			 bytes >> 20, folder->path, have >> 20, limits->min_free >> 20);
}

int room_check_free(struct folder *folder, const struct room_limits *limits, struct fault *fault)
{
	uint64_t have;

	if (limits->force || folder_free(folder, &have, fault) || have >= limits->min_free)
		return 0; /* if the file system does not report its free space, try to write */
	return fault_set(fault, FAULT_WRITE, FAULT_NOWHERE, FAULT_NOWHERE,
			 "%s would keep less than %" PRIu64 " MiB free (DUMP_MIN_FREE): nothing was saved",
			 folder->path, limits->min_free >> 20);
}

void room_rotate(struct folder *folder, const struct room_limits *limits, uint64_t number, struct steps *steps)
{
	struct fault fault;
	uint64_t *numbers;
	size_t count;

	if (!limits->keep || !limits->rotate || folder_list(folder, &numbers, &count, &fault))
		return;
	for (size_t i = 0; i + limits->keep < count; i++) {
		if (numbers[i] == number)
			continue;
		if (folder_remove(folder, numbers[i], &fault))
			steps_report(steps, "%s", fault.text);
		else
			steps_report(steps, "removed dump %" PRIu64 ": DUMP_KEEP is %" PRIu32, numbers[i],
				     limits->keep);
	}
	free(numbers);
}
