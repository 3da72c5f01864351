/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "dump/iszero.h"
#include "tests/unit/tap.h"

#define MOST 4096

/* Zeros at an alignment, with ones around them that must not be looked at. */
static void at_alignment(size_t at)
{
	unsigned char bytes[64 + MOST + 64];
	unsigned missed = 0, seen = 0;

	for (size_t size = 64; size <= MOST; size *= 2) {
		memset(bytes, 0xff, sizeof(bytes));
		memset(bytes + at, 0, size);
		missed += !iszero(bytes + at, size);
		for (size_t i = 0; i < size; i++) {
			bytes[at + i] = (unsigned char)(1 << i % 8);
			seen += iszero(bytes + at, size);
			bytes[at + i] = 0;
		}
	}
	ok(!missed, "zeros at alignment %zu are zero, whatever stands around them", at);
	ok(!seen, "one bit anywhere at alignment %zu is seen", at);
}

int main(void)
{
	for (size_t at = 0; at < 64; at += at < 9 ? 1 : 11)
		at_alignment(at);
	ok(iszero("x", 0), "nothing is zero");
	return tap_done();
}
