/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shell text as far as a configuration needs it: NAME=value, quotes, comments, "export". Nothing is expanded or run. */
#ifndef SAVE_CONFIG_SHELL_H
#define SAVE_CONFIG_SHELL_H

#include <stddef.h>

#include "lkcd/fault.h"

struct config_shell {
	const char *text; /* borrowed; need not end in a NUL */
	size_t size, at;  /* at: where reading goes on */
	unsigned line;    /* that at is on, from 1 */
};

/* An assignment, or what is wrong with a line. */
struct config_line {
	unsigned number;    /* the line it starts on */
	char *name, *value; /* owned; NULL when wrong */
	const char *wrong;  /* a sentence without its full stop; NULL: nothing is */
};

/*
 * The next assignment. Returns 1; 0 at the end; -FAULT_MEMORY. After a wrong line reading goes on with the next one.
 * config_shell_free has to follow a 1.
 */
int config_shell_next(struct config_shell *shell, struct config_line *line, struct fault *fault);
void config_shell_free(struct config_line *line);

#endif
