/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of the kernel's addresses: a table in memory, whoever fills it. */
#ifndef ANALYZE_SYMBOLS_H
#define ANALYZE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"

#define SYMBOLS_MAX (1u << 20)        /* kernels have up to 300000 */
#define SYMBOLS_NAMES_MAX (24u << 20) /* bytes of all names: the tools live in 64 MiB */
#define SYMBOLS_NAME_MAX 1024         /* bytes of one, its NUL counted; KSYM_NAME_LEN is 512 */
#define SYMBOLS_TEXT (sizeof("+0x/0x") + SYMBOLS_NAME_MAX + 32) /* room for symbols_text() */

struct symbols;

struct symbol {
	const char *name; /* borrowed from the table */
	uint64_t address; /* where it was when the machine ran */
	char type;        /* as nm has it */
	bool absolute;    /* it does not move with the kernel: an offset into each CPU's area, say */
};

/* An empty table; NULL and *fault when out of memory. symbols_free(NULL) is harmless. */
struct symbols *symbols_new(struct fault *fault);
void symbols_free(struct symbols *symbols);

/* Add a copy. Returns 0, -FAULT_MEMORY, or -FAULT_DAMAGED when there are more of them than a kernel has. */
int symbols_add(struct symbols *symbols, const struct symbol *symbol, struct fault *fault);

/* Code that is not between the kernel's own symbols: a module's. Up to SYMBOLS_TEXTS_MAX; what is more is none. */
#define SYMBOLS_TEXTS_MAX 2048
int symbols_add_text(struct symbols *symbols, uint64_t start, uint64_t end, struct fault *fault);

/* Put them in order after the last one: ascending, those of one address as they were added. */
void symbols_sort(struct symbols *symbols);

size_t symbols_count(const struct symbols *symbols);
struct symbol symbols_get(const struct symbols *symbols, size_t n); /* n < symbols_count() */

/* The address of the first symbol of a name. False: there is none. */
bool symbols_find(const struct symbols *symbols, const char *name, uint64_t *address);

/* The symbol that an address is in: the last one that does not start behind it. *size reaches to the next one. False:
 * none does. */
bool symbols_at(const struct symbols *symbols, uint64_t address, struct symbol *symbol, uint64_t *size);

/* Is it in code, of the kernel or of a module that was added? */
bool symbols_is_text(const struct symbols *symbols, uint64_t address);

/*
 * "panic+0x118/0x2f4" into out[SYMBOLS_TEXT], and "virtblk_done+0x1/0x100 [virtio_blk]", as the kernel writes it; ""
 * where the address is not in its code. called: it is an address to return to, so what it belongs to is what stands
 * before it. Returns out.
 */
char *symbols_text(const struct symbols *symbols, uint64_t address, bool called, char *out);

#endif
