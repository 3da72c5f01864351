/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shell syntax that a configuration needs: NAME=value, quotes, comments, "export". Nothing is expanded or run. */
#ifndef SAVE_CONFIG_SHELL_H
#define SAVE_CONFIG_SHELL_H

#include <stddef.h>

#include "lkcd/fault.h"

struct config_shell {
	const char *text; /* borrowed; need not end in a NUL */
	size_t size, at;  /* bytes; at: where reading goes on, 0 at first */
	unsigned line;    /* the line at which at is; set to 1 at first */
};

/* An assignment, or what is wrong with a line. */
struct config_line {
	unsigned number;    /* the line it starts on */
	char *name, *value; /* owned; NULL when wrong */
	const char *wrong;  /* a sentence without its full stop; NULL: nothing is */
};

/*
 * Read the next assignment, or the next line that is none. Returns 1, and config_shell_free has to follow; 0 at the
 * end; or -FAULT_MEMORY. After a wrong line reading goes on with the next one.
 */
int config_shell_next(struct config_shell *shell, struct config_line *line, struct fault *fault);
void config_shell_free(struct config_line *line);

#endif
