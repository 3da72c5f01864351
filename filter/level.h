/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one page is by its struct page, and which pages a dump level or a list of --exclude leaves out. */
#ifndef FILTER_LEVEL_H
#define FILTER_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

#include "filter/vmcoreinfo.h"
#include "lkcd/info.h"
#include "lkcd/page.h"

enum level_kind {
	LEVEL_UNKNOWN,       /* what VMCOREINFO and struct page do not settle */
	LEVEL_KERNEL,        /* reserved, or in use and neither on the LRU nor a process's */
	LEVEL_CACHE,         /* page cache and swap cache */
	LEVEL_CACHE_PRIVATE, /* the same with PG_private: buffers of a file system hang on it */
	LEVEL_USER,          /* anonymous memory of processes, and huge pages */
	LEVEL_FREE,
	LEVEL_OFFLINE, /* a balloon's or hot-plugged memory that the kernel has given back */
	LEVEL_POISON,  /* hardware said that it is broken: reading it may crash again */
	LEVEL_KINDS
};

/* LKCD's dump levels as version 9 and 11 images store them, bits or-ed: each includes the ones before. */
enum level_bits { LEVEL_NONE = 0, LEVEL_HEADER = 1, LEVEL_KERN = 3, LEVEL_USED = 7, LEVEL_ALL = 15 };
#define LEVEL_HEADER_BYTES (128u << 10) /* of memory that HEADER keeps */

/* What the user wants. */
struct level_choice {
	enum level_bits level;
	bool exclude;   /* the kinds below say what is dropped, not the level */
	bool zero;      /* drop pages of zeros */
	uint32_t kinds; /* 1 << enum level_kind: dropped */
};

/* "kern", "3", "8", ... False: it is no level. */
bool level_parse(const char *text, struct level_choice *choice);

/* "cache,free" ... False: it is no such list. */
bool level_parse_exclude(const char *text, struct level_choice *choice);

/* Does the choice depend on what pages are? If not, no memory map is needed. */
bool level_needs_kinds(const struct level_choice *choice);

/* Is a page of that kind, of that class dropped? */
bool level_drops(const struct level_choice *choice, enum level_kind kind);
bool level_drops_class(const struct level_choice *choice, enum page_class class);

/* The level to store in the output's header, when the input's header says was. */
uint32_t level_stored(const struct level_choice *choice, uint32_t was);

enum page_class level_class(enum level_kind kind);
const char *level_kind_name(enum level_kind kind); /* as --exclude and --json have it */

/* Going through the memory map in ascending order: what the pages before say of the next one. All zero at the start. */
struct level_walk {
	uint64_t head; /* virtual address of the struct page of the last compound head */
	enum level_kind head_kind;
	uint64_t free_end;       /* the frame where the last free block ends */
	uint64_t contradictions; /* struct pages that contradict themselves or those before them */
};

/*
 * What frames are: an enum level_kind, in a byte, for each of count from frame on. pages are their struct pages, which
 * stand at virtual address at. Of a compound page whose second one is not among them, nothing is known.
 */
void level_kinds(struct level_walk *walk, const struct vmcoreinfo *core, uint64_t frame, uint64_t count, uint64_t at,
		 const unsigned char *pages, unsigned char *kinds);

#endif
