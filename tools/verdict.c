/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints the findings and the verdict of lkcd-verify. A text comes from a dump in part, so it is escaped. Relies on
 * verify/damage.c to merge findings of one kind, and on verify/rules.c for the sentences.
 */
#include <inttypes.h>
#include <stdio.h>

#include "cli/report.h"
#include "cli/text.h"
#include "tools/verdict.h"

#define LINES 18 /* of findings that fit a screen together with the rest */

static const char *verdict_name(const struct check *check)
{
	static const char *const names[] = { "whole", "incomplete", "damaged" };

	return check ? names[check->verdict] : "unreadable";
}

static const char *plural_ending(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* --- text --- */

static void print_place(const struct damage_entry *entry)
{
	if (entry->address != FAULT_NOWHERE && entry->pages > 1)
		printf("pages 0x%" PRIx64 " to 0x%" PRIx64 " (%" PRIu64 ")", entry->address, entry->end - 1,
		       entry->pages);
	else if (entry->address != FAULT_NOWHERE)
		printf("page 0x%" PRIx64, entry->address);
	if (entry->offset != FAULT_NOWHERE && entry->past > entry->offset)
		printf("%sat 0x%" PRIx64 " to 0x%" PRIx64, entry->address == FAULT_NOWHERE ? "" : " ", entry->offset,
		       entry->past - 1);
	else if (entry->offset != FAULT_NOWHERE)
		printf("%sat 0x%" PRIx64, entry->address == FAULT_NOWHERE ? "" : " ", entry->offset);
	if (entry->address != FAULT_NOWHERE || entry->offset != FAULT_NOWHERE)
		fputs(": ", stdout);
}

static void print_entry(const char *file, const struct damage_entry *entry)
{
	const struct rule *rule = rules_get(entry->rule);

	text_print(stdout, file);
	fputs(": ", stdout);
	print_place(entry);
	printf("%s: ", rule->name);
	if (entry->times > 1)
		printf("%" PRIu64 " times: %s", entry->times, rule->sentence);
	else
		text_print(stdout, entry->text ? entry->text : rule->sentence);
	fputc('\n', stdout);
}

static void print_findings(const struct verdict_options *options, const struct verdict *verdict)
{
	const struct damage *damage = verdict->check->damage;
	uint64_t shown = 0, left = 0;

	for (size_t i = 0; i < damage->count; i++) {
		const struct damage_entry *entry = &damage->entries[i];

		if (!options->verbose && rules_get(entry->rule)->weight == WEIGHT_NOTE)
			continue;
		if (options->verbose || shown < LINES) {
			print_entry(verdict->file, entry);
			shown++;
		} else {
			left += entry->times;
		}
	}
	left += damage->more;
	if (!left)
		return;
	text_print(stdout, verdict->file);
	printf(": ... and %" PRIu64 " more%s\n", left, options->verbose ? "" : " (-v lists all)");
}

/* One sentence for the administrator: what to do now. */
static const char *choose_advice(const struct verdict *verdict)
{
	const struct check *check = verdict->check;
	bool records = verdict->source->abilities & SOURCE_RECORDS;

	if (check->damage->times[RULE_SEAL] && !check->damaged && !check->missing)
		return "if you know that the file is whole, seal it again";
	if (verdict->check->damage->times[RULE_PART])
		return "name all files of the split dump, with --split";
	if (check->verdict == WEIGHT_INCOMPLETE && records && check->damage->times[RULE_INCOMPLETE] &&
	    !check->damage->times[RULE_CUT])
		return "it was incomplete when it was written; all pages in it are good";
	if (!check->good && !check->damage->times[RULE_TRAILER])
		return "restore it from a backup: it has no good pages";
	if (records)
		return "restore it from a backup, or recover the good pages with lkcd-repair";
	return "restore it from a backup, or recover the good pages with lkcd-convert";
}

static const char *describe_kernel_pages(enum check_class kernel)
{
	static const char *const sentences[] = { "it is not known whether kernel pages are lost",
						 "the kernel's pages are all there", "kernel pages are lost" };

	return sentences[kernel];
}

static void print_verdict(const struct verdict *verdict)
{
	const struct check *check = verdict->check;

	text_print(stdout, verdict->file);
	printf(": %s: ", verdict_name(check));
	if (check->verdict == WEIGHT_NOTE) {
		printf("%" PRIu64 " page%s; %s\n", check->good, plural_ending(check->good),
		       check_proof(verdict->source, verdict->unpacked, verdict->sealed));
		return;
	}
	printf("%" PRIu64 " page%s good, %" PRIu64 " damaged, %" PRIu64 " missing; %s; %s\n", check->good,
	       plural_ending(check->good), check->damaged, check->missing,
	       describe_kernel_pages(check->classes[PAGE_KERNEL]), choose_advice(verdict));
}

void verdict_print_text(const struct verdict_options *options, const struct verdict *verdict)
{
	if (!verdict->check || (options->quiet && verdict->check->verdict == WEIGHT_NOTE))
		return;
	if (!options->quiet && (options->list || options->verbose))
		print_findings(options, verdict);
	print_verdict(verdict);
}

void verdict_print_rules(void)
{
	for (int i = 1; i < RULES; i++) {
		const struct rule *rule = rules_get((enum fault_rule)i);

		printf("%-11s %-11s %s\n", rule->name, rules_weight(rule->weight), rule->sentence);
	}
}

/* --- JSON --- */

static void report_findings(struct report *report, const struct damage *damage)
{
	report_list(report, "findings", "Findings", NULL);
	for (size_t i = 0; damage && i < damage->count; i++) {
		const struct damage_entry *entry = &damage->entries[i];
		const struct rule *rule = rules_get(entry->rule);

		report_row(report);
		report_text(report, "rule", "rule", rule->name);
		report_text(report, "weight", "weight", rules_weight(rule->weight));
		report_address(report, "page", "page", entry->address, entry->address != FAULT_NOWHERE);
		report_number(report, "pages", "pages", entry->pages, true);
		report_number(report, "offset", "offset", entry->offset, entry->offset != FAULT_NOWHERE);
		report_number(report, "length", "length", entry->past - entry->offset,
			      entry->offset != FAULT_NOWHERE && entry->past > entry->offset);
		report_number(report, "times", "times", entry->times, true);
		report_text(report, "text", "text", entry->times > 1 || !entry->text ? rule->sentence : entry->text);
		report_row_end(report);
	}
	report_list_end(report);
}

void verdict_print_json(const struct verdict *verdict)
{
	static const char *const states[] = { NULL, "whole", "damaged" };
	struct report report = report_start(stdout, true, SIZE_MAX);
	const struct check *check = verdict->check;
	const struct info *info = verdict->source ? &verdict->source->info : NULL;

	report_text(&report, "file", "File", verdict->file);
	report_text(&report, "verdict", "Verdict", verdict_name(check));
	report_number(&report, "status", "Status", check ? check->verdict != WEIGHT_NOTE : 2, true);
	report_text(&report, "error", "Error", verdict->fault && !check ? verdict->fault->text : NULL);
	report_text(&report, "format", "Format", info ? info->format : NULL);
	report_number(&report, "version", "Version", info ? info->version : 0, info && info->version);
	report_number(&report, "page_size", "Page size", info ? info->page_size : 0, info);
	report_bool(&report, "unpacked", "Unpacked", verdict->unpacked, info);
	report_bool(&report, "sealed", "Sealed", verdict->sealed, info);
	report_text(&report, "proof", "Proof",
		    check && check->verdict == WEIGHT_NOTE
			    ? check_proof(verdict->source, verdict->unpacked, verdict->sealed)
			    : NULL);
	report_number(&report, "pages_good", "Good", check ? check->good : 0, check);
	report_number(&report, "pages_damaged", "Damaged", check ? check->damaged : 0, check);
	report_number(&report, "pages_missing", "Missing", check ? check->missing : 0, check);
	report_text(&report, "kernel_pages", "Kernel", check ? states[check->classes[PAGE_KERNEL]] : NULL);
	report_text(&report, "used_pages", "Used", check ? states[check->classes[PAGE_USED]] : NULL);
	report_text(&report, "unused_pages", "Unused", check ? states[check->classes[PAGE_UNUSED]] : NULL);
	report_findings(&report, check ? check->damage : NULL);
	report_number(&report, "findings_more", "More", check ? check->damage->more : 0, check);
	report_end(&report);
}
