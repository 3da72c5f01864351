/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of kallsyms, as kernel/kallsyms.c reads it and scripts/kallsyms.c writes it. It relies on VMCOREINFO for
 * the addresses of the tables. A name is a length and that many tokens; its first character is the type. Since 6.1 a
 * length of 128 or more has two bytes; before, no name had that many tokens. How addresses are stored depends on
 * release and configuration, which VMCOREINFO does not contain: the reader uses the method that gives _stext the
 * address that it has in VMCOREINFO.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/kallsyms.h"
#include "dump/memory.h"
#include "dump/notes.h"
#include "lkcd/endian.h"

#define TOKENS 256
#define TOKEN_MAX 512 /* characters of one */
#define PIECE 4096u

/* Sequential reading. A piece never crosses into a page that may be unneeded and missing. */
struct reader {
	struct memory *memory;
	uint64_t at;
	unsigned char piece[PIECE];
	size_t used, size;
};

enum storage {
	STORED_ADDRESSES, /* kallsyms_addresses, in words; configurable until 6.10 */
	STORED_PERCPU,    /* x86 until 6.14: values >= 0 are absolute, negative ones mean base - 1 - value */
	STORED_OFFSETS,   /* offsets from the base */
	STORED_PLACES,    /* offsets from their own address; kernels without a base */
	STORED_VALUES,    /* plain values; 32-bit kernels that do not move, without a base */
};

struct kallsyms {
	struct memory *memory;
	const struct info *info;
	struct fault *fault;
	uint64_t names, values, base;
	uint32_t count;
	enum storage storage;
	uint16_t token_at[TOKENS];
	char tokens[UINT16_MAX + 1 + TOKEN_MAX + 1];
};

static bool find_table(const struct info *info, const char *key, uint64_t *address)
{
	return notes_vmcoreinfo_number(info, key, 16, address);
}

static int reject_symbols(struct kallsyms *kallsyms, const char *what, uint64_t value)
{
	return fault_set(kallsyms->fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
			 "the kernel's symbols are damaged: %s is %" PRIu64, what, value);
}

static int read_table_byte(struct reader *reader, unsigned char *byte, struct fault *fault)
{
	int status;

	if (reader->used == reader->size) {
		reader->used = 0;
		reader->size = 0;
		status = memory_read(reader->memory, reader->at, reader->piece, PIECE - reader->at % PIECE, fault);
		if (status)
			return status;
		reader->size = PIECE - reader->at % PIECE;
		reader->at += reader->size;
	}
	*byte = reader->piece[reader->used++];
	return 0;
}

static int read_table_bytes(struct reader *reader, void *out, size_t size, struct fault *fault)
{
	int status = 0;

	for (size_t i = 0; i < size && !status; i++)
		status = read_table_byte(reader, (unsigned char *)out + i, fault);
	return status;
}

/* Read the table of tokens: strings that each end with NUL, and the offset of each in the index. */
static int read_tokens(struct kallsyms *kallsyms, uint64_t table, uint64_t index)
{
	struct reader reader = { .memory = kallsyms->memory, .at = index };
	unsigned char bytes[2 * TOKENS];
	size_t end = 0, last = 0;
	int status = read_table_bytes(&reader, bytes, sizeof(bytes), kallsyms->fault);

	if (status)
		return status;
	for (size_t i = 0; i < TOKENS; i++) {
		kallsyms->token_at[i] = get16(bytes + 2 * i, kallsyms->info->big_endian);
		if (kallsyms->token_at[i] > last)
			last = kallsyms->token_at[i];
	}
	reader = (struct reader){ .memory = kallsyms->memory, .at = table };
	do {
		if (end == sizeof(kallsyms->tokens))
			return reject_symbols(kallsyms, "the size of their tokens", end);
		status = read_table_bytes(&reader, kallsyms->tokens + end, 1, kallsyms->fault);
		if (status)
			return status;
	} while (end++ < last || kallsyms->tokens[end - 1]);
	return 0;
}

/* Read the next name into out[SYMBOLS_NAME_MAX]: its type, then its characters. */
static int read_next_name(struct kallsyms *kallsyms, struct reader *reader, char *out)
{
	unsigned char byte = 0;
	size_t length, size = 0;
	int status = read_table_byte(reader, &byte, kallsyms->fault);

	length = byte;
	if (!status && byte & 0x80) {
		status = read_table_byte(reader, &byte, kallsyms->fault);
		length = (length & 0x7f) | (size_t)byte << 7;
	}
	for (; length && !status; length--) {
		const char *token;
		size_t n;

		status = read_table_byte(reader, &byte, kallsyms->fault);
		if (status)
			break;
		token = kallsyms->tokens + kallsyms->token_at[byte];
		n = strlen(token);
		if (n >= SYMBOLS_NAME_MAX - size)
			return reject_symbols(kallsyms, "the length of a name", size + n);
		memcpy(out + size, token, n);
		size += n;
	}
	out[size] = 0;
	if (!status && size < 2)
		return reject_symbols(kallsyms, "the length of a name", size);
	return status;
}

static unsigned value_size(const struct kallsyms *kallsyms)
{
	return kallsyms->storage == STORED_ADDRESSES ? kallsyms->info->bits / 8 : 4;
}

/* The address of the n-th symbol by its stored value. */
static struct symbol decode_value(const struct kallsyms *kallsyms, uint32_t n, const unsigned char *bytes)
{
	bool big = kallsyms->info->big_endian;
	struct symbol symbol = { .address = get_word(bytes, big, value_size(kallsyms) * 8) };
	uint64_t extended = (uint64_t)(int32_t)(uint32_t)symbol.address;

	switch (kallsyms->storage) {
	case STORED_PERCPU:
		symbol.absolute = (int32_t)(uint32_t)symbol.address >= 0;
		if (!symbol.absolute)
			symbol.address = kallsyms->base - 1 - extended;
		break;
	case STORED_OFFSETS:
		symbol.address += kallsyms->base;
		break;
	case STORED_PLACES:
		symbol.address = kallsyms->values + 4 * (uint64_t)n + extended;
		break;
	case STORED_ADDRESSES:
	case STORED_VALUES:
		break;
	}
	if (kallsyms->info->bits == 32)
		symbol.address &= UINT32_MAX;
	return symbol;
}

/* Find the number of the symbol _stext. */
static int find_stext(struct kallsyms *kallsyms, uint32_t *n)
{
	struct reader reader = { .memory = kallsyms->memory, .at = kallsyms->names };
	char name[SYMBOLS_NAME_MAX];

	for (*n = 0; *n < kallsyms->count; ++*n) {
		int status = read_next_name(kallsyms, &reader, name);

		if (status)
			return status;
		if (!strcmp(name + 1, "_stext"))
			return 0;
	}
	return fault_set(kallsyms->fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
			 "the kernel's symbols are damaged: _stext is not among them");
}

/* Choose how addresses are stored. ways: the candidates, by the tables that the kernel has. */
static int choose_storage(struct kallsyms *kallsyms, const enum storage *ways, size_t count)
{
	unsigned char bytes[8];
	uint64_t stext, at;
	uint32_t n = 0;
	int status;

	if (!find_table(kallsyms->info, "SYMBOL(_stext)", &stext))
		return fault_set(kallsyms->fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "the dump does not contain the address of _stext");
	status = find_stext(kallsyms, &n);
	for (size_t i = 0; i < count && !status; i++) {
		kallsyms->storage = ways[i];
		at = kallsyms->values + (uint64_t)n * value_size(kallsyms);
		status = memory_read(kallsyms->memory, at, bytes, value_size(kallsyms), kallsyms->fault);
		if (!status && decode_value(kallsyms, n, bytes).address == stext)
			return 0;
	}
	if (status)
		return status;
	return fault_set(kallsyms->fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
			 "the kernel's symbols are damaged: _stext is not at 0x%" PRIx64, stext);
}

static int detect_storage(struct kallsyms *kallsyms)
{
	static const enum storage addresses[] = { STORED_ADDRESSES }, based[] = { STORED_PERCPU, STORED_OFFSETS },
				  placed[] = { STORED_PLACES, STORED_VALUES };
	uint64_t base;
	int status;

	if (find_table(kallsyms->info, "SYMBOL(kallsyms_addresses)", &kallsyms->values))
		return choose_storage(kallsyms, addresses, 1);
	if (!find_table(kallsyms->info, "SYMBOL(kallsyms_offsets)", &kallsyms->values))
		return fault_set(kallsyms->fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "the dump does not contain the location of the kernel's symbol addresses");
	if (!find_table(kallsyms->info, "SYMBOL(kallsyms_relative_base)", &base))
		return choose_storage(kallsyms, placed, 2);
	status = memory_read_word(kallsyms->memory, base, &kallsyms->base, kallsyms->fault);
	if (status)
		return status;
	return choose_storage(kallsyms, based, 2);
}

static int find_tables(struct kallsyms *kallsyms)
{
	uint64_t count, table, index;
	unsigned char bytes[4];
	int status;

	if ((kallsyms->info->bits != 32 && kallsyms->info->bits != 64) ||
	    !find_table(kallsyms->info, "SYMBOL(kallsyms_names)", &kallsyms->names) ||
	    !find_table(kallsyms->info, "SYMBOL(kallsyms_num_syms)", &count) ||
	    !find_table(kallsyms->info, "SYMBOL(kallsyms_token_table)", &table) ||
	    !find_table(kallsyms->info, "SYMBOL(kallsyms_token_index)", &index))
		return fault_set(kallsyms->fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "the dump does not contain the location of the kernel's symbols: kernels before 6.0 "
				 "do not record it");
	status = memory_read(kallsyms->memory, count, bytes, sizeof(bytes), kallsyms->fault);
	if (status)
		return status;
	kallsyms->count = get32(bytes, kallsyms->info->big_endian);
	if (!kallsyms->count || kallsyms->count > SYMBOLS_MAX)
		return reject_symbols(kallsyms, "their number", kallsyms->count);
	status = read_tokens(kallsyms, table, index);
	return status ? status : detect_storage(kallsyms);
}

static int read_symbols(struct kallsyms *kallsyms, struct symbols *symbols)
{
	struct reader names = { .memory = kallsyms->memory, .at = kallsyms->names };
	struct reader values = { .memory = kallsyms->memory, .at = kallsyms->values };
	int status = 0;

	for (uint32_t n = 0; n < kallsyms->count && !status; n++) {
		unsigned char bytes[8] = { 0 };
		char name[SYMBOLS_NAME_MAX];
		struct symbol symbol;

		status = read_next_name(kallsyms, &names, name);
		if (!status)
			status = read_table_bytes(&values, bytes, value_size(kallsyms), kallsyms->fault);
		if (status)
			break;
		symbol = decode_value(kallsyms, n, bytes);
		symbol.type = name[0];
		symbol.name = name + 1;
		status = symbols_add(symbols, &symbol, kallsyms->fault);
	}
	return status;
}

struct symbols *kallsyms_load(struct memory *memory, struct fault *fault)
{
	struct kallsyms *kallsyms = calloc(1, sizeof(*kallsyms));
	struct symbols *symbols;
	int status;

	if (!kallsyms) {
		fault_memory(fault);
		return NULL;
	}
	kallsyms->memory = memory;
	kallsyms->info = memory_info(memory);
	kallsyms->fault = fault;
	status = find_tables(kallsyms);
	symbols = status ? NULL : symbols_new(fault);
	if (symbols && read_symbols(kallsyms, symbols)) {
		symbols_free(symbols);
		symbols = NULL;
	}
	if (symbols)
		symbols_sort(symbols);
	free(kallsyms);
	return symbols;
}
