/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of an architecture without reading any dump of it. */
#ifndef LKCD_MACHINE_H
#define LKCD_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

struct machine {
	const char *name; /* as utsname.machine has it on a current kernel */
	uint16_t elf;     /* e_machine */
	unsigned bits;
	bool big_endian;    /* the usual order; a dump's own order wins */
	uint32_t page_size; /* the usual one */
	struct {            /* struct elf_prstatus, whose layout is the architecture's ABI; all 0: not known here */
		uint16_t size, pid, registers, registers_size;
		int16_t pc, sp; /* offsets inside the registers */
	} prstatus;
};

/* By utsname.machine ("i686" finds i386); NULL when unknown. name need not end in NUL before room. */
const struct machine *machine_by_name(const char *name);

/* By ELF header: e_machine, class and byte order; NULL when unknown. */
const struct machine *machine_by_elf(uint16_t elf, unsigned bits, bool big_endian);

/* The list, ended by a NULL name, for messages and tests. */
const struct machine *machine_list(void);

#endif
