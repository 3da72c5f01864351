/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints records of the kernel's log, for lkcd-info and lkcd-analyze. A record comes from a dump and can contain any
 * byte; relies on cli/text.c to escape what a terminal would interpret.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/dmesg.h"
#include "cli/text.h"

/* Print a part without newlines and tabs. It may end in a NUL, where text_print would stop. */
static void print_part(FILE *file, const char *text, size_t size)
{
	char *part = strndup(text, size);

	if (part)
		text_print(file, part);
	if (part && strlen(part) < size)
		fputs("\\x00", file);
	free(part);
}

void dmesg_print(FILE *file, const struct log_record *record)
{
	const char *text = record->text, *end = text + record->size;
	int indent = 0;

	if (record->nanoseconds != LOG_TIME_UNKNOWN)
		indent = fprintf(file, "[%5" PRIu64 ".%06" PRIu64 "] ", record->nanoseconds / 1000000000,
				 record->nanoseconds / 1000 % 1000000);
	while (text < end) {
		size_t left = (size_t)(end - text), n = 0;

		while (n < left && text[n] && text[n] != '\n' && text[n] != '\t')
			n++;
		print_part(file, text, n < left && !text[n] ? n + 1 : n);
		if (n < left && text[n] == '\t')
			putc('\t', file);
		else if (n < left && text[n])
			fprintf(file, "\n%*s", indent, "");
		text += n + 1;
	}
	putc('\n', file);
}
