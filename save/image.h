/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An LKCD image on its way from a device: copied to the byte, while the LKCD source checks every record of it. Only
 * what it has walked past is handed on, so what stands behind the image's end, or behind the place where it is cut off,
 * is not.
 */
#ifndef SAVE_IMAGE_H
#define SAVE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/findings.h"

#define IMAGE_HEAD 742 /* bytes of an image's start that tell one dump from another */

/* What stands at one of the documented offsets. */
struct image_found {
	uint64_t offset; /* in the device, bytes */
	uint32_t version;
	uint64_t seconds, microseconds; /* when it was made */
	char panic[257];
	char release[66];
	unsigned char head[IMAGE_HEAD];
	uint64_t estimate; /* bytes; 0: not known. Packed pages are counted as the first ones are packed */
};

#define IMAGE_FOUND_MAX 6

/* The dumps on fd, the newest first. Returns how many, or -FAULT_READ. Headers that cannot be used are passed over. */
int image_find(int fd, uint64_t size, struct image_found found[IMAGE_FOUND_MAX], struct fault *fault);

struct image_copy {
	/* set by the caller */
	int fd;               /* of the device */
	uint64_t start, size; /* where the image starts; how large the device is */
	struct findings *findings;
	int (*write)(struct image_copy *copy, const void *data, size_t size, struct fault *fault);
	void (*progress)(struct image_copy *copy); /* may be NULL */
	void *argument;                            /* the caller's own */

	/* what came of it */
	uint64_t bytes, pages;      /* handed on; found to be good */
	uint32_t crc;               /* CRC32C of the bytes */
	uint64_t holes, hole_bytes; /* that could not be read, and are zeros in the copy */
	bool whole;
};

/* Copy and check. Returns 0, though there may be findings; otherwise what ended it. */
int image_save(struct image_copy *copy, struct fault *fault);

#endif
