/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads System.map files, finds the one of a dump's kernel, and checks that it is the right one: a wrong symbol map
 * gives plausible nonsense. It relies on VMCOREINFO for addresses to compare, and on the dump's utsname.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/sysmap.h"
#include "dump/memory.h"
#include "dump/notes.h"
#include "lkcd/stream.h"

#define LINE_MAX_SIZE (SYMBOLS_NAME_MAX + 32)
#define AGREE_LEAST 3 /* symbols of VMCOREINFO that must be in the symbol map */

uint64_t sysmap_offset(const struct info *info)
{
	uint64_t offset = 0;

	notes_vmcoreinfo_number(info, "KERNELOFFSET", 16, &offset);
	return offset;
}

/* Parse a line; the symbol's name is borrowed from it. */
static bool parse_line(char *line, const struct info *info, struct symbol *symbol)
{
	char *end;

	errno = 0;
	symbol->address = strtoull(line, &end, 16);
	if (end == line || errno || end[0] != ' ' || !isalpha((unsigned char)end[1]) || end[2] != ' ' || !end[3])
		return false;
	symbol->type = end[1];
	symbol->name = end + 3;
	/* per-CPU symbols start at 0 on x86 until 6.14, whatever their type */
	symbol->absolute = symbol->type == 'A' || symbol->type == 'a' || (info->bits == 64 && !(symbol->address >> 63));
	if (!symbol->absolute)
		symbol->address += sysmap_offset(info);
	if (info->bits == 32)
		symbol->address &= UINT32_MAX;
	return true;
}

static int read_line(struct stream *stream, char *line, size_t *size, struct fault *fault)
{
	const char *head, *newline;
	size_t have;

	head = stream_peek(stream, LINE_MAX_SIZE, &have, fault);
	if (!head)
		return -fault->code;
	if (have > LINE_MAX_SIZE)
		have = LINE_MAX_SIZE;
	newline = memchr(head, '\n', have);
	*size = newline ? (size_t)(newline - head) : have;
	if (!newline && have == LINE_MAX_SIZE)
		return fault_set(fault, FAULT_FORMAT, stream_offset(stream), FAULT_NOWHERE, "a line is too long");
	memcpy(line, head, *size);
	line[*size] = 0;
	return stream_skip(stream, *size + (newline != NULL), fault);
}

static int read_lines(struct stream *stream, const struct info *info, struct symbols *symbols, struct fault *fault)
{
	for (;;) {
		char line[LINE_MAX_SIZE + 1];
		struct symbol symbol;
		size_t size = 0;
		uint64_t at = stream_offset(stream);
		int status = read_line(stream, line, &size, fault);

		if (status)
			return status;
		if (!size)
			return 0;
		if (!parse_line(line, info, &symbol))
			return fault_set(fault, FAULT_FORMAT, at, FAULT_NOWHERE, "is not a System.map");
		status = symbols_add(symbols, &symbol, fault);
		if (status)
			return status;
	}
}

struct symbols *sysmap_load(const char *path, const struct info *info, struct fault *fault)
{
	struct stream *stream = stream_open(path, fault);
	struct symbols *symbols = stream ? symbols_new(fault) : NULL;

	if (symbols && read_lines(stream, info, symbols, fault)) {
		symbols_free(symbols);
		symbols = NULL;
	}
	stream_close(stream);
	if (symbols)
		symbols_sort(symbols);
	return symbols;
}

/* VMCOREINFO compared with the symbol map. */
struct agreement {
	const struct symbols *symbols;
	uint64_t start,
		end; /* the kernel's image: some of VMCOREINFO's "symbols" are values of pointers, outside of it */
	unsigned same, different;
};

static void compare_line(struct agreement *agreement, const char *line, size_t size)
{
	static const char prefix[] = "SYMBOL(";
	char name[128], *end;
	uint64_t address, mapped;

	if (size < sizeof(prefix) || size > sizeof(name) || memcmp(line, prefix, sizeof(prefix) - 1))
		return;
	info_copy_text(name, sizeof(name), line + sizeof(prefix) - 1, size - (sizeof(prefix) - 1));
	end = strstr(name, ")=");
	if (!end)
		return;
	*end = 0;
	address = strtoull(end + 2, NULL, 16);
	if (address < agreement->start || address >= agreement->end || !symbols_find(agreement->symbols, name, &mapped))
		return;
	if (address == mapped)
		agreement->same++;
	else
		agreement->different++;
}

static void compare_notes(struct agreement *agreement, const struct info *info)
{
	struct note note;
	size_t at = 0;

	while (notes_next(info->notes, info->notes_size, info->big_endian, &at, &note)) {
		const char *line = (const char *)note.desc, *end = line + note.desc_size;

		if (!note_is(&note, "VMCOREINFO", 0))
			continue;
		while (line < end) {
			const char *newline = memchr(line, '\n', (size_t)(end - line));

			compare_line(agreement, line, (size_t)((newline ? newline : end) - line));
			line = newline ? newline + 1 : end;
		}
	}
}

/* Is the banner of the dump's kernel at its address in the symbol map? */
static bool has_banner(const struct symbols *symbols, struct memory *memory)
{
	char banner[512] = "", want[160];
	struct fault fault;
	uint64_t address;

	snprintf(want, sizeof(want), "Linux version %s ", memory_info(memory)->uts.release);
	return symbols_find(symbols, "linux_banner", &address) &&
	       !memory_read(memory, address, banner, sizeof(banner) - 1, &fault) &&
	       !strncmp(banner, want, strlen(want)) && strstr(banner, memory_info(memory)->uts.version);
}

bool sysmap_fits(const struct symbols *symbols, struct memory *memory)
{
	struct agreement agreement = { .symbols = symbols };

	if (!symbols_find(symbols, "_stext", &agreement.start) || !symbols_find(symbols, "_end", &agreement.end))
		return false;
	compare_notes(&agreement, memory_info(memory));
	return !agreement.different && agreement.same >= AGREE_LEAST && has_banner(symbols, memory);
}

struct symbols *sysmap_find(const char *root, struct memory *memory, char *path, size_t room, struct fault *fault)
{
	/* Debian has an empty file in /boot, and the real one beside its debug symbols */
	static const char *const places[] = { "boot/System.map-%s", "lib/modules/%s/System.map",
					      "usr/lib/debug/boot/System.map-%s" };
	const char *release = memory_info(memory)->uts.release;

	fault->code = 0;
	if (!release[0] || release[0] == '.' || strchr(release, '/'))
		return NULL; /* the release becomes part of a path */
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		struct symbols *symbols;
		char name[128];

		snprintf(name, sizeof(name), places[i], release);
		if (snprintf(path, room, "%s/%s", root, name) >= (int)room)
			continue;
		symbols = sysmap_load(path, memory_info(memory), fault);
		if (symbols && sysmap_fits(symbols, memory))
			return symbols;
		symbols_free(symbols);
		if (!symbols && fault->code == FAULT_MEMORY)
			return NULL;
	}
	fault->code = 0;
	return NULL;
}
