/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table of the kernel's symbols, in the tool's memory. kallsyms.h, sysmap.h and modules.h fill it. */
#ifndef ANALYZE_SYMBOLS_H
#define ANALYZE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"

#define SYMBOLS_MAX (1u << 20)        /* kernels have up to 300000 */
#define SYMBOLS_NAMES_MAX (24u << 20) /* bytes of all names: the tools must fit in 64 MiB */
#define SYMBOLS_NAME_MAX 1024         /* bytes of one name with its NUL; KSYM_NAME_LEN is 512 */
#define SYMBOLS_TEXT (sizeof("+0x/0x") + SYMBOLS_NAME_MAX + 32) /* room for symbols_text() */

struct symbols;

struct symbol {
	const char *name; /* borrowed from the table */
	uint64_t address; /* virtual, on the running machine */
	char type;        /* as nm prints it */
	bool absolute;    /* it does not move with the kernel: for example an offset in a per-CPU area */
};

/* Create an empty table. NULL and *fault when out of memory. symbols_free(NULL) is harmless. */
struct symbols *symbols_new(struct fault *fault);
void symbols_free(struct symbols *symbols);

/* Add a copy. Returns 0, -FAULT_MEMORY, or -FAULT_DAMAGED when there are more than a kernel can have. */
int symbols_add(struct symbols *symbols, const struct symbol *symbol, struct fault *fault);

/* Add a range of code outside the kernel itself: a module's. Ranges beyond SYMBOLS_TEXTS_MAX are ignored. */
#define SYMBOLS_TEXTS_MAX 2048
int symbols_add_text(struct symbols *symbols, uint64_t start, uint64_t end, struct fault *fault);

/* Sort after the last addition: by address, those of one address in the order of addition. Needed before symbols_at. */
void symbols_sort(struct symbols *symbols);

size_t symbols_count(const struct symbols *symbols);
struct symbol symbols_get(const struct symbols *symbols, size_t n); /* n < symbols_count() */

/* Find the address of the first symbol of a name. False: there is none. */
bool symbols_find(const struct symbols *symbols, const char *name, uint64_t *address);

/*
 * Find the symbol of an address: the last one that does not start after it. *size: bytes to the next one, 0 for the
 * last. False: there is none.
 */
bool symbols_at(const struct symbols *symbols, uint64_t address, struct symbol *symbol, uint64_t *size);

/* Is the address in code of the kernel or of a module that was added? */
bool symbols_is_text(const struct symbols *symbols, uint64_t address);

/*
 * "panic+0x118/0x2f4" into out[SYMBOLS_TEXT], and "virtblk_done+0x1/0x100 [virtio_blk]", as the kernel prints
 * it; "" when the address is not in code. called: it is a return address, so it belongs to the instruction before it.
 * Returns out.
 */
char *symbols_text(const struct symbols *symbols, uint64_t address, bool called, char *out);

#endif
