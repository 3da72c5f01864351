/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the registers of PRSTATUS notes. It relies on struct machine for the layout of the note.
 */
#include <string.h>

#include "analyze/registers.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"

#define NT_PRSTATUS 1

bool registers_next(const struct info *info, size_t *at, struct note *note)
{
	while (notes_next(info->notes, info->notes_size, info->big_endian, at, note))
		if (note_is(note, "CORE", NT_PRSTATUS))
			return true;
	return false;
}

bool registers_get(const struct info *info, const struct note *note, struct registers *registers)
{
	const struct machine *machine = info->machine;
	const unsigned char *field;
	size_t word;

	memset(registers, 0, sizeof(*registers));
	if (!machine || !machine->prstatus.size ||
	    note->desc_size < (size_t)machine->prstatus.registers + machine->prstatus.registers_size)
		return false;
	word = machine->bits / 8;
	field = note->desc + machine->prstatus.registers;
	registers->count = machine->prstatus.registers_size / word;
	registers->names = machine->prstatus.names;
	for (size_t i = 0; i < registers->count; i++)
		registers->value[i] = get_word(field + i * word, info->big_endian, machine->bits);
	registers->pid = (int32_t)get32(note->desc + machine->prstatus.pid, info->big_endian);
	registers->pc = get_word(field + machine->prstatus.pc, info->big_endian, machine->bits);
	registers->sp = get_word(field + machine->prstatus.sp, info->big_endian, machine->bits);
	return true;
}
