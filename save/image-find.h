/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the dumps on a device. */
#ifndef SAVE_IMAGE_FIND_H
#define SAVE_IMAGE_FIND_H

#include <stdint.h>

#include "lkcd/fault.h"

#define IMAGE_HEAD 742    /* bytes of an image's start that distinguish one dump from another */
#define IMAGE_FOUND_MAX 6 /* offsets at which a dump can start */

/* An image at one of the documented offsets. */
struct image_found {
	uint64_t offset;                /* in the device, bytes */
	uint64_t seconds, microseconds; /* when it was made, from its header */
	char panic[257];                /* "" when there is none */
	unsigned char head[IMAGE_HEAD];
	uint64_t estimate; /* bytes of the image, if all pages compress as the first ones do; 0: not known */
};

/*
 * Find the dumps on a device of size bytes, open as fd, the newest first. Wrong headers are skipped.
 * Returns how many there are, or -FAULT_READ when nothing of the device can be read.
 */
int image_find(int fd, uint64_t size, struct image_found found[IMAGE_FOUND_MAX], struct fault *fault);

#endif
