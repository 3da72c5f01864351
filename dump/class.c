/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and totals of the page classes, made from the rows of PAGE_CLASS_ROWS (lkcd/page.h). */
#include "dump/class.h"

#define NAME(constant, number, name, level) [constant] = name,

static const char *const names[] = { PAGE_CLASS_ROWS(NAME) };

#define COUNT(constant, number, name, level) +1
_Static_assert(sizeof(names) / sizeof(*names) == 0 PAGE_CLASS_ROWS(COUNT) && PAGE_CLASSES == 0 PAGE_CLASS_ROWS(COUNT),
	       "the numbers of page classes ascend from 0 without a hole");

const char *class_name(enum page_class class)
{
	return names[class];
}

uint64_t class_total(const uint64_t *pages)
{
	uint64_t total = 0;

	for (unsigned class = 0; class < PAGE_CLASSES; class ++)
		total += pages[class];
	return total;
}
