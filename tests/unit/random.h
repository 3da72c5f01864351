/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same numbers in every run: *state is the seed, which is not 0. */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* 0 ... below - 1 */
static inline uint64_t random_below(uint64_t *state, uint64_t below)
{
	return (random_next(state) >> 11) % below;
}

static inline void random_fill(uint64_t *state, unsigned char *out, size_t size)
{
	for (size_t i = 0; i < size; i++)
		out[i] = (unsigned char)(random_next(state) >> 56);
}

#endif
