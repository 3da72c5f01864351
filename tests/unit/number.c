/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "cli/number.h"
#include "tests/unit/tap.h"

static void parse(void)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{ "0", 0 },
		{ "4096", 4096 },
		{ "010", 10 },
		{ "0x10", 16 },
		{ "0XfF", 255 },
		{ "1k", 1024 },
		{ "1K", 1024 },
		{ "64M", 64 << 20 },
		{ "3G", UINT64_C(3) << 30 },
		{ "2t", UINT64_C(2) << 40 },
		{ "0x2M", 2 << 20 },
		{ "18446744073709551615", UINT64_MAX },
		{ "0xffffffffffffffff", UINT64_MAX },
		{ "18014398509481983K", UINT64_MAX - 1023 },
	};
	static const char *const bad[] = {
		"",
		" 1",
		"-1",
		"+1",
		"x",
		"0x",
		"0xg",
		"1x",
		"1 ",
		"1KB",
		"1KK",
		"K",
		"1.5K",
		"1E",
		"18446744073709551616",
		"0x10000000000000000",
		"18014398509481984K",
		"17179869184G",
	};
	uint64_t value;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		ok(number_parse(good[i].text, &value) && value == good[i].value, "'%s' is %" PRIu64, good[i].text,
		   good[i].value);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(!number_parse(bad[i], &value), "'%s' is no number", bad[i]);
}

static void parse_int(void)
{
	static const char *const bad[] = {
		"", "x", "5x", "5 ", "-8", "10", "0x5", "99999999999999999999", "4294967297", "1K",
	};
	int value = 99;

	ok(number_parse_int("-7", -7, 9, &value) && value == -7, "the least");
	ok(number_parse_int("9", -7, 9, &value) && value == 9, "the most");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(!number_parse_int(bad[i], -7, 9, &value) && value == 9,
		   "'%s' is none of -7 to 9, and changes nothing", bad[i]);
	ok(number_parse_int("2147483647", INT_MIN, INT_MAX, &value) && value == INT_MAX, "the largest int");
	ok(!number_parse_int("2147483648", INT_MIN, INT_MAX, &value), "one more");
}

static void bytes(void)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{ 0, "0 bytes" },
		{ 1023, "1023 bytes" },
		{ 1024, "1.0 KiB" },
		{ 1536, "1.5 KiB" },
		{ 10240, "10 KiB" },
		{ 256 << 10, "256 KiB" },
		{ 3 << 20, "3.0 MiB" },
		{ UINT64_C(64) << 30, "64 GiB" },
		{ UINT64_C(5) << 40, "5.0 TiB" },
		{ UINT64_C(1) << 60, "1048576 TiB" },
	};
	char out[32];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ok(!strcmp(number_bytes(rows[i].bytes, out, sizeof(out)), rows[i].text), "%s", rows[i].text);
	ok(number_bytes(1536, out, 4) == out && !strcmp(out, "1.5"), "what does not fit is cut");
}

int main(void)
{
	parse();
	parse_int();
	bytes();
	return tap_done();
}
