/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dump directory: DIR/bounds, a decimal number, is that of the next dump; DIR/N/dump.N is dump N, with its
 * companions beside it. An incomplete file has a name that starts with ".lkcd-save."; the next run removes it. Nothing
 * else in the directory is changed.
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

/* The files of dump N that saving makes, in DIR/N. */
enum folder_kind {
	FOLDER_DUMP,
	FOLDER_INCOMPLETE, /* dump.N.incomplete: what is wrong with dump.N */
	FOLDER_MAP,
	FOLDER_KERNTYPES,
	FOLDER_ANALYSIS,
	FOLDER_CHECKSUM,
	FOLDER_KINDS
};

#define FOLDER_NAME_SIZE 80 /* bytes that hold a file's name, with its NUL */

/* Write the name of a file, as "dump.7", into name. Returns name. */
char *folder_name(enum folder_kind kind, uint64_t number, char name[FOLDER_NAME_SIZE]);

/* Write DIR/N/NAME into path, which has room bytes. Returns false when it does not fit. */
bool folder_path(const struct folder *folder, enum folder_kind kind, uint64_t number, char *path, size_t room);

/* Open a file of dump N for reading. Returns a descriptor that the caller closes, or -1 with errno. */
int folder_open_file(const struct folder *folder, enum folder_kind kind, uint64_t number);

#define FOLDER_BUSY (-100) /* folder_open: another run holds the lock */

/*
 * Open the directory for saving: create it if it is missing, lock it, and remove the files that a killed run left.
 * Returns 0, FOLDER_BUSY or a fault; folder_close has to follow a 0.
 */
int folder_open(struct folder *folder, const char *path, struct fault *fault);

/* Open it for reading, and change nothing. Returns 0 or -FAULT_READ; folder_close has to follow a 0. */
int folder_read_only(struct folder *folder, const char *path, struct fault *fault);
void folder_close(struct folder *folder);

/*
 * Reserve the number of the next dump, *number: the first one from bounds on that no file or directory has. bounds on
 * the disk is one more when this returns 0; else it returns a fault.
 */
int folder_reserve_number(struct folder *folder, uint64_t *number, struct fault *fault);

/*
 * List the saved dumps: *numbers gets their numbers, ascending, which the caller frees, *count how many there are.
 * Returns 0 or a fault; *numbers is NULL or freed then.
 */
int folder_list(struct folder *folder, uint64_t **numbers, size_t *count, struct fault *fault);

/* Get the bytes that are free in its file system for users other than root. Returns 0 or -FAULT_WRITE. */
int folder_free(struct folder *folder, uint64_t *bytes, struct fault *fault);

/* Bytes that removing dump N would free. */
uint64_t folder_size(struct folder *folder, uint64_t number);

/* Remove dump N: the files that saving made, and DIR/N when nothing else is in it. Returns 0 or -FAULT_WRITE. */
int folder_remove(struct folder *folder, uint64_t number, struct fault *fault);

/* Create a file without a name, for folder_publish. Returns a descriptor that the caller closes, or -FAULT_WRITE. */
int folder_create(struct folder *folder, struct fault *fault);

/*
 * Give a file of folder_create (fd; -1: there is none) its name DIR/N/dump.N, which appears in one step with its
 * directory, and with dump.N.incomplete that holds notes where these are not NULL. Returns 0 when all of it is on the
 * disk, or -FAULT_WRITE: then there is no DIR/N, unless only the last sync failed.
 */
int folder_publish(struct folder *folder, uint64_t number, int fd, const char *notes, struct fault *fault);

/* Write a whole text file into DIR/N, under another name first, and sync it. Returns 0 or -FAULT_WRITE. */
int folder_write(struct folder *folder, enum folder_kind kind, uint64_t number, const char *text, struct fault *fault);

/* Sync DIR/N and DIR. Returns 0 or -FAULT_WRITE. */
int folder_sync(struct folder *folder, uint64_t number, struct fault *fault);

#endif
