/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "compress/noise.h"
#include "tests/unit/random.h"
#include "tests/unit/tap.h"

#define MOST 65536

static unsigned char page[MOST];

/* Noise, of which every byte keeps so many bits. */
static unsigned found(unsigned pages, size_t size, unsigned bits)
{
	uint64_t seed = 7;
	unsigned n = 0;

	for (unsigned i = 0; i < pages; i++) {
		random_fill(&seed, page, size);
		for (size_t k = 0; k < size; k++)
			page[k] &= (unsigned char)((1 << bits) - 1);
		n += noise_is(page, size);
	}
	return n;
}

int main(void)
{
	ok(found(1000, 4096, 8) >= 995, "pages of noise are");
	ok(found(200, 16384, 8) >= 199, "so are larger ones");
	ok(!found(1000, 4096, 7), "seven bits of eight are not: they can be packed");
	ok(!found(20, 65536, 8), "what may be noise in part only is not said to be");
	ok(!found(20, 256, 8) && !noise_is(page, 0), "nor what is too short to tell");

	found(1, 4096, 8);
	memset(page + 2048, 0, 2048);
	ok(!noise_is(page, 4096), "a page that is half noise is not");
	found(1, 4096, 8);
	for (size_t i = 0; i < 4096; i += 8)
		memset(page + i + 5, 0xff, 3);
	ok(!noise_is(page, 4096), "nor one of words with the same upper bytes, wherever they stand");
	return tap_done();
}
