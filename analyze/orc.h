/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ORC: the tables with which an x86_64 kernel unwinds its own stacks (CONFIG_UNWINDER_ORC, since 4.14). They are part
 * of its image, so they stand in its dumps; Documentation/arch/x86/orc-unwinder.rst and
 * arch/x86/include/asm/orc_types.h.
 */
#ifndef ANALYZE_ORC_H
#define ANALYZE_ORC_H

#include <stdbool.h>
#include <stdint.h>

#include "analyze/btf.h"
#include "analyze/symbols.h"
#include "lkcd/info.h"

struct memory;

/* Where a frame's caller left what: the numbers that the kernel gives them. */
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
	ORC_NONE,     /* nothing is known of this code */
	ORC_END,      /* the stack begins here */
	ORC_CALL,     /* below the stack pointer stands an address to return to */
	ORC_REGS,     /* at the stack pointer stands a struct pt_regs */
	ORC_REGS_CUT, /* only the last five words of one: what the CPU put there itself */
};

struct orc {
	enum orc_type type;
	enum orc_register sp, bp;
	int16_t sp_offset, bp_offset;
};

/* One table. */
struct orc_table {
	uint64_t addresses, entries; /* where its two arrays are */
	uint64_t count;
	unsigned era; /* of the format: it was changed in 6.3 and 6.4 */
};

/* The kernel's own. btf may be NULL: then the release tells the era. False: it has none, or not on this machine. */
bool orc_find(const struct symbols *symbols, const struct btf *btf, const struct info *info, struct orc_table *table);

/* What a table says of an address. Returns 0 or a fault. */
int orc_look_up(const struct orc_table *table, struct memory *memory, uint64_t address, struct orc *orc,
		struct fault *fault);

#endif
