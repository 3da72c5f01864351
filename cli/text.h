/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings from dumps and file names on their way to a terminal or into JSON: no control character gets through. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdio.h>

/* Print text; control characters and bytes that are no UTF-8 as \x1b. */
void text_print(FILE *file, const char *text);

/* Print text as a JSON string, quotes included; control characters and bytes that are no UTF-8 as \u001b. */
void text_print_json(FILE *file, const char *text);

#endif
