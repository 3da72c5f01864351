/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of symbols: fixed-size entries, and all names in one growing buffer, because the tools must fit in 64 MiB.
 * Search by address is binary, and relies on symbols_sort(); search by name is linear, for it is rare.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/symbols.h"
#include "dump/array.h"

struct entry {
	uint64_t address;
	uint32_t name; /* offset in names; ascends with each symbol, so it is the order of addition too */
	char type;
	bool absolute;
};

struct symbols {
	struct entry *entries;
	size_t count, room;
	char *names;
	size_t names_size, names_room;
	uint64_t text[2][2];  /* from, to: the kernel's code, and its init code */
	uint64_t (*texts)[2]; /* SYMBOLS_TEXTS_MAX ranges of modules */
	size_t texts_count;
};

struct symbols *symbols_new(struct fault *fault)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));

	if (!symbols)
		fault_memory(fault);
	return symbols;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	free(symbols->entries);
	free(symbols->names);
	free(symbols->texts);
	free(symbols);
}

static int reject_too_many(struct fault *fault)
{
	return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
			 "there are more symbols than a kernel can have");
}

int symbols_add(struct symbols *symbols, const struct symbol *symbol, struct fault *fault)
{
	size_t size = strlen(symbol->name) + 1;
	int status;

	if (symbols->count == SYMBOLS_MAX || size > SYMBOLS_NAME_MAX || size > SYMBOLS_NAMES_MAX - symbols->names_size)
		return reject_too_many(fault);
	status = array_grow(&symbols->entries, &symbols->room, symbols->count + 1, sizeof(*symbols->entries), fault);
	if (!status)
		status = array_grow(&symbols->names, &symbols->names_room, symbols->names_size + size, 1, fault);
	if (status)
		return status;
	symbols->entries[symbols->count++] =
		(struct entry){ symbol->address, (uint32_t)symbols->names_size, symbol->type, symbol->absolute };
	memcpy(symbols->names + symbols->names_size, symbol->name, size);
	symbols->names_size += size;
	return 0;
}

int symbols_add_text(struct symbols *symbols, uint64_t start, uint64_t end, struct fault *fault)
{
	if (!symbols->texts)
		symbols->texts = calloc(SYMBOLS_TEXTS_MAX, sizeof(*symbols->texts));
	if (!symbols->texts)
		return fault_memory(fault);
	if (symbols->texts_count == SYMBOLS_TEXTS_MAX)
		return 0;
	symbols->texts[symbols->texts_count][0] = start;
	symbols->texts[symbols->texts_count++][1] = end;
	return 0;
}

static int compare_symbols(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

/* The range between two symbols; empty when one is missing. */
static void find_text_bounds(const struct symbols *symbols, const char *from, const char *to, uint64_t text[2])
{
	if (!symbols_find(symbols, from, &text[0]) || !symbols_find(symbols, to, &text[1]))
		text[0] = text[1] = 0;
}

void symbols_sort(struct symbols *symbols)
{
	size_t i = 1;

	while (i < symbols->count && compare_symbols(&symbols->entries[i - 1], &symbols->entries[i]) < 0)
		i++;
	if (i < symbols->count)
		qsort(symbols->entries, symbols->count, sizeof(*symbols->entries), compare_symbols);
	find_text_bounds(symbols, "_stext", "_etext", symbols->text[0]);
	find_text_bounds(symbols, "_sinittext", "_einittext", symbols->text[1]);
}

size_t symbols_count(const struct symbols *symbols)
{
	return symbols->count;
}

struct symbol symbols_get(const struct symbols *symbols, size_t n)
{
	const struct entry *entry = &symbols->entries[n];

	return (struct symbol){ symbols->names + entry->name, entry->address, entry->type, entry->absolute };
}

bool symbols_find(const struct symbols *symbols, const char *name, uint64_t *address)
{
	for (size_t i = 0; i < symbols->count; i++) {
		const struct entry *entry = &symbols->entries[i];

		if (strcmp(symbols->names + entry->name, name))
			continue;
		*address = entry->address;
		return true;
	}
	return false;
}

bool symbols_at(const struct symbols *symbols, uint64_t address, struct symbol *symbol, uint64_t *size)
{
	size_t low = 0, high = symbols->count, next;

	while (low < high) { /* low: the first one that starts after the address */
		size_t middle = low + (high - low) / 2;

		if (symbols->entries[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return false;
	next = low--;
	while (low && symbols->entries[low - 1].address == symbols->entries[low].address)
		low--; /* the kernel prints the first one, too */
	*symbol = symbols_get(symbols, low);
	*size = next < symbols->count ? symbols->entries[next].address - symbol->address : 0;
	return !symbol->absolute;
}

bool symbols_is_text(const struct symbols *symbols, uint64_t address)
{
	for (size_t i = 0; i < 2; i++)
		if (address >= symbols->text[i][0] && address < symbols->text[i][1])
			return true;
	for (size_t i = 0; i < symbols->texts_count; i++)
		if (address >= symbols->texts[i][0] && address < symbols->texts[i][1])
			return true;
	return false;
}

char *symbols_text(const struct symbols *symbols, uint64_t address, bool called, char *out)
{
	struct symbol symbol;
	uint64_t size;

	out[0] = 0;
	/* a function that never returns may end with its last call: the return address is in the next one */
	if (symbols && symbols_is_text(symbols, address - called) &&
	    symbols_at(symbols, address - called, &symbol, &size)) {
		int name = (int)strcspn(symbol.name, " ");

		snprintf(out, SYMBOLS_TEXT, "%.*s+0x%" PRIx64 "/0x%" PRIx64 "%s", name, symbol.name,
			 address - symbol.address, size, symbol.name + name);
	}
	return out;
}
