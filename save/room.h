/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks the room for one more dump, and removes old ones for it. dump.conf(5) has the rule, at DUMP_ROTATE. */
#ifndef SAVE_ROOM_H
#define SAVE_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "save/folder.h"
#include "save/steps.h"

/* What the configuration allows. */
struct room_limits {
	uint64_t min_free; /* bytes to leave free in the file system of the dump directory */
	uint32_t keep;     /* dumps in the directory, at most; 0: no limit */
	bool rotate;       /* remove old dumps when there are too many, or when that frees enough space */
	bool force;        /* save even if there is too little room, or there are too many dumps */
};

/* Before anything is written: does DUMP_KEEP allow one more dump? Returns 0; -FAULT_CANNOT when it does not; or another
 * fault. */
int room_check_number(struct folder *folder, const struct room_limits *limits, struct fault *fault);

/*
 * Before anything is written: is there room for a dump of so many bytes? Removes old dumps, and reports that, when
 * it is allowed and frees enough. Returns 0; -FAULT_CANNOT when there is not; or another fault.
 */
int room_forecast(struct folder *folder, const struct room_limits *limits, uint64_t bytes, struct steps *steps,
		  struct fault *fault);

/* While the dump is written: are min_free bytes still free? Returns 0 or -FAULT_WRITE. */
int room_check_free(struct folder *folder, const struct room_limits *limits, struct fault *fault);

/* After dump number is safe: remove the oldest ones beyond limits->keep, and report each removal and failure. */
void room_rotate(struct folder *folder, const struct room_limits *limits, uint64_t number, struct steps *steps);

#endif
