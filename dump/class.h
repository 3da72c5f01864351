/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and totals of the page classes. The list itself is in lkcd/page.h. */
#ifndef DUMP_CLASS_H
#define DUMP_CLASS_H

#include "lkcd/page.h"

/* The name that reports print: "kernel", "used", ... class must be below PAGE_CLASSES. */
const char *class_name(enum page_class class);

/* The sum of the page frames of all classes; pages has PAGE_CLASSES counts. */
uint64_t class_total(const uint64_t *pages);

#endif
