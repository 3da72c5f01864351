/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks, searches and makes ELF notes, whose sizes come from the dump and are checked before use. VMCOREINFO is text of
 * lines "KEY=VALUE"; the kernel writes it in kernel/vmcore_info.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump/notes.h"
#include "lkcd/endian.h"
#include "lkcd/machine.h"
#include "lkcd/page.h"

#define HEADER 12
#define NT_PRSTATUS 1

static size_t pad_size(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

bool notes_next(const unsigned char *notes, size_t size, bool big_endian, size_t *at, struct note *note)
{
	size_t left = size - *at, name_size, desc_size, used;

	if (*at >= size || left < HEADER)
		return false;
	name_size = get32(notes + *at, big_endian);
	desc_size = get32(notes + *at + 4, big_endian);
	if (name_size > left || desc_size > left)
		return false;
	used = HEADER + pad_size(name_size);
	if (used > left || desc_size > left - used)
		return false;
	note->name = (const char *)notes + *at + HEADER;
	note->name_size = name_size;
	note->type = get32(notes + *at + 8, big_endian);
	note->desc = notes + *at + used;
	note->desc_size = desc_size;
	note->start = *at;
	used += pad_size(desc_size);
	*at += used < left ? used : left; /* the last one may lack its padding */
	note->end = *at;
	return true;
}

bool note_is(const struct note *note, const char *name, uint32_t type)
{
	size_t n = strlen(name);

	return note->type == type && (note->name_size == n + 1 || note->name_size == n) && !memcmp(note->name, name, n);
}

size_t note_size(const char *name, size_t desc_size)
{
	return HEADER + pad_size(strlen(name) + 1) + pad_size(desc_size);
}

unsigned char *note_put(unsigned char *out, bool big_endian, const char *name, uint32_t type, size_t desc_size)
{
	size_t n = strlen(name) + 1;

	put32(out, big_endian, (uint32_t)n);
	put32(out + 4, big_endian, (uint32_t)desc_size);
	put32(out + 8, big_endian, type);
	memcpy(out + HEADER, name, n);
	return out + HEADER + pad_size(n);
}

int notes_add(struct info *info, const char *name, uint32_t type, const void *desc, size_t size, struct fault *fault)
{
	size_t whole = note_size(name, size);
	unsigned char *note = calloc(1, whole);
	int status;

	if (!note)
		return fault_memory(fault);
	memcpy(note_put(note, info->big_endian, name, type, size), desc, size);
	status = info_add_notes(info, note, whole, fault);
	free(note);
	return status;
}

bool notes_prstatus(const struct info *info, unsigned n, struct note *note)
{
	size_t at = 0;

	while (notes_next(info->notes, info->notes_size, info->big_endian, &at, note))
		if (note_is(note, "CORE", NT_PRSTATUS) && n-- == 0)
			return true;
	return false;
}

/* Find the line "key=value" in VMCOREINFO's text. Returns value, *n bytes long, or NULL. */
static const char *find_vmcoreinfo_value(const char *text, size_t size, const char *key, size_t *n)
{
	const char *end = text + size;
	size_t key_size = strlen(key);

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t line = newline ? (size_t)(newline - text) : (size_t)(end - text);

		if (line > key_size && text[key_size] == '=' && !memcmp(text, key, key_size)) {
			*n = strnlen(text + key_size + 1, line - key_size - 1);
			return text + key_size + 1;
		}
		text += line + 1;
	}
	return NULL;
}

bool notes_vmcoreinfo(const struct info *info, const char *key, char *out, size_t room)
{
	struct note note;
	size_t at = 0, n;

	while (notes_next(info->notes, info->notes_size, info->big_endian, &at, &note)) {
		const char *value;

		if (!note_is(&note, "VMCOREINFO", 0))
			continue;
		value = find_vmcoreinfo_value((const char *)note.desc, note.desc_size, key, &n);
		if (!value)
			continue;
		info_copy_text(out, room, value, n);
		return true;
	}
	return false;
}

bool notes_vmcoreinfo_number(const struct info *info, const char *key, int base, uint64_t *value)
{
	char text[64], *end;
	uint64_t number;

	if (!notes_vmcoreinfo(info, key, text, sizeof(text)) ||
	    strlen(text) == sizeof(text) - 1) /* possibly truncated */
		return false;
	errno = 0;
	number = strtoull(text, &end, base); /* accepts a minus sign: NUMBER(phys_base) can be negative */
	if (end == text || *end || errno)
		return false;
	*value = number;
	return true;
}

void notes_describe(struct info *info)
{
	uint64_t value;

	if (notes_vmcoreinfo_number(info, "PAGESIZE", 10, &value) && value >= PAGE_SIZE_MIN && value <= PAGE_SIZE_MAX &&
	    !(value & (value - 1)))
		info->page_size = (uint32_t)value;
	if (notes_vmcoreinfo_number(info, "CRASHTIME", 10, &value))
		info->seconds = value;
	if (notes_vmcoreinfo(info, "OSRELEASE", info->uts.release, sizeof(info->uts.release)))
		strcpy(info->uts.sysname, "Linux");
	if (info->machine)
		strcpy(info->uts.machine, info->machine->name);
}
