/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is there room for one more dump, and which old ones are removed for it? dump.conf(5) has the rule, at DUMP_ROTATE. */
#ifndef SAVE_ROOM_H
#define SAVE_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "save/folder.h"
#include "save/steps.h"

/* What the configuration allows. */
struct room_limits {
	uint64_t min_free; /* bytes that stay free in the file system of the dump directory */
	uint32_t keep;     /* dumps in the directory, at most; 0: no limit */
	bool rotate;       /* old dumps are removed when there are too many, or when that makes enough room */
	bool force;        /* go on though there is no room, or are too many dumps */
};

/* Before anything is written: may there be one more dump? Returns 0; -FAULT_CANNOT when DUMP_KEEP forbids it; or
 * another fault. */
int room_check_number(struct folder *folder, const struct room_limits *limits, struct fault *fault);

/*
 * Before anything is written: is there room for a dump that takes so many bytes? Removes old dumps, and reports that,
 * when it makes enough room and is allowed. Returns 0; -FAULT_CANNOT when there is not; or another fault.
 */
int room_forecast(struct folder *folder, const struct room_limits *limits, uint64_t bytes, struct steps *steps,
		  struct fault *fault);

/* While the dump is written: is as much still free as has to stay free? Returns 0 or -FAULT_WRITE. */
int room_check_free(struct folder *folder, const struct room_limits *limits, struct fault *fault);

/* Dump number is safe: remove the oldest ones beyond limits->keep, and report each. What fails is reported only. */
void room_rotate(struct folder *folder, const struct room_limits *limits, uint64_t number, struct steps *steps);

#endif
