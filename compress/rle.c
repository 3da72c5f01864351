/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LKCD's run-length encoding. A byte other than 0 is itself; 00 00 is one zero; 00 n v is n + 1 bytes v, as the
 * kernel's dump_rle.c writes and crash reads it. libkdumpfile reads 00 n v as n bytes. The two differ by one byte for
 * each run, so at most one of them yields exactly a page: decoding tries the kernel's way, then the other.
 */
#include <stdbool.h>
#include <string.h>

#include "lkcd/codec.h"

#define RUN_MAX 256

static const char stateless; /* what open returns when there is nothing to keep */

static void *rle_open(int level)
{
	(void)level;
	return (void *)&stateless;
}

static void rle_close(void *state)
{
	(void)state;
}

static size_t run_length(const unsigned char *at, size_t left)
{
	size_t n = 1, most = left < RUN_MAX ? left : RUN_MAX;

	while (n < most && at[n] == at[0])
		n++;
	return n;
}

/* The kernel's choices: a single zero is 00 00, two zeros 00 01 00, two equal others two literals, three or more a run.
 */
static size_t rle_encode(void *state, void *out, size_t room, const void *in, size_t size)
{
	const unsigned char *at = in, *end = at + size;
	unsigned char *to = out, *limit = to + room;

	(void)state;
	while (at < end) {
		size_t n = run_length(at, (size_t)(end - at));

		if (n >= 3 || (n == 2 && !*at)) {
			if (limit - to < 3)
				return 0;
			*to++ = 0;
			*to++ = (unsigned char)(n - 1);
			*to++ = *at;
			at += n;
		} else if (!*at) {
			if (limit - to < 2)
				return 0;
			*to++ = 0;
			*to++ = 0;
			at++;
		} else {
			if (to == limit)
				return 0;
			*to++ = *at++;
		}
	}
	return (size_t)(to - (unsigned char *)out);
}

static int decode_rle_runs(unsigned char *out, size_t size, const unsigned char *in, size_t packed, size_t extra)
{
	const unsigned char *end = in + packed;
	unsigned char *limit = out + size;

	while (in < end) {
		unsigned char value = *in++;
		size_t n = 1;

		if (!value) {
			if (in == end)
				return -1;
			n = *in++;
			if (n) {
				if (in == end)
					return -1;
				value = *in++;
				n += extra;
			} else {
				n = 1;
			}
		}
		if (n > (size_t)(limit - out))
			return -1;
		memset(out, value, n);
		out += n;
	}
	return out == limit ? 0 : -1;
}

static int rle_decode(void *state, void *out, size_t size, const void *in, size_t packed)
{
	(void)state;
	return decode_rle_runs(out, size, in, packed, 1) ? decode_rle_runs(out, size, in, packed, 0) : 0;
}

const struct codec codec_rle = {
	.name = "rle",
	.open = rle_open,
	.close = rle_close,
	.encode = rle_encode,
	.decode = rle_decode,
};
