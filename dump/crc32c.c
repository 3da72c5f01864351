/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CRC32C by the processor's instruction (x86_64, aarch64), or by a table where the processor has none. It relies on
 * nothing but lkcd/endian.h; the processor is asked at each call, so there is no state.
 */
#include <stdbool.h>
#include <string.h>

#include "dump/crc32c.h"
#include "lkcd/endian.h"

#define POLYNOMIAL 0x82f63b78u /* RFC 3720's 0x1edc6f41, bits reversed */

/* Half-byte table: the compiler builds it, so there is no state. Only old processors use it, so its speed hardly
 * matters. */
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

size_t crc32c_locate(uint32_t difference, size_t size)
{
	uint32_t change = POLYNOMIAL; /* of the CRC when the last bit is flipped */

	for (size_t bit = 8 * size; bit--;) {
		if (change == difference)
			return bit;
		change = STEP(change);
	}
	return 8 * size;
}

#if defined(__x86_64__)
#include <immintrin.h>

/*
 * The instruction takes one cycle, and three until its result can be used: three parallel lanes keep it busy. A lane's
 * sum is moved over the n bytes that follow the lane by a multiplication with x^(8n-33) modulo the polynomial; another
 * CRC32C reduces the product.
 */
#define LANE 512u
#define OVER_ONE 0xdd7e3b0cu /* n = LANE */
#define OVER_TWO 0x170076fau /* n = 2 * LANE */

__attribute__((target("sse4.2,pclmul"))) static uint64_t move_over(uint64_t sum, uint32_t by)
{
	__m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)sum), _mm_cvtsi32_si128((int)by), 0);

	return _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

__attribute__((target("sse4.2,pclmul"))) static uint32_t crc32c_lanes(uint32_t crc, const unsigned char *at,
								      size_t *size)
{
	for (; *size >= 3 * LANE; at += 3 * LANE, *size -= 3 * LANE) {
		uint64_t a = crc, b = 0, c = 0;

		for (size_t i = 0; i < LANE; i += 8) {
			a = _mm_crc32_u64(a, get64(at + i, false));
			b = _mm_crc32_u64(b, get64(at + LANE + i, false));
			c = _mm_crc32_u64(c, get64(at + 2 * LANE + i, false));
		}
		crc = (uint32_t)(move_over(a, OVER_TWO) ^ move_over(b, OVER_ONE) ^ c);
	}
	return crc;
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const unsigned char *at, size_t size)
{
	uint64_t wide;
	size_t left = size;

	crc = ~crc;
	if (size >= 3 * LANE && __builtin_cpu_supports("pclmul")) {
		crc = crc32c_lanes(crc, at, &left);
		at += size - left;
		size = left;
	}
	wide = crc;
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
#elif defined(__aarch64__)
#include <sys/auxv.h>

#include <asm/hwcap.h>

/* The intrinsics exist only when everything is built for processors with the instruction; not all of ARMv8.0 have it.
 */
static uint32_t crc32c_instruction(uint32_t crc, const unsigned char *at, size_t size)
{
	crc = ~crc;
	for (; size >= 8; at += 8, size -= 8)
		__asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(crc) : "r"(get64(at, false)));
	for (; size; at++, size--)
		__asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1" : "+r"(crc) : "r"((uint32_t)*at));
	return ~crc;
}

uint32_t crc32c(uint32_t crc, const void *data, size_t size)
{
	return getauxval(AT_HWCAP) & HWCAP_CRC32 ? crc32c_instruction(crc, data, size)
						 : crc32c_portable(crc, data, size);
}
#else
uint32_t crc32c(uint32_t crc, const void *data, size_t size)
{
	return crc32c_portable(crc, data, size);
}
#endif
