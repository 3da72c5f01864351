/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills and frees struct info, whose fields come from untrusted headers: text may lack its NUL, arrays grow as needed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump/array.h"
#include "lkcd/fault.h"
#include "lkcd/info.h"

void info_clear(struct info *info)
{
	free(info->ranges);
	free(info->notes);
	free(info->arch);
	free(info->origin);
	free(info->unknown);
	memset(info, 0, sizeof(*info));
}

int info_add_range(struct info *info, struct range range, struct fault *fault)
{
	if (array_grow(&info->ranges, &info->range_room, info->range_count + 1, sizeof(range), fault))
		return -fault->code;
	info->ranges[info->range_count++] = range;
	return 0;
}

int info_add_notes(struct info *info, const void *notes, size_t size, struct fault *fault)
{
	unsigned char *grown;

	if (!size)
		return 0;
	grown = realloc(info->notes, info->notes_size + size);
	if (!grown)
		return fault_memory(fault);
	memcpy(grown + info->notes_size, notes, size);
	info->notes = grown;
	info->notes_size += size;
	return 0;
}

int info_add_unknown(struct info *info, struct fault *fault, const char *format, ...)
{
	char line[400], *joined;
	va_list args;
	int n;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	n = asprintf(&joined, "%s%s\n", info->unknown ? info->unknown : "", line);
	if (n < 0)
		return fault_memory(fault);
	free(info->unknown);
	info->unknown = joined;
	return 0;
}

void info_copy_text(char *out, size_t size, const void *field, size_t room)
{
	size_t n = strnlen(field, room);

	if (n >= size)
		n = size - 1;
	memcpy(out, field, n);
	out[n] = 0;
}

void info_uts_fields(struct info_uts *uts, char *fields[INFO_UTS_FIELDS])
{
	char *const list[INFO_UTS_FIELDS] = { uts->sysname, uts->nodename, uts->release,
					      uts->version, uts->machine,  uts->domainname };

	memcpy(fields, list, sizeof(list));
}

void info_copy_uts(struct info_uts *uts, const void *names)
{
	char *fields[INFO_UTS_FIELDS];

	info_uts_fields(uts, fields);
	for (size_t i = 0; i < INFO_UTS_FIELDS; i++)
		info_copy_text(fields[i], INFO_NAME_SIZE, (const char *)names + i * INFO_UTS_SIZE, INFO_UTS_SIZE);
}

bool info_is_name(const void *field)
{
	const unsigned char *at = field;
	size_t n = strnlen(field, INFO_UTS_SIZE);

	for (size_t i = 0; i < n; i++)
		if (at[i] < 0x20 || at[i] > 0x7e)
			return false;
	return n > 0 && n < INFO_UTS_SIZE;
}
