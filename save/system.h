/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lkcd-config and lkcd-query ask the system, and set in it. root stands before every path. */
#ifndef SAVE_SYSTEM_H
#define SAVE_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"
#include "save/config.h"

#define SYSTEM_STATE "/run/lkcd/dump" /* what lkcd-config applied, as assignments */
#define SYSTEM_DEVICE "/dev/vmdump"

/* The first swap of /etc/fstab, as it stands there: a path, or UUID=. False: there is none. */
bool system_first_swap(const char *root, char *name, size_t room);

/* What the name of a dump device means: /dev/vmdump, where it is missing, as it is after a boot, is the first swap,
 * whose name is put into swap. Returns that, or name. */
const char *system_device(const char *root, const char *name, char *swap, size_t room);

/* Bytes that a dump of this level takes now, not packed, by /proc/meminfo. 0: not known. */
uint64_t system_estimate(const char *root, uint32_t level);

/* Is there a network interface of that name? */
bool system_has_interface(const char *root, const char *name);

/* The file's text, at most room bytes with its NUL, without the last newline. False: it cannot be read. */
bool system_read(const char *root, const char *path, char *text, size_t room);

/* Write a file of /proc. */
int system_set(const char *root, const char *path, const char *text, struct fault *fault);

/* Write a whole file under another name first, and make its folder. Returns 0, or a fault. */
int system_write(const char *root, const char *path, const char *text, struct fault *fault);

/* Make or change a symbolic link at once. */
int system_link(const char *root, const char *path, const char *target, struct fault *fault);

#endif
