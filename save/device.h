/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dump device: a partition, usually that of swap, or a file that stands for one. */
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
	bool block;    /* a block device, no file */
	unsigned major, minor;
};

/*
 * Open what DUMPDEV says: a path, or UUID=, LABEL=, PARTUUID=, PARTLABEL= and a name. root stands before paths. Returns
 * 0 or a fault; device_close may follow in either case.
 */
int device_open(struct device *device, const char *name, const char *root, struct fault *fault);
void device_close(struct device *device);

enum device_use { DEVICE_FREE, DEVICE_SWAP, DEVICE_MOUNTED, DEVICE_HELD };

/* How the system uses it just now; *by names the mount point or what holds it (256 bytes). */
enum device_use device_used(const struct device *device, const char *root, char *by);

/*
 * What stands on it, by libblkid: 0 nothing, or swap (then *swap is set); 1 something else, which text (160 bytes)
 * names, as "a file system (ext4)"; or a fault.
 */
int device_holds(const struct device *device, bool *swap, char *text, struct fault *fault);

/* Is there a swap signature in the last bytes of the first page, for any page size? */
bool device_has_swap(const struct device *device);

/*
 * Remove the dump whose header starts at offset: the sector with its magic number is overwritten with zeros, synced,
 * and read again. head (size bytes) is what was saved: -FAULT_CANNOT when something else stands there now. What is
 * before offset, swap's own header, is not written.
 */
int device_clear(const struct device *device, uint64_t offset, const void *head, size_t size, struct fault *fault);

/* The device's number as LKCD showed it: major and minor in 16 bits where they fit. 0xffffffff for no block device. */
uint32_t device_number(const struct device *device);

#endif
