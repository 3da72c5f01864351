/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints strings from dumps and file names to a terminal or as JSON: control characters are escaped. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdio.h>

/* Print text; control characters and invalid UTF-8 are printed as \x1b. */
void text_print(FILE *file, const char *text);

/* Print text as a JSON string, quotes included; control characters and invalid UTF-8 are printed as \u001b. */
void text_print_json(FILE *file, const char *text);

#endif
