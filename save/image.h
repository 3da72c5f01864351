/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies an LKCD image from a device, byte for byte, while the LKCD source checks every record. Only bytes that the
 * source has read are copied: none after the END record, and few after the place where an image is truncated.
 */
#ifndef SAVE_IMAGE_H
#define SAVE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "lkcd/findings.h"

/* Where an image is. */
struct image_place {
	int fd;               /* of the device, open for reading; borrowed */
	uint64_t start, size; /* bytes: offset of the image in the device; size of the device */
};

/* Where the bytes go: the caller's own structure starts with this. */
struct image_writer {
	/*
	 * Write the next size bytes of the image (borrowed for the call), which start at this offset in the image.
	 * Returns 0, or a fault that ends the copy.
	 */
	int (*write)(struct image_writer *writer, uint64_t offset, const void *data, size_t size, struct fault *fault);
};

struct image_result {
	uint64_t bytes; /* written */
	uint64_t pages; /* page frames in the records that were read */
	uint32_t crc;   /* CRC32C of the bytes */
	bool whole;     /* it has an END record, and there are no findings */
};

/*
 * Copy the image at place into writer, and check it. What is wrong with it is added to findings, with offsets in the
 * device. Returns 0, though there may be findings; otherwise the fault that ended the copy: -FAULT_FORMAT when there is
 * no image, -FAULT_READ when the device is gone, or what writer returned. *result is filled in either case.
 */
int image_copy(const struct image_place *place, struct findings *findings, struct image_writer *writer,
	       struct image_result *result, struct fault *fault);

#endif
