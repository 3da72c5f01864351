/* SPDX-License-Identifier: GPL-2.0-or-later */
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

static const char *plural(uint64_t n)
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

static void print_list(const struct tell *tell, const struct told *told)
{
	const struct damage *damage = told->check->damage;
	uint64_t shown = 0, left = 0;

	for (size_t i = 0; i < damage->count; i++) {
		const struct damage_entry *entry = &damage->entries[i];

		if (!tell->verbose && rules_get(entry->rule)->weight == WEIGHT_NOTE)
			continue;
		if (tell->verbose || shown < LINES) {
			print_entry(told->file, entry);
			shown++;
		} else {
			left += entry->times;
		}
	}
	left += damage->more;
	if (!left)
		return;
	text_print(stdout, told->file);
	printf(": ... and %" PRIu64 " more%s\n", left, tell->verbose ? "" : " (-v lists all)");
}

/* What to do: one sentence for the administrator. */
static const char *advice(const struct told *told)
{
	const struct check *check = told->check;
	bool records = told->source->abilities & SOURCE_RECORDS;

	if (check->damage->times[RULE_SEAL] && !check->damaged && !check->missing)
		return "seal it again, if you know it to be whole";
	if (told->check->damage->times[RULE_PART])
		return "name all files of the split dump, with --split";
	if (check->verdict == WEIGHT_INCOMPLETE && records && check->damage->times[RULE_INCOMPLETE] &&
	    !check->damage->times[RULE_CUT])
		return "it was so when it was written; what is there is good";
	if (!check->good && !check->damage->times[RULE_TRAILER])
		return "take it from a backup: there is nothing good in it";
	if (records)
		return "take it from a backup, or save what is good with lkcd-repair";
	return "take it from a backup, or save what is good with lkcd-convert";
}

static const char *kernel_sentence(enum check_class kernel)
{
	static const char *const sentences[] = { "which of them are the kernel's is not known",
						 "the kernel's pages are all there", "kernel pages are lost" };

	return sentences[kernel];
}

static void print_verdict(const struct told *told)
{
	const struct check *check = told->check;

	text_print(stdout, told->file);
	printf(": %s: ", verdict_name(check));
	if (check->verdict == WEIGHT_NOTE) {
		printf("%" PRIu64 " page%s; %s\n", check->good, plural(check->good),
		       check_proof(told->source, told->unpacked, told->sealed));
		return;
	}
	printf("%" PRIu64 " page%s good, %" PRIu64 " damaged, %" PRIu64 " missing; %s; %s\n", check->good,
	       plural(check->good), check->damaged, check->missing, kernel_sentence(check->classes[PAGE_KERNEL]),
	       advice(told));
}

void verdict_text(const struct tell *tell, const struct told *told)
{
	if (!told->check || (tell->quiet && told->check->verdict == WEIGHT_NOTE))
		return;
	if (!tell->quiet && (tell->list || tell->verbose))
		print_list(tell, told);
	print_verdict(told);
}

void verdict_rules(void)
{
	for (int i = 1; i < RULES; i++) {
		const struct rule *rule = rules_get((enum fault_rule)i);

		printf("%-11s %-11s %s\n", rule->name, rules_weight(rule->weight), rule->sentence);
	}
}

/* --- JSON --- */

static void tell_findings(struct report *report, const struct damage *damage)
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

void verdict_json(const struct told *told)
{
	static const char *const states[] = { NULL, "whole", "damaged" };
	struct report report = report_start(stdout, true, SIZE_MAX);
	const struct check *check = told->check;
	const struct info *info = told->source ? &told->source->info : NULL;

	report_text(&report, "file", "File", told->file);
	report_text(&report, "verdict", "Verdict", verdict_name(check));
	report_number(&report, "status", "Status", check ? check->verdict != WEIGHT_NOTE : 2, true);
	report_text(&report, "error", "Error", told->fault && !check ? told->fault->text : NULL);
	report_text(&report, "format", "Format", info ? info->format : NULL);
	report_number(&report, "version", "Version", info ? info->version : 0, info && info->version);
	report_number(&report, "page_size", "Page size", info ? info->page_size : 0, info);
	report_bool(&report, "unpacked", "Unpacked", told->unpacked, info);
	report_bool(&report, "sealed", "Sealed", told->sealed, info);
	report_text(&report, "proof", "Proof",
		    check && check->verdict == WEIGHT_NOTE ? check_proof(told->source, told->unpacked, told->sealed)
							   : NULL);
	report_number(&report, "pages_good", "Good", check ? check->good : 0, check);
	report_number(&report, "pages_damaged", "Damaged", check ? check->damaged : 0, check);
	report_number(&report, "pages_missing", "Missing", check ? check->missing : 0, check);
	report_text(&report, "kernel_pages", "Kernel", check ? states[check->classes[PAGE_KERNEL]] : NULL);
	report_text(&report, "used_pages", "Used", check ? states[check->classes[PAGE_USED]] : NULL);
	report_text(&report, "unused_pages", "Unused", check ? states[check->classes[PAGE_UNUSED]] : NULL);
	tell_findings(&report, check ? check->damage : NULL);
	report_number(&report, "findings_more", "More", check ? check->damage->more : 0, check);
	report_end(&report);
}
