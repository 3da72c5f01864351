/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lkcd-config and lkcd-query read from the system and set in it. root is put before every path. */
#ifndef SAVE_SYSTEM_H
#define SAVE_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "save/config.h"

#define SYSTEM_STATE "/run/lkcd/dump" /* what lkcd-config applied, as assignments */
#define SYSTEM_DEVICE "/dev/vmdump"

/*
 * Find the first swap of /etc/fstab. name, of room bytes, gets it as fstab has it: a path, or UUID=. Returns false when
 * there is none.
 */
bool system_first_swap(const char *root, char *name, size_t room);

/*
 * Resolve a device name: after a boot /dev/vmdump does not exist and means the first swap, whose name is written
 * into swap of room bytes. Returns swap then, else name.
 */
const char *system_device(const char *root, const char *name, char *swap, size_t room);

/* Estimate from /proc/meminfo the bytes of a dump of this level now, uncompressed. 0: not known. */
uint64_t system_estimate(const char *root, uint32_t level);

/* Is there a network interface of that name? */
bool system_has_interface(const char *root, const char *name);

/*
 * Read a file into text, at most room bytes with its NUL, without its last newline. The rest is left out. Returns
 * false when it cannot be read; text is "" then.
 */
bool system_read(const char *root, const char *path, char *text, size_t room);

/* Write to a file of /proc, which must get all of it in one call. Returns 0 or -FAULT_WRITE. */
int system_set(const char *root, const char *path, const char *text, struct fault *fault);

/* Write a file under another name, then rename it. Its directory is created. Returns 0 or -FAULT_WRITE. */
int system_write(const char *root, const char *path, const char *text, struct fault *fault);

/* Make or change a symbolic link in one step. Returns 0 or -FAULT_WRITE. */
int system_link(const char *root, const char *path, const char *target, struct fault *fault);

#endif
