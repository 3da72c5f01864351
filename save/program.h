/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other tools of the project: where they are, and how to run them. */
#ifndef SAVE_PROGRAM_H
#define SAVE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Find a tool: beside the running one, in ../bin or ../sbin of it, or in PATH. path gets it, with its NUL at most room
 * bytes. Returns false when there is none.
 */
bool program_find(const char *name, char *path, size_t room);

/*
 * Run argv (argv[0] is a path) for at most so many seconds, without standard input and output. Returns its exit status;
 * -1 when it could not be run, was killed or took too long.
 */
int program_run(char *const argv[], unsigned seconds);

#endif
