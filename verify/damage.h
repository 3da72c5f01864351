/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a dump, collected: what stands side by side becomes one entry, and memory is bounded. */
#ifndef VERIFY_DAMAGE_H
#define VERIFY_DAMAGE_H

#include <stddef.h>

#include "lkcd/findings.h"

struct damage_entry {
	enum fault_rule rule;
	uint64_t address, end; /* of its pages, bytes; address is FAULT_NOWHERE when not known */
	uint64_t pages;        /* page frames lost from address to end */
	uint64_t offset, past; /* in the file, bytes: from offset to past; offset is FAULT_NOWHERE when not known */
	uint64_t times;        /* findings in it */
	char *text;            /* of the first; owned. NULL: out of memory */
};

struct damage {
	struct findings findings; /* hand this on */
	uint32_t page_size;       /* set by the caller when it is known */
	size_t most;              /* entries kept */
	struct damage_entry *entries;
	size_t count, room;
	uint64_t more;                       /* findings that are in no entry */
	uint64_t times[RULES], pages[RULES]; /* of all */
	size_t last[RULES];                  /* the entry of each rule that may still grow, plus one; 0: none */
};

struct damage damage_start(size_t most);
void damage_clear(struct damage *damage);

/* By offset in the file; what has none comes first. Nothing may be added afterwards. */
void damage_sort(struct damage *damage);

#endif
