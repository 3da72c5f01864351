/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DUMP_CRC32C_H
#define DUMP_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* CRC32C (Castagnoli, RFC 3720) of size bytes that follow those with the sum crc; start with 0. crc32c(0, "123456789",
 * 9) is 0xe3069283. */
uint32_t crc32c(uint32_t crc, const void *data, size_t size);

/* The same by a table, for processors without the instruction; exported so that tests compare the two. */
uint32_t crc32c_portable(uint32_t crc, const void *data, size_t size);

/*
 * Find the bit of size bytes that, when flipped, changes their CRC32C by difference (exclusive or). Returns 8 * byte +
 * bit, or 8 * size when no single bit does.
 */
size_t crc32c_locate(uint32_t difference, size_t size);

#endif
