/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tool's report as aligned "Name: value" lines or as one JSON object: the same calls print either. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct report {
	FILE *file;
	bool json;
	size_t most;       /* rows of a list that text prints */
	unsigned depth;    /* 0 in the object, 1 in a list, 2 in a row of it */
	size_t printed[3]; /* elements printed at each depth */
};

/* most: how many rows of a list text prints, SIZE_MAX for all; JSON has all of them. */
struct report report_start(FILE *file, bool json, size_t most);
void report_end(struct report *report);

/*
 * A fact: key is its name in JSON, name its name in text, shorter than the column of values. An unknown fact is null in
 * JSON and left out of text. In a row of a list the names precede the values. name may be NULL in a report that is
 * JSON.
 */
void report_text(struct report *report, const char *key, const char *name, const char *value); /* NULL, "": not known */
void report_number(struct report *report, const char *key, const char *name, uint64_t value, bool known);
void report_signed(struct report *report, const char *key, const char *name, int64_t value, bool known);
void report_address(struct report *report, const char *key, const char *name, uint64_t value, bool known); /* 0x... */
void report_bytes(struct report *report, const char *key, const char *name, uint64_t value, bool known);   /* a size */
void report_bool(struct report *report, const char *key, const char *name, bool value, bool known);

/* A list, with rows or items between the calls. In text, summary is printed after its name; NULL: the list is empty and
 * left out. */
void report_list(struct report *report, const char *key, const char *name, const char *summary);
void report_list_end(struct report *report);

/* A row, with facts between the calls. False: the row is not printed; then report no facts and end no row. */
bool report_row(struct report *report);
void report_row_end(struct report *report);

/* In text, continue the row on a new line. */
void report_row_break(struct report *report);

/* A string in a list. */
void report_item(struct report *report, const char *value);

#endif
