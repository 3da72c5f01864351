/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dump device: a partition, usually that of swap, or a file in place of one. */
#ifndef SAVE_DEVICE_H
#define SAVE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"

struct device {
	int fd;        /* open for reading, locked */
	char *path;    /* as it was resolved; owned */
	uint64_t size; /* bytes */
	bool block;    /* a block device, not a file */
	unsigned major, minor;
};

/*
 * Open the device that DUMPDEV names, for reading, and lock it: a path, or UUID=, LABEL=, PARTUUID=, PARTLABEL= and a
 * name. root is put before paths. Returns 0 or a fault; device_close has to follow in either case.
 */
int device_open(struct device *device, const char *name, const char *root, struct fault *fault);
void device_close(struct device *device);

enum device_use { DEVICE_FREE, DEVICE_SWAP, DEVICE_MOUNTED, DEVICE_HELD };

/*
 * How the system uses the device now. by (256 bytes) gets the mount point, or the name of the device that holds it; ""
 * for others. root is put before the paths of /proc and /sys.
 */
enum device_use device_used(const struct device *device, const char *root, char *by);

/*
 * Find out with libblkid what is on the device. Returns 0: nothing, or swap (then *swap is set); 1: something else,
 * which text (160 bytes) names, as "a file system (ext4)"; or -FAULT_READ.
 */
int device_contents(const struct device *device, bool *swap, char *text, struct fault *fault);

/*
 * Remove the dump whose header starts at offset: overwrite the sector with its magic number with zeros, sync it, and
 * read it again. head is the start of the dump that was saved, size bytes, at most 4096. Nothing before offset is
 * written, where swap has its header. Returns 0; -FAULT_CANNOT when the device no longer has head there; -FAULT_WRITE.
 */
int device_clear(const struct device *device, uint64_t offset, const void *head, size_t size, struct fault *fault);

/* The device's number as LKCD showed it: major and minor in 16 bits where they fit; 0xffffffff when it is not a block
 * device. */
uint32_t device_number(const struct device *device);

#endif
