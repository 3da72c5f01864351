/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <string.h>

#include "dump/crc32c.h"
#include "lkcd/endian.h"

#define POLYNOMIAL 0x82f63b78u /* RFC 3720's 0x1edc6f41, bits reversed */

/* Half-byte table: it is built by the compiler, has no state, and is only the way out on old processors. */
#define STEP(c) ((c)&1 ? (c) >> 1 ^ POLYNOMIAL : (c) >> 1)
#define NIBBLE(n) STEP(STEP(STEP(STEP((uint32_t)(n)))))

static const uint32_t nibbles[16] = {
	NIBBLE(0), NIBBLE(1), NIBBLE(2),  NIBBLE(3),  NIBBLE(4),  NIBBLE(5),  NIBBLE(6),  NIBBLE(7),
	NIBBLE(8), NIBBLE(9), NIBBLE(10), NIBBLE(11), NIBBLE(12), NIBBLE(13), NIBBLE(14), NIBBLE(15),
};

uint32_t crc32c_portable(uint32_t crc, const void *data, size_t size)
{
	const unsigned char *at = data;

	crc = ~crc;
	while (size--) {
		crc ^= *at++;
		crc = crc >> 4 ^ nibbles[crc & 15];
		crc = crc >> 4 ^ nibbles[crc & 15];
	}
	return ~crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const unsigned char *at, size_t size)
{
	uint64_t wide = ~crc;

	for (; size >= 8; at += 8, size -= 8)
		wide = _mm_crc32_u64(wide, get64(at, false));
	crc = (uint32_t)wide;
	for (; size; at++, size--)
		crc = _mm_crc32_u8(crc, *at);
	return ~crc;
}

uint32_t crc32c(uint32_t crc, const void *data, size_t size)
{
	return __builtin_cpu_supports("sse4.2") ? crc32c_sse42(crc, data, size) : crc32c_portable(crc, data, size);
}
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

uint32_t crc32c(uint32_t crc, const void *data, size_t size)
{
	const unsigned char *at = data;

	crc = ~crc;
	for (; size >= 8; at += 8, size -= 8)
		crc = __crc32cd(crc, get64(at, false));
	for (; size; at++, size--)
		crc = __crc32cb(crc, *at);
	return ~crc;
}
#else
uint32_t crc32c(uint32_t crc, const void *data, size_t size)
{
	return crc32c_portable(crc, data, size);
}
#endif
