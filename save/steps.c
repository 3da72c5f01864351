/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats the sentences of struct steps, so that callers need no buffer. */
#include <stdarg.h>
#include <stdio.h>

#include "save/steps.h"

void steps_report(struct steps *steps, const char *format, ...)
{
	char text[600];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	steps->report(steps, text);
}
