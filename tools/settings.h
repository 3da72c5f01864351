/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the configuration for the tools that save and configure, and prints what is wrong with it on stderr. */
#ifndef TOOLS_SETTINGS_H
#define TOOLS_SETTINGS_H

#include "save/config.h"

struct settings {
	const char *tool;     /* set by the caller: name that messages start with; NULL: print none */
	struct config config; /* set by the caller to zero or to defaults; config_clear has to follow settings_read */
	unsigned errors;      /* words or lines that were wrong */
};

/*
 * Read a configuration file under root, and its drop-ins. file is what -c names, without root; NULL: default_file.
 * Returns 0; -FAULT_READ with a sentence that names the file, and what is not read has its default; or -FAULT_MEMORY.
 */
int settings_read(struct settings *settings, const char *file, const char *root, const char *default_file,
		  struct fault *fault);

#endif
