/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and writes fields of files by offset: no struct is ever cast over file bytes, and no alignment is assumed. */
#ifndef LKCD_ENDIAN_H
#define LKCD_ENDIAN_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t get16(const void *at, bool big_endian)
{
	uint16_t v;

	memcpy(&v, at, sizeof(v));
	return big_endian ? be16toh(v) : le16toh(v);
}

static inline uint32_t get32(const void *at, bool big_endian)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return big_endian ? be32toh(v) : le32toh(v);
}

static inline uint64_t get64(const void *at, bool big_endian)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return big_endian ? be64toh(v) : le64toh(v);
}

static inline void put16(void *at, bool big_endian, uint16_t v)
{
	v = big_endian ? htobe16(v) : htole16(v);
	memcpy(at, &v, sizeof(v));
}

static inline void put32(void *at, bool big_endian, uint32_t v)
{
	v = big_endian ? htobe32(v) : htole32(v);
	memcpy(at, &v, sizeof(v));
}

static inline void put64(void *at, bool big_endian, uint64_t v)
{
	v = big_endian ? htobe64(v) : htole64(v);
	memcpy(at, &v, sizeof(v));
}

/* A machine word: 4 bytes where bits is 32, 8 where it is 64. */
static inline uint64_t get_word(const void *at, bool big_endian, unsigned bits)
{
	return bits == 64 ? get64(at, big_endian) : get32(at, big_endian);
}

static inline void put_word(void *at, bool big_endian, unsigned bits, uint64_t v)
{
	if (bits == 64)
		put64(at, big_endian, v);
	else
		put32(at, big_endian, (uint32_t)v);
}

#endif
