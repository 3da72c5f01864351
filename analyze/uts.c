/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "analyze/uts.h"
#include "dump/notes.h"

#define FIELD 65 /* __NEW_UTS_LEN + 1 */

bool uts_learn(struct memory *memory, struct info *info)
{
	struct info_uts *uts = &info->uts;
	char *const fields[] = {
		uts->sysname, uts->nodename, uts->release, uts->version, uts->machine, uts->domainname
	};
	unsigned char name[6 * FIELD];
	char release[INFO_NAME_SIZE];
	struct fault fault;
	uint64_t address, offset;

	if (!notes_vmcoreinfo_number(info, "SYMBOL(init_uts_ns)", 16, &address) ||
	    !notes_vmcoreinfo(info, "OSRELEASE", release, sizeof(release)))
		return false;
	/* before 5.11 a struct kref of 4 bytes stood before it, and VMCOREINFO did not say */
	if (!notes_vmcoreinfo_number(info, "OFFSET(uts_namespace.name)", 10, &offset))
		offset = 4;
	if (memory_read(memory, address + offset, name, sizeof(name), &fault))
		return false;
	if (!info_is_name(name) || strncmp((const char *)name + 2 * FIELD, release, FIELD))
		return false;
	for (size_t i = 0; i < 6; i++)
		info_copy_text(fields[i], INFO_NAME_SIZE, name + i * FIELD, FIELD);
	return true;
}
