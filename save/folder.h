/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dump directory: DIR/bounds, a decimal number, is that of the next dump; DIR/N/dump.N is dump N. What is not whole
 * yet has a name that starts with ".lkcd-save.", and is removed by the next run. Nothing else is touched.
 */
#ifndef SAVE_FOLDER_H
#define SAVE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"

struct folder {
	const char *path; /* borrowed */
	int fd;
};

#define FOLDER_BUSY (-100) /* folder_open: another run holds the lock */

/* Open, make where it is missing, lock, and remove what a killed run left. Returns 0, FOLDER_BUSY or a fault. */
int folder_open(struct folder *folder, const char *path, struct fault *fault);
/* The same for looking only: nothing is made, locked or removed. */
int folder_look(struct folder *folder, const char *path, struct fault *fault);
void folder_close(struct folder *folder);

/* The number of the next dump, at which nothing stands yet; bounds is set behind it before this returns. */
int folder_take_number(struct folder *folder, uint64_t *number, struct fault *fault);

/* The saved dumps, ascending: how many there are, and their numbers in *numbers, the caller's to free. */
int folder_list(struct folder *folder, uint64_t **numbers, size_t *count, struct fault *fault);

/* Bytes that are free, for others than the superuser. */
int folder_free(struct folder *folder, uint64_t *bytes, struct fault *fault);

/* Bytes that removing dump N would free. */
uint64_t folder_size(struct folder *folder, uint64_t number);

/* Remove dump N: the files that saving made, and their folder when nothing else is in it. */
int folder_remove(struct folder *folder, uint64_t number, struct fault *fault);

/* A new file without a name. Returns a descriptor, or a fault. */
int folder_file(struct folder *folder, struct fault *fault);

/*
 * Give the file its name DIR/N/dump.N, which appears at once with its folder, and with dump.N.incomplete that holds
 * notes where these are not NULL. Everything is on the disk when this returns 0.
 */
int folder_publish(struct folder *folder, uint64_t number, int fd, const char *notes, struct fault *fault);

/* Write a whole text file into DIR/N: under another name first, synced. */
int folder_write(struct folder *folder, uint64_t number, const char *name, const char *text, struct fault *fault);

/* Sync DIR/N and DIR. */
int folder_sync(struct folder *folder, uint64_t number, struct fault *fault);

#endif
