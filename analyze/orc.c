/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads ORC tables from a dump's memory by binary search, without loading them. x86_64 only: the tables are always
 * little-endian. It relies on the symbols that the kernel's linker script puts around its own tables.
 */
#include <stdlib.h>

#include "analyze/orc.h"
#include "dump/memory.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"

#define ENTRY 6               /* bytes: two offsets of 16 bits, and 16 bits of fields */
#define COUNT_MAX (64u << 20) /* a gigabyte of code has fewer */

/*
 * The format has three eras, and the table does not identify its own. The kernel's types do; without them the release
 * decides, which is wrong for distributions that backport newer code.
 */
static unsigned detect_era(const struct btf *btf, const char *release)
{
	struct btf_field field;
	char *end;
	unsigned long major = strtoul(release, &end, 10), minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;

	if (btf_member(btf, "orc_entry", "type", &field) && field.bits) {
		if (field.bits == 3)
			return 3;
		return btf_member(btf, "orc_entry", "signal", &field) ? 2 : 1;
	}
	if (major < 6 || (major == 6 && minor < 3))
		return 1;
	return major == 6 && minor == 3 ? 2 : 3;
}

bool orc_find(const struct symbols *symbols, const struct btf *btf, const struct info *info, struct orc_table *table)
{
	uint64_t addresses_end, entries_end;

	if (!symbols || !info->machine || !info->machine->orc ||
	    !symbols_find(symbols, "__start_orc_unwind_ip", &table->addresses) ||
	    !symbols_find(symbols, "__stop_orc_unwind_ip", &addresses_end) ||
	    !symbols_find(symbols, "__start_orc_unwind", &table->entries) ||
	    !symbols_find(symbols, "__stop_orc_unwind", &entries_end))
		return false;
	table->count = (addresses_end - table->addresses) / 4;
	table->era = detect_era(btf, info->uts.release);
	return table->count && table->count <= COUNT_MAX && (entries_end - table->entries) / ENTRY >= table->count;
}

/* Read the first address of the n-th entry. It is stored as the distance from its own location. */
static int read_start_address(const struct orc_table *table, struct memory *memory, uint64_t n, uint64_t *address,
			      struct fault *fault)
{
	uint64_t at = table->addresses + 4 * n;
	unsigned char bytes[4];
	int status = memory_read(memory, at, bytes, sizeof(bytes), fault);

	if (!status)
		*address = at + (uint64_t)(int32_t)get32(bytes, false);
	return status;
}

static struct orc decode_orc_entry(unsigned era, const unsigned char *bytes)
{
	static const enum orc_type old[4] = { ORC_CALL, ORC_REGS, ORC_REGS_CUT, ORC_NONE };
	static const enum orc_type now[8] = { ORC_NONE, ORC_END, ORC_CALL, ORC_REGS, ORC_REGS_CUT };
	uint16_t fields = get16(bytes + 4, false);
	struct orc orc = {
		.sp_offset = (int16_t)get16(bytes, false),
		.bp_offset = (int16_t)get16(bytes + 2, false),
		.sp = fields & 15,
		.bp = fields >> 4 & 15,
	};

	if (era == 3) {
		orc.type = now[fields >> 8 & 7];
		return orc;
	}
	orc.type = old[fields >> 8 & 3];
	if (fields & (era == 1 ? 0x400 : 0x800))
		orc.type = ORC_END;
	else if (orc.sp == ORC_UNDEFINED)
		orc.type = ORC_NONE;
	return orc;
}

int orc_look_up(const struct orc_table *table, struct memory *memory, uint64_t address, struct orc *orc,
		struct fault *fault)
{
	uint64_t low = 0, high = table->count; /* low: the first entry that starts after the address */
	unsigned char bytes[ENTRY];
	int status;

	orc->type = ORC_NONE;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2, start;

		status = read_start_address(table, memory, middle, &start, fault);
		if (status)
			return status;
		if (start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return 0;
	status = memory_read(memory, table->entries + (low - 1) * ENTRY, bytes, sizeof(bytes), fault);
	if (!status)
		*orc = decode_orc_entry(table->era, bytes);
	return status;
}
