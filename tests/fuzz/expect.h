/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What fuzz targets hold to be true: says where it was not, which optimised code's stack does not, and aborts. */
#ifndef TESTS_FUZZ_EXPECT_H
#define TESTS_FUZZ_EXPECT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static inline void expect_at(bool good, const char *file, int line)
{
	if (good)
		return;
	fprintf(stderr, "%s:%d: not as expected\n", file, line);
	abort();
}

#define expect(good) expect_at(good, __FILE__, __LINE__)

#endif
