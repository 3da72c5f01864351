/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's log as text; part of the mains that print it. */
#ifndef TOOLS_DMESG_H
#define TOOLS_DMESG_H

#include <stdio.h>

#include "analyze/log.h"

/*
 * Print a record as dmesg does: a line for each of its lines, all but the first indented to its text.
 * Control characters are escaped.
 */
void dmesg_print(FILE *file, const struct log_record *record);

#endif
