/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads utsname from the kernel's init_uts_ns. It relies on VMCOREINFO for its address, and to confirm the release.
 */
#include <string.h>

#include "analyze/uts.h"
#include "dump/notes.h"

bool uts_read(struct memory *memory, struct info *info)
{
	unsigned char name[INFO_UTS_FIELDS * INFO_UTS_SIZE];
	char release[INFO_NAME_SIZE];
	struct fault fault;
	uint64_t address, offset;

	if (!notes_vmcoreinfo_number(info, "SYMBOL(init_uts_ns)", 16, &address) ||
	    !notes_vmcoreinfo(info, "OSRELEASE", release, sizeof(release)))
		return false;
	/* before 5.11 VMCOREINFO lacks the offset, and a struct kref of 4 bytes precedes the name */
	if (!notes_vmcoreinfo_number(info, "OFFSET(uts_namespace.name)", 10, &offset))
		offset = 4;
	if (memory_read(memory, address + offset, name, sizeof(name), &fault))
		return false;
	if (!info_is_name(name) || strncmp((const char *)name + 2 * INFO_UTS_SIZE, release, INFO_UTS_SIZE))
		return false;
	info_copy_uts(&info->uts, name);
	return true;
}
