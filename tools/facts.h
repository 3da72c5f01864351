/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts about a dump that lkcd-info prints, as text and as JSON. lkcd-info(1) documents the keys. */
#ifndef TOOLS_FACTS_H
#define TOOLS_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/report.h"
#include "lkcd/fault.h"
#include "lkcd/info.h"
#include "lkcd/page.h"

/* What contents_read() counts. */
struct contents {
	uint64_t pages, classes[PAGE_CLASSES]; /* page frames: all, and of each class */
	uint64_t zero_pages;                   /* stored without data */
	uint64_t stored, plain;                /* bytes of the pages: as stored, and decompressed */
	uint64_t end;                          /* physical address after the highest page */
	uint64_t faults, damaged;              /* findings: all, and those that lost a page */
	struct fault fault;                    /* the first finding */
};

/* The name that LKCD gives the info's dump level: "KERN"; NULL when it has none. */
const char *facts_level_name(const struct info *info);

/* Where the kernel was in memory. Returns false when VMCOREINFO does not contain it. */
bool facts_kaslr_offset(const struct info *info, uint64_t *offset);
bool facts_phys_base(const struct info *info, uint64_t *base); /* two's complement: it can be negative */

/* Print one part: the format; the kernel, with its panic and time; what is unknown, and why; the pages. */
void facts_print_format(struct report *report, const struct info *info);
void facts_print_kernel(struct report *report, const struct info *info);
void facts_print_unknown(struct report *report, const struct info *info);
void facts_print_contents(struct report *report, const struct info *info, const struct contents *contents);

/* Print all parts. contents is NULL when not all pages were read. */
void facts_print(struct report *report, const char *file, const struct info *info, const struct contents *contents);

#endif
