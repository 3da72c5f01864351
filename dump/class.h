/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The classes of pages by name and in sums. The list itself is in lkcd/page.h. */
#ifndef DUMP_CLASS_H
#define DUMP_CLASS_H

#include "lkcd/page.h"

/* "kernel", "used", ...: as reports print it. class must be below PAGE_CLASSES. */
const char *class_name(enum page_class class);

/* The page frames of all classes; pages has PAGE_CLASSES counts. */
uint64_t class_total(const uint64_t *pages);

#endif
