/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The modules that a kernel had loaded, by its own list, where its types are known (BTF). 64-bit kernels. */
#ifndef ANALYZE_MODULES_H
#define ANALYZE_MODULES_H

#include "analyze/kernel.h"
#include "analyze/orc.h"

#define MODULES_MAX 2048
#define MODULES_NAME 65

struct module {
	char name[MODULES_NAME]; /* anything, ended by NUL */
	uint64_t text, size;     /* its code: address and bytes */
	struct orc_table orc;    /* of count 0: it has none */
};

struct modules {
	struct module *module;
	size_t count;
};

/*
 * Find them, and add the symbols of their code to symbols, "name [module]" each. What cannot be read is left out.
 * Returns 0 or -FAULT_MEMORY; modules_clear has to follow in either case.
 */
int modules_load(const struct kernel *kernel, struct symbols *symbols, struct modules *modules, struct fault *fault);
void modules_clear(struct modules *modules);

/* The one whose code an address is in; NULL: none. modules may be NULL. */
const struct module *modules_at(const struct modules *modules, uint64_t address);

#endif
