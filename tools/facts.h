/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lkcd-info tells of a dump: each fact once, for text and JSON alike. lkcd-info(1) documents the keys. */
#ifndef TOOLS_FACTS_H
#define TOOLS_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/report.h"
#include "lkcd/fault.h"
#include "lkcd/info.h"
#include "lkcd/page.h"

/* What reading through a dump counts. */
struct contents {
	uint64_t pages, classes[PAGE_CLASSES]; /* page frames: all, and of each class */
	uint64_t zero_pages;                   /* that stand in the dump without data */
	uint64_t stored, plain;                /* bytes: as they stand in the dump, and unpacked */
	uint64_t end;                          /* physical address behind the highest page */
	uint64_t faults, damaged;              /* all of them; those of lost pages */
	struct fault fault;                    /* the first of them */
};

/* The name that LKCD gives the info's dump level: "KERN"; NULL when it has none. */
const char *facts_level_name(const struct info *info);

/* Where the kernel was put in memory. False when VMCOREINFO does not say. */
bool facts_kaslr_offset(const struct info *info, uint64_t *offset);
bool facts_phys_base(const struct info *info, uint64_t *base); /* two's complement: it can be negative */

/* Tell a part: how it is stored; which kernel it is of, and why and when it died; what could not be known; its pages.
 */
void facts_format(struct report *report, const struct info *info);
void facts_kernel(struct report *report, const struct info *info);
void facts_unknown(struct report *report, const struct info *info);
void facts_contents(struct report *report, const struct info *info, const struct contents *contents);

/* Tell everything. contents is NULL when the dump was not read through. */
void facts_tell(struct report *report, const char *file, const struct info *info, const struct contents *contents);

#endif
