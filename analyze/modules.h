/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loaded modules of a 64-bit kernel, from its own list, where its types are known (BTF). */
#ifndef ANALYZE_MODULES_H
#define ANALYZE_MODULES_H

#include "analyze/kernel.h"
#include "analyze/orc.h"

#define MODULES_MAX 2048
#define MODULES_NAME 65

struct module {
	char name[MODULES_NAME]; /* any bytes, then NUL */
	uint64_t text, size;     /* its code: address and bytes */
	struct orc_table orc;    /* count 0: it has none */
};

struct modules {
	struct module *module;
	size_t count;
};

/*
 * Load the modules, and append the symbols of their code to symbols, each as "name [module]". Those that cannot be
 * read are left out. Returns 0 or -FAULT_MEMORY; modules_clear must follow in both cases.
 */
int modules_load(const struct kernel *kernel, struct symbols *symbols, struct modules *modules, struct fault *fault);
void modules_clear(struct modules *modules);

/* Find the module with code at an address. NULL: none has. modules may be NULL. */
const struct module *modules_at(const struct modules *modules, uint64_t address);

#endif
