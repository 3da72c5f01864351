/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ORC: the tables with which an x86_64 kernel unwinds its own stacks (CONFIG_UNWINDER_ORC, since 4.14). They are part
 * of its image, so its dumps contain them. The format is described in
 * Documentation/arch/x86/orc-unwinder.rst and arch/x86/include/asm/orc_types.h.
 */
#ifndef ANALYZE_ORC_H
#define ANALYZE_ORC_H

#include <stdbool.h>
#include <stdint.h>

#include "analyze/btf.h"
#include "analyze/symbols.h"
#include "lkcd/info.h"

struct memory;

/* The register that a value is relative to. The numbers are the kernel's. */
enum orc_register {
	ORC_UNDEFINED,
	ORC_PREVIOUS_SP,
	ORC_DX,
	ORC_DI,
	ORC_BP,
	ORC_SP,
	ORC_R10,
	ORC_R13,
	ORC_BP_INDIRECT,
	ORC_SP_INDIRECT,
};

enum orc_type {
	ORC_NONE,     /* this code has no entry */
	ORC_END,      /* the outermost frame */
	ORC_CALL,     /* the return address is below the stack pointer */
	ORC_REGS,     /* a struct pt_regs is at the stack pointer */
	ORC_REGS_CUT, /* only its last five words, which the CPU itself saved */
};

struct orc {
	enum orc_type type;
	enum orc_register sp, bp;
	int16_t sp_offset, bp_offset;
};

/* The table of the kernel or of a module. */
struct orc_table {
	uint64_t addresses, entries; /* virtual addresses of its two arrays */
	uint64_t count;
	unsigned era; /* of the format: 1, 2 since 6.3, 3 since 6.4 */
};

/* Find the kernel's own table. btf may be NULL: then the release decides the era. False: it has no table. */
bool orc_find(const struct symbols *symbols, const struct btf *btf, const struct info *info, struct orc_table *table);

/* Look up the entry of an address; its type is ORC_NONE when there is none. Returns 0 or a fault. */
int orc_look_up(const struct orc_table *table, struct memory *memory, uint64_t address, struct orc *orc,
		struct fault *fault);

#endif
