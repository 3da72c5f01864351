/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Detects zero pages: every page is tested once, so this is one of the few loops whose speed matters. */
#include <stdint.h>
#include <string.h>

#include "dump/iszero.h"

/* Eight words at a time, or-ed: compilers turn this into one or two vector instructions on every architecture. */
bool iszero(const void *data, size_t size)
{
	const unsigned char *at = data;

	for (const unsigned char *end = at + size; at < end; at += 64) {
		uint64_t w[8];

		memcpy(w, at, sizeof(w));
		if (w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7])
			return false;
	}
	return true;
}
