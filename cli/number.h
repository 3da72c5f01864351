/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_NUMBER_H
#define CLI_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Parse a number: decimal or 0x..., with K, M, G or T (powers of 1024) if any. False: it is invalid, or overflows. */
bool number_parse(const char *text, uint64_t *value);

/* Parse a signed decimal number within least ... most: levels and counts. False: it is invalid or out of range. */
bool number_parse_int(const char *text, int least, int most, int *value);

/* 1536 -> "1.5 KiB". Returns out. */
char *number_bytes(uint64_t bytes, char *out, size_t room);

#endif
