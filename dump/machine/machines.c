/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of machines, and lookups in it. Each machine's facts are in its own file. */
#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#include "lkcd/machine.h"

/* clang-format off */
#define MACHINES(each) \
	each(x86_64) \
	each(i386) \
	each(aarch64) \
	each(arm) \
	each(ppc64le) \
	each(ppc64) \
	each(ppc) \
	each(s390x) \
	each(s390) \
	each(ia64) \
	each(riscv64) \
	each(loongarch64) \
	each(alpha) \
	each(mips64) \
	each(mips) \
	each(sparc64)
/* clang-format on */

#define DECLARE(name) extern const struct machine machine_##name;
#define LIST(name) &machine_##name,

MACHINES(DECLARE)

static const struct machine *const machines[] = { MACHINES(LIST) NULL };

const struct machine *const *machine_list(void)
{
	return machines;
}

static bool is_called(const struct machine *machine, const char *name)
{
	if (!strcmp(machine->name, name))
		return true;
	for (const char *const *alias = machine->aliases; *alias; alias++)
		if (!fnmatch(*alias, name, 0))
			return true;
	return false;
}

const struct machine *machine_by_name(const char *name)
{
	for (const struct machine *const *machine = machines; *machine; machine++)
		if (is_called(*machine, name))
			return *machine;
	return NULL;
}

const struct machine *machine_by_elf(uint16_t elf, unsigned bits, bool big_endian)
{
	const struct machine *found = NULL;

	for (const struct machine *const *machine = machines; *machine; machine++) {
		if ((*machine)->elf != elf || (*machine)->bits != bits)
			continue;
		if ((*machine)->big_endian == big_endian)
			return *machine;
		found = *machine; /* a machine that runs in either order */
	}
	return found;
}
