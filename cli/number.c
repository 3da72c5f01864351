/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses and formats numbers as users write and read them. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/number.h"

static const char units[] = "KMGT";

bool number_parse(const char *text, uint64_t *value)
{
	const char *unit;
	char *end;
	uint64_t n;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	n = strtoull(text, &end, text[0] == '0' && (text[1] | 32) == 'x' ? 16 : 10);
	if (errno)
		return false;
	if (*end && end[1] == 0 && (unit = strchr(units, toupper((unsigned char)*end))) && *unit) {
		unsigned shift = 10 * (unsigned)(unit - units + 1);

		if (n > UINT64_MAX >> shift)
			return false;
		n <<= shift;
		end++;
	}
	*value = n;
	return !*end;
}

bool number_parse_int(const char *text, int least, int most, int *value)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (end == text || *end || errno || n < least || n > most)
		return false;
	*value = (int)n;
	return true;
}

char *number_bytes(uint64_t bytes, char *out, size_t room)
{
	double n = (double)bytes;
	int unit = -1;

	while (n >= 1024 && units[unit + 1]) {
		n /= 1024;
		unit++;
	}
	if (unit < 0)
		snprintf(out, room, "%" PRIu64 " bytes", bytes);
	else
		snprintf(out, room, "%.*f %ciB", n < 10 ? 1 : 0, n, units[unit]);
	return out;
}
