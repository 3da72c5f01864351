/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saves one dump from the device in the dump directory. At every moment it is complete on one of the two. The steps:
 * reserve a number, copy, sync, read back, name, make the companions, clear the header on the device.
 */
#ifndef SAVE_SAVE_H
#define SAVE_SAVE_H

#include <stdbool.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/findings.h"
#include "save/device.h"
#include "save/folder.h"
#include "save/image-find.h"
#include "save/room.h"
#include "save/steps.h"

/* Set by the caller; all of it is borrowed for the call. */
struct save {
	const struct device *device;
	struct folder *folder;
	struct room_limits limits;
	bool image;                /* DUMP_SAVE: keep the image; else only its analysis */
	bool clear;                /* clear the device when the dump is safe */
	struct findings *findings; /* what is wrong with the dump */
	struct steps *steps;
};

struct save_result {
	uint64_t number; /* of the dump in the folder */
	uint64_t bytes, pages;
	bool whole;
	bool again; /* an earlier run had saved it, but did not clear the device */
};

/*
 * Save one of the dumps that image_find found. Returns 0, also when the dump is damaged (result->whole is false); or a
 * fault, and then the dump is still on the device.
 */
int save_dump(const struct save *save, const struct image_found *found, struct save_result *result,
	      struct fault *fault);

#endif
