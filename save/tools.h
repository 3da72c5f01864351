/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other tools of the project, where this one was installed. */
#ifndef SAVE_TOOLS_H
#define SAVE_TOOLS_H

#include <stdbool.h>
#include <stddef.h>

/* The path of a tool: beside the running one, in ../bin or ../sbin of it, or in PATH. False: there is none. */
bool tools_find(const char *name, char *path, size_t room);

/* Run argv (argv[0] is a path) for at most so many seconds, standard output and input closed off. Returns its exit
 * status; -1 when it could not be run, was killed or took too long. */
int tools_run(char *const argv[], unsigned seconds);

#endif
