/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints the facts about a dump, for lkcd-info and lkcd-analyze. A fact that is not known is null in JSON and has no
 * line in text. Relies on cli/report.c for both forms, so that no fact is in only one of them by mistake.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyze/registers.h"
#include "cli/number.h"
#include "tools/facts.h"
#include "dump/class.h"
#include "dump/notes.h"
#include "lkcd/codec.h"
#include "lkcd/machine.h"

#define YEAR_10000 UINT64_C(253402300800)

const char *facts_level_name(const struct info *info)
{
	static const char *const names[] = { "NONE", "HEADER", "KERN", "USED", "ALL" };
	/* the level is a number up to version 3, the value that the user set up to 7, and bits from then on */
	static const struct {
		uint32_t last_version, levels[5];
	} eras[] = { { 3, { 0, 1, 2, 3, 4 } }, { 7, { 0, 1, 2, 4, 8 } }, { UINT32_MAX, { 0, 1, 3, 7, 15 } } };
	size_t era = 0;

	while (info->version > eras[era].last_version)
		era++;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (info->level == eras[era].levels[i])
			return names[i];
	return NULL;
}

bool facts_kaslr_offset(const struct info *info, uint64_t *offset)
{
	return notes_vmcoreinfo_number(info, "KERNELOFFSET", 16, offset);
}

bool facts_phys_base(const struct info *info, uint64_t *base)
{
	return notes_vmcoreinfo_number(info, "NUMBER(phys_base)", 10, base);
}

/* 2026-11-22T21:00:54Z, with microseconds if they are known; "" when the time is unknown or impossible. */
static const char *format_iso_time(const struct info *info, char *out, size_t room)
{
	time_t seconds = (time_t)info->seconds;
	struct tm tm;
	size_t n;

	out[0] = 0;
	if (!info->seconds || info->seconds >= YEAR_10000 || !gmtime_r(&seconds, &tm))
		return out;
	n = strftime(out, room, "%Y-%m-%dT%H:%M:%S", &tm);
	if (info->microseconds && info->microseconds < 1000000)
		n += (size_t)snprintf(out + n, room - n, ".%06u", (unsigned)info->microseconds);
	snprintf(out + n, room - n, "Z");
	return out;
}

void facts_print_format(struct report *report, const struct info *info)
{
	const char *level = info->level ? facts_level_name(info) : NULL;

	report_text(report, "format", "Format", info->format);
	report_number(report, "version", "Version", info->version, info->version);
	report_text(report, "byte_order", "Byte order", !info->bits ? NULL : info->big_endian ? "big" : "little");
	report_number(report, "word_bits", "Word bits", info->bits, info->bits);
	report_bytes(report, "page_size", "Page size", info->page_size, info->page_size);
	report_text(report, "codec", "Codec", info->codec ? info->codec->name : NULL);
	report_number(report, "level", "Dump level", info->level, info->level && (report->json || !level));
	report_text(report, "level_name", "Dump level", level);
}

void facts_print_kernel(struct report *report, const struct info *info)
{
	const struct info_uts *uts = &info->uts;
	char text[80];
	uint64_t number = 0;
	bool known;

	report_text(report, "machine", "Machine",
		    uts->machine[0] || !info->machine ? uts->machine : info->machine->name);
	report_text(report, "sysname", "System", uts->sysname);
	report_text(report, "release", "Release", uts->release);
	report_text(report, "kernel_version", "Kernel version", uts->version);
	report_text(report, "node_name", "Node name", uts->nodename);
	report_text(report, "domain_name", "Domain name", uts->domainname);
	report_text(report, "build_id", "Build ID",
		    notes_vmcoreinfo(info, "BUILD-ID", text, sizeof(text)) ? text : NULL);
	known = facts_kaslr_offset(info, &number);
	report_address(report, "kaslr_offset", "KASLR offset", number, known);
	known = facts_phys_base(info, &number);
	report_signed(report, "phys_base", "Physical base", (int64_t)number, known);
	report_text(report, "panic", "Panic", info->panic);
	report_text(report, "time", "Time", format_iso_time(info, text, sizeof(text)));
	report_address(report, "current_task", "Current task", info->current_task, info->current_task);
}

/* One CPU; its registers are not known when the note is shorter than the machine's, or the machine is not known. */
static void print_cpu(struct report *report, const struct info *info, const struct note *note, unsigned number)
{
	struct registers registers;
	bool known = registers_get(info, note, &registers);

	report_number(report, "cpu", "CPU", number, true);
	report_signed(report, "pid", "pid", registers.pid, known);
	report_address(report, "pc", "pc", registers.pc, known);
	report_address(report, "sp", "sp", registers.sp, known);
}

static void print_cpus(struct report *report, const struct info *info)
{
	struct note note;
	char summary[64];
	unsigned count = 0, number = 0;

	for (size_t at = 0; registers_next(info, &at, &note);)
		count++;
	snprintf(summary, sizeof(summary), "%u%s", count, info->notes_made ? ", from the architecture header" : "");
	report_bool(report, "notes_made", NULL, info->notes_made, report->json);
	report_list(report, "cpus", "CPUs", count ? summary : NULL);
	for (size_t at = 0; registers_next(info, &at, &note); number++) {
		if (!report_row(report))
			continue;
		print_cpu(report, info, &note, number);
		report_row_end(report);
	}
	report_list_end(report);
}

static void print_ranges(struct report *report, const struct info *info)
{
	char summary[80], bytes[32];
	uint64_t total = 0;

	for (size_t i = 0; i < info->range_count; i++)
		total += info->ranges[i].size;
	snprintf(summary, sizeof(summary), "%zu, %s%s", info->range_count,
		 info->ranges_made ? "from what is known of the machine" : number_bytes(total, bytes, sizeof(bytes)),
		 info->ranges_made ? "" : " in all");
	report_bool(report, "ranges_made", NULL, info->ranges_made, report->json);
	report_list(report, "ranges", "Ranges", info->range_count ? summary : NULL);
	for (size_t i = 0; i < info->range_count; i++) {
		const struct range *range = &info->ranges[i];

		if (!report_row(report))
			continue;
		report_address(report, "physical", "physical", range->physical, true);
		report_address(report, "virtual", "virtual", range->virtual, range->virtual != RANGE_NOT_MAPPED);
		report_bytes(report, "size", "size", range->size, true);
		report_row_end(report);
	}
	report_list_end(report);
}

void facts_print_unknown(struct report *report, const struct info *info)
{
	const char *lines = info->unknown ? info->unknown : "", *line;
	char summary[16];
	unsigned count = 0;

	for (line = lines; *line; line = strchr(line, '\n') + 1)
		count++;
	snprintf(summary, sizeof(summary), "%u", count);
	report_list(report, "unknown", "Not known", count ? summary : NULL);
	for (line = lines; *line; line = strchr(line, '\n') + 1) {
		char *item = strndup(line, strcspn(line, "\n"));

		if (item)
			report_item(report, item);
		free(item);
	}
	report_list_end(report);
}

/*
 * The least number of lost pages: one for each damaged record, or what is missing from the number of pages in the
 * header, which is only a hint. Returns false when it is not known: a truncated dump without that number.
 */
static bool count_lost_pages(const struct info *info, const struct contents *contents, uint64_t *lost)
{
	*lost = contents->damaged;
	if (contents->faults && info->pages > contents->pages && info->pages - contents->pages > *lost)
		*lost = info->pages - contents->pages;
	return info->pages || contents->faults == contents->damaged;
}

/* Unknown comes last: when classes are known, it has few pages. */
static void print_classes(struct report *report, const struct contents *contents, bool known)
{
	char key[32], label[32];

	for (unsigned i = 1; i <= PAGE_CLASSES; i++) {
		enum page_class class = i % PAGE_CLASSES;

		snprintf(key, sizeof(key), "pages_%s", class_name(class));
		snprintf(label, sizeof(label), "  %s", class_name(class));
		report_number(report, key, label, contents->classes[class], known);
	}
}

void facts_print_contents(struct report *report, const struct info *info, const struct contents *contents)
{
	static const struct contents nothing;
	bool read = contents != NULL, all = report->json, faults, classes, known;
	uint64_t lost;
	char sentence[sizeof(contents->fault.text) + 80];

	if (!read)
		contents = &nothing;
	faults = contents->faults > 0;
	classes = read && (all || contents->classes[PAGE_UNKNOWN] < contents->pages);
	report_number(report, "pages_claimed", "Pages claimed", info->pages,
		      info->pages && (all || info->pages != contents->pages));
	report_number(report, "pages", "Pages", contents->pages, read);
	print_classes(report, contents, classes);
	report_number(report, "pages_zero", "Zero pages", contents->zero_pages, read && (all || contents->zero_pages));
	report_bytes(report, "stored_bytes", "Stored", contents->stored, read);
	report_bytes(report, "plain_bytes", "Unpacked", contents->plain, read);
	report_address(report, "highest_address", "Highest address", contents->end - 1, read && contents->end);
	report_bool(report, "whole", "Whole", !faults, read);
	report_number(report, "faults", "Faults", contents->faults, read && (all || faults));
	report_text(report, "first_fault", "First fault",
		    faults ? fault_sentence(&contents->fault, sentence, sizeof(sentence)) : NULL);
	known = count_lost_pages(info, contents, &lost);
	report_number(report, "pages_lost", "Pages lost", lost, read && known && (all || faults));
}

void facts_print(struct report *report, const char *file, const struct info *info, const struct contents *contents)
{
	report_text(report, "file", "File", file);
	facts_print_format(report, info);
	facts_print_kernel(report, info);
	print_cpus(report, info);
	print_ranges(report, info);
	report_text(report, "origin", "Origin", info->origin);
	facts_print_unknown(report, info);
	facts_print_contents(report, info, contents);
}
