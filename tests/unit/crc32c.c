/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "dump/crc32c.h"
#include "tests/unit/random.h"
#include "tests/unit/tap.h"

static void vector(const char *what, const void *data, size_t size, uint32_t want)
{
	uint32_t fast = crc32c(0, data, size), portable = crc32c_portable(0, data, size);

	ok(fast == want, "%s: %08" PRIx32, what, fast);
	ok(portable == want, "%s, portable: %08" PRIx32, what, portable);
}

/* RFC 3720, B.4 */
static void vectors(void)
{
	static const unsigned char read_command[48] = {
		0x01, 0xc0, 0, 0,    0, 0, 0, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0,
		0,    0,    0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0,    0,
	};
	unsigned char bytes[32] = { 0 };

	vector("32 bytes of 00", bytes, 32, 0x8a9136aa);
	memset(bytes, 0xff, 32);
	vector("32 bytes of ff", bytes, 32, 0x62a8ab43);
	for (unsigned i = 0; i < 32; i++)
		bytes[i] = (unsigned char)i;
	vector("00 to 1f", bytes, 32, 0x46dd794e);
	for (unsigned i = 0; i < 32; i++)
		bytes[i] = (unsigned char)(31 - i);
	vector("1f to 00", bytes, 32, 0x113fdb5c);
	vector("an iSCSI read command", read_command, 48, 0xd9963a56);
	vector("123456789", "123456789", 9, 0xe3069283);
	vector("nothing", bytes, 0, 0);
}

static void lengths(void)
{
	unsigned char bytes[8192];
	uint64_t seed = 42;
	unsigned wrong = 0, split = 0, lanes = 0;

	random_fill(&seed, bytes, sizeof(bytes));
	for (size_t at = 0; at < 16; at++)
		for (size_t size = 0; size <= 300; size++)
			wrong += crc32c(7, bytes + at, size) != crc32c_portable(7, bytes + at, size);
	ok(!wrong, "fast and portable agree for 0 to 300 bytes at every alignment");
	for (size_t size = 0; size <= 300; size++)
		split += crc32c(crc32c(0, bytes, size), bytes + size, 300 - size) != crc32c(0, bytes, 300);
	for (size_t size = 1500; size + 16 <= sizeof(bytes); size += 37)
		lanes += crc32c(9, bytes + size % 16, size) != crc32c_portable(9, bytes + size % 16, size);
	ok(!lanes, "fast and portable agree for what is long enough for lanes");
	ok(!split, "two parts give what the whole gives, wherever it is parted");
}

static void flips(void)
{
	unsigned char bytes[700];
	uint64_t seed = 43;
	uint32_t was;
	unsigned wrong = 0;

	random_fill(&seed, bytes, sizeof(bytes));
	was = crc32c(0, bytes, sizeof(bytes));
	for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
		wrong += crc32c_locate(was ^ crc32c(0, bytes, sizeof(bytes)), sizeof(bytes)) != bit;
		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	ok(!wrong, "a flipped bit is found by the sum's change");
	ok(crc32c_locate(0x12345678, sizeof(bytes)) == 8 * sizeof(bytes), "a change that no single bit makes");
}

int main(void)
{
	vectors();
	lengths();
	flips();
	return tap_done();
}
