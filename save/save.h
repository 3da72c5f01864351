/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One dump from the device into the dump directory, so that at every moment it is whole on one of the two: number,
 * copy, sync, read back, name, companions, and the device's header cleared last.
 */
#ifndef SAVE_SAVE_H
#define SAVE_SAVE_H

#include <stdbool.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/findings.h"
#include "save/device.h"
#include "save/folder.h"
#include "save/image.h"

struct save {
	/* set by the caller */
	const struct device *device;
	struct folder *folder;
	struct findings *findings; /* what the copy misses; its found() is the caller's */
	uint64_t min_free;
	uint32_t keep;
	bool rotate, image; /* image: DUMP_SAVE; else only the analysis is kept */
	bool force;         /* go on though the forecast says that there is no room */
	bool clear;
	void (*tell)(struct save *save,
		     const char *sentence); /* a step that was done, or that failed and does not matter */
	void (*progress)(struct save *save, uint64_t done, uint64_t total); /* may be NULL */
	void *argument;

	/* what came of it */
	uint64_t number, bytes, pages;
	bool whole, again; /* again: it had been saved before */

	/* within */
	uint64_t checked; /* bytes after which free space was looked at last */
	int fd;
	struct proof *proof;
	char *notes; /* a line for each finding */
	size_t notes_size;
	struct findings noting;
};

/* Save one of what image_find found. Returns 0, though the dump may be damaged (save->whole); else a fault, and the
 * dump is still on the device. */
int save_dump(struct save *save, const struct image_found *found, struct fault *fault);

/* Within save/: a sentence for save->tell. */
__attribute__((format(printf, 2, 3))) void save_tell(struct save *save, const char *format, ...);

#endif
