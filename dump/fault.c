/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills in faults and formats them as sentences. It prints nothing, and every function accepts a NULL fault. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lkcd/fault.h"

/* Sets everything but the text: the arguments of the new text may point into the old one. */
static void set_fault_place(struct fault *fault, int code, uint64_t offset, uint64_t address)
{
	fault->code = code;
	fault->offset = offset;
	fault->address = address;
	fault->rule = RULE_OTHER;
	fault->pages = fault->length = 0;
}

int fault_set(struct fault *fault, int code, uint64_t offset, uint64_t address, const char *format, ...)
{
	va_list args;

	if (!fault)
		return -code;
	set_fault_place(fault, code, offset, address);
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return -code;
}

int fault_set_errno(struct fault *fault, int code, uint64_t offset, const char *format, ...)
{
	int error = errno;
	va_list args;
	size_t n;

	if (!fault)
		return -code;
	set_fault_place(fault, code, offset, FAULT_NOWHERE);
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	n = strlen(fault->text);
	snprintf(fault->text + n, sizeof(fault->text) - n, ": %s", strerror(error));
	return -code;
}

int fault_mark(struct fault *fault, enum fault_rule rule, uint64_t pages, uint64_t length)
{
	if (!fault)
		return -FAULT_CANNOT;
	fault->rule = rule;
	fault->pages = pages;
	fault->length = length;
	return -fault->code;
}

int fault_memory(struct fault *fault)
{
	return fault_set(fault, FAULT_MEMORY, FAULT_NOWHERE, FAULT_NOWHERE, "out of memory");
}

int fault_prepend(struct fault *fault, const char *format, ...)
{
	char was[sizeof(fault->text)];
	va_list args;
	size_t n;

	if (!fault)
		return -FAULT_CANNOT;
	memcpy(was, fault->text, sizeof(was));
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	n = strlen(fault->text);
	snprintf(fault->text + n, sizeof(fault->text) - n, ": %s", was);
	return -fault->code;
}

char *fault_sentence(const struct fault *fault, char *out, size_t room)
{
	char where[80] = "";
	bool page = fault->address != FAULT_NOWHERE;
	bool offset = fault->offset != FAULT_NOWHERE;

	if (page && offset)
		snprintf(where, sizeof(where), "page 0x%" PRIx64 " at 0x%" PRIx64 ": ", fault->address, fault->offset);
	else if (page)
		snprintf(where, sizeof(where), "page 0x%" PRIx64 ": ", fault->address);
	else if (offset)
		snprintf(where, sizeof(where), "at 0x%" PRIx64 ": ", fault->offset);
	snprintf(out, room, "%s%s", where, fault->text);
	return out;
}

int fault_status(int code)
{
	if (code < 0)
		code = -code;
	if (code == 0)
		return 0;
	return code == FAULT_DAMAGED || code == FAULT_CUT ? 1 : 2;
}
