/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kind of a page by its struct page, and the kinds that a dump level or a list of --exclude leaves out. */
#ifndef FILTER_LEVEL_H
#define FILTER_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

#include "filter/vmcoreinfo.h"
#include "lkcd/info.h"
#include "lkcd/page.h"

enum level_kind {
	LEVEL_UNKNOWN,       /* VMCOREINFO and struct page do not decide */
	LEVEL_KERNEL,        /* reserved, or in use, but neither on the LRU nor a process's */
	LEVEL_CACHE,         /* page cache and swap cache */
	LEVEL_CACHE_PRIVATE, /* the same with PG_private: it has buffers of a file system */
	LEVEL_USER,          /* anonymous memory of processes, and huge pages */
	LEVEL_FREE,
	LEVEL_OFFLINE, /* given back by a balloon driver or by memory hotplug */
	LEVEL_POISON,  /* the hardware reported an error: reading it may crash again */
	LEVEL_KINDS
};

/* LKCD's dump levels as version 9 and 11 images store them, bits or-ed: each includes the ones before. */
enum level_bits { LEVEL_NONE = 0, LEVEL_HEADER = 1, LEVEL_KERN = 3, LEVEL_USED = 7, LEVEL_ALL = 15 };
#define LEVEL_HEADER_BYTES (128u << 10) /* from the start of memory, which HEADER keeps */

/* The user's choice. */
struct level_choice {
	enum level_bits level;
	bool exclude;   /* the fields below decide, not the level */
	bool zero;      /* drop pages of zeros */
	uint32_t kinds; /* bits 1 << enum level_kind: dropped */
};

/* Parse "kern", "3", "8", ... False: not a level. */
bool level_parse(const char *text, struct level_choice *choice);

/* Parse "cache,free" ... False: not a list of kinds. */
bool level_parse_exclude(const char *text, struct level_choice *choice);

/* Does the choice depend on the kinds of pages? If not, no memory map is needed. */
bool level_needs_kinds(const struct level_choice *choice);

/* Is a page of the kind, or of the class, dropped? */
bool level_drops(const struct level_choice *choice, enum level_kind kind);
bool level_drops_class(const struct level_choice *choice, enum page_class class);

/* The level for the output's header; was: the level of the input's. 0: not known. */
uint32_t level_stored(const struct level_choice *choice, uint32_t was);

enum page_class level_class(enum level_kind kind);
const char *level_kind_name(enum level_kind kind); /* its name in --exclude and --json */

/* State of a walk through the memory map in ascending order. All zero at the start. */
struct level_walk {
	uint64_t head; /* virtual address of the struct page of the last compound head */
	enum level_kind head_kind;
	uint64_t free_end;       /* the frame where the last free block ends */
	uint64_t contradictions; /* struct pages that contradict themselves or those before them */
};

/*
 * Store the kinds (enum level_kind, one byte each) of count frames from frame on. pages: their struct pages, at virtual
 * address at. A compound page is unknown if its second struct page is not among them.
 */
void level_kinds(struct level_walk *walk, const struct vmcoreinfo *core, uint64_t frame, uint64_t count, uint64_t at,
		 const unsigned char *pages, unsigned char *kinds);

#endif
