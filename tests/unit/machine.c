/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of machines: each is found by its names and its ELF header, and what its file says fits together. */
#include <elf.h>
#include <string.h>

#include "lkcd/machine.h"
#include "tests/unit/tap.h"

static void by_names(void)
{
	static const struct {
		const char *name, *machine;
	} names[] = {
		{ "i386", "i386" },     { "i586", "i386" },  { "i686", "i386" },    { "amd64", "x86_64" },
		{ "arm64", "aarch64" }, { "armv7l", "arm" }, { "armv5tel", "arm" }, { "i786", NULL },
		{ "i6866", NULL },      { "", NULL },        { "armor", NULL },     { "s390y", NULL },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct machine *machine = machine_by_name(names[i].name);

		ok(names[i].machine ? machine && !strcmp(machine->name, names[i].machine) : !machine, "'%s' is %s",
		   names[i].name, machine ? machine->name : "no machine");
	}
}

static void by_elf(void)
{
	ok(!strcmp(machine_by_elf(EM_PPC64, 64, true)->name, "ppc64"), "ppc64 by its byte order");
	ok(!strcmp(machine_by_elf(EM_PPC64, 64, false)->name, "ppc64le"), "ppc64le by its byte order");
	ok(!strcmp(machine_by_elf(EM_S390, 32, true)->name, "s390"), "s390 by its class");
	ok(!strcmp(machine_by_elf(EM_ALPHA, 64, true)->name, "alpha"), "a byte order that no kernel has");
	ok(!machine_by_elf(EM_ALPHA, 32, false) && !machine_by_elf(0xfff0, 64, false),
	   "no such class, no such machine");
}

/* Registers are words inside PRSTATUS, and all or none of them have names. */
static void registers_fit(const struct machine *machine)
{
	unsigned word = machine->bits / 8, named = 0, size = machine->prstatus.registers_size;

	while (machine->prstatus.names && machine->prstatus.names[named])
		named++;
	ok(machine->prstatus.pid == (machine->bits == 64 ? 32 : 24) &&
		   machine->prstatus.registers == (machine->bits == 64 ? 112 : 72) && size % word == 0 &&
		   size + machine->prstatus.registers <= machine->prstatus.size && machine->prstatus.pc < size &&
		   machine->prstatus.sp < size && machine->prstatus.fp < size && machine->prstatus.user < size,
	   "%s: PRSTATUS", machine->name);
	ok(!machine->prstatus.names || named == size / word, "%s: %u registers have names", machine->name, named);
	for (const struct machine_move *move = machine->store_status; move->size; move++)
		ok(move->to + move->size <= size, "%s: a save area's %u bytes", machine->name, move->size);
}

static void is_sound(const struct machine *machine)
{
	const struct machine *twin = machine_by_elf(machine->elf, machine->bits, machine->big_endian);

	ok(machine_by_name(machine->name) == machine && twin == machine, "%s: found by name and by ELF header",
	   machine->name);
	ok((machine->bits == 32 || machine->bits == 64) && machine->page_size >= 4096 &&
		   !(machine->page_size & (machine->page_size - 1)) && machine->call_align &&
		   !machine->aliases[sizeof(machine->aliases) / sizeof(*machine->aliases) - 1],
	   "%s: bits, page size, alignment", machine->name);
	ok(!machine->find_paging || machine->find_direct, "%s: page tables are of use with a direct map",
	   machine->name);
	if (machine->prstatus.size)
		registers_fit(machine);
}

int main(void)
{
	by_names();
	by_elf();
	for (const struct machine *const *machine = machine_list(); *machine; machine++)
		is_sound(*machine);
	return tap_done();
}
