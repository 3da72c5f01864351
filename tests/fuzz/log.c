/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is learnt from a dump's memory, of anything: page tables, the layout, utsname, the log. Records must be sound
 * and ranges must hold all memory; and a source whose memory was read must give what it gives without.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/complete.h"
#include "analyze/log.h"
#include "convert/formats.h"
#include "dump/memory.h"
#include "tests/fuzz/expect.h"

#define RECORDS_MAX (1u << 21)
#define RUNS_COMPARED 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(void *argument, const struct log_record *record)
{
	expect(++*(unsigned *)argument <= RECORDS_MAX && record->size <= LOG_TEXT_MAX && !record->text[record->size]);
	expect(record->level >= LOG_LEVEL_UNKNOWN && record->level <= 7);
}

static bool in_a_range(const struct info *info, uint64_t address)
{
	for (size_t i = 0; i < info->range_count; i++)
		if (address >= info->ranges[i].physical && address - info->ranges[i].physical < info->ranges[i].size)
			return true;
	return false;
}

/* Ranges that were made here, not by who wrote the dump, hold all memory: where one ends, another goes on. */
static void look_at_info(const struct info *info, bool had_ranges)
{
	expect(memchr(info->panic, 0, sizeof(info->panic)));
	if (!info->ranges_made || had_ranges)
		return;
	expect(info->range_count <= 4 && in_a_range(info, 0));
	for (size_t i = 0; i < info->range_count; i++) {
		uint64_t end = info->ranges[i].physical + info->ranges[i].size;

		expect(info->ranges[i].size && (end >= PAGE_ADDRESS_LIMIT || in_a_range(info, end)));
	}
}

/* A sum over what the first calls of next() give. */
static uint64_t sum(struct source *source)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < RUNS_COMPARED; i++) {
		struct fault fault = { 0 };
		struct page page = { 0 };
		int status = source->next(source, &page, &fault);

		sum = sum * 31 + page.address + page.pages + page.bytes + (uint64_t)status + fault.address +
		      strlen(fault.text);
		if (status <= 0 && status != -FAULT_DAMAGED)
			break;
	}
	return sum;
}

static uint64_t untouched(struct stream *stream)
{
	struct source_options options = { 0 };
	struct fault fault;
	struct source *source = formats_open_source(stream, &options, false, &fault);
	uint64_t result = source ? sum(source) : 0;

	if (source)
		source->close(source);
	return result;
}

static void learn(struct stream *stream, uint64_t want)
{
	struct source_options options = { 0 };
	struct fault fault;
	struct source *source = formats_open_source(stream, &options, false, &fault);
	struct memory *memory;
	unsigned count = 0;
	bool had_ranges;

	if (!source)
		return;
	had_ranges = source->info.range_count;
	complete_source(source, &fault);
	look_at_info(&source->info, had_ranges);
	memory = memory_open(source, &fault);
	if (memory)
		log_read(memory, look_at, &count, &fault);
	memory_close(memory);
	expect(sum(source) == want);
	source->close(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault fault;
	struct stream *stream = stream_open_memory(data, size, false, &fault);
	uint64_t want;

	expect(stream);
	want = untouched(stream);
	stream_close(stream);
	stream = stream_open_memory(data, size, false, &fault);
	expect(stream);
	learn(stream, want);
	stream_close(stream);
	return 0;
}
