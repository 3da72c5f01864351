/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The findings on a dump: adjacent ones become one entry, and the number of entries is limited. */
#ifndef VERIFY_DAMAGE_H
#define VERIFY_DAMAGE_H

#include <stddef.h>

#include "lkcd/findings.h"

struct damage_entry {
	enum fault_rule rule;
	uint64_t address, end; /* of its pages, in bytes; address FAULT_NOWHERE: not known */
	uint64_t pages;        /* page frames lost from address to end */
	uint64_t offset, past; /* in the file, bytes from offset to past; offset FAULT_NOWHERE: not known */
	uint64_t times;        /* findings in it */
	char *text;            /* of the first; owned. NULL: out of memory */
};

struct damage {
	struct findings findings; /* pass this to the functions that report */
	uint32_t page_size;       /* set by the caller when it is known */
	size_t most;              /* entries kept */
	struct damage_entry *entries;
	size_t count, room;
	uint64_t more;                       /* findings that are not in any entry */
	uint64_t times[RULES], pages[RULES]; /* of all findings, by rule */
	size_t last[RULES];                  /* index plus one of each rule's entry that may still grow; 0: none */
};

/* Start a collection of at most that many entries; damage_clear frees them. */
struct damage damage_start(size_t most);
void damage_clear(struct damage *damage);

/* Sort by offset in the file; entries without one come first. Nothing may be added afterwards. */
void damage_sort(struct damage *damage);

#endif
