/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and writes the note RANGES. A range is three 64-bit numbers: physical address, virtual address, size in bytes.
 */
#include "convert/lkcd/ranges.h"
#include "convert/lkcd/lkcd.h"
#include "lkcd/endian.h"

size_t lkcd_ranges_size(const struct info *info)
{
	return info->ranges_made || !info->range_count ? 0 : note_size("LKCD", info->range_count * LKCD_RANGE_SIZE);
}

void lkcd_ranges_write(const struct info *info, unsigned char *out)
{
	bool big = info->big_endian;
	unsigned char *at;

	if (!lkcd_ranges_size(info))
		return;
	at = note_put(out, big, "LKCD", LKCD_NOTE_RANGES, info->range_count * LKCD_RANGE_SIZE);
	for (size_t i = 0; i < info->range_count; i++, at += LKCD_RANGE_SIZE) {
		put64(at, big, info->ranges[i].physical);
		put64(at + 8, big, info->ranges[i].virtual);
		put64(at + 16, big, info->ranges[i].size);
	}
}

int lkcd_ranges_read(const struct note *note, struct info *info, size_t *refused, struct fault *fault)
{
	bool big = info->big_endian;

	*refused = note->desc_size % LKCD_RANGE_SIZE != 0;
	for (size_t i = 0; i + LKCD_RANGE_SIZE <= note->desc_size; i += LKCD_RANGE_SIZE) {
		const unsigned char *at = note->desc + i;
		struct range range = { get64(at, big), get64(at + 8, big), get64(at + 16, big) };

		if (range.physical >= PAGE_ADDRESS_LIMIT || range.size > PAGE_ADDRESS_LIMIT - range.physical)
			++*refused;
		else if (info_add_range(info, range, fault))
			return -fault->code;
	}
	return 0;
}
