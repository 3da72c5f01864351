/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints facts as text lines or as one JSON object. It keeps the depth and the number of facts, for the separators. */
#include <inttypes.h>
#include <string.h>

#include "cli/number.h"
#include "cli/report.h"
#include "cli/text.h"

#define COLUMN 18 /* where the values start in text */

struct report report_start(FILE *file, bool json, size_t most)
{
	return (struct report){ .file = file, .json = json, .most = most };
}

/* Print the separator before the first, or before a later, element of each depth. */
static void print_separator(struct report *report)
{
	static const char *const text[3][2] = { { "", "" }, { "  ", "  " }, { "", ", " } };
	static const char *const json[3][2] = { { "{\n  ", ",\n  " }, { "\n    ", ",\n    " }, { "{", ", " } };

	fputs((report->json ? json : text)[report->depth][report->printed[report->depth]++ > 0], report->file);
}

static void print_fact_name(struct report *report, const char *key, const char *name)
{
	print_separator(report);
	if (report->json)
		fprintf(report->file, "\"%s\": ", key);
	else if (report->depth)
		fprintf(report->file, "%s ", name);
	else
		fprintf(report->file, "%s:%*s", name, COLUMN - 1 - (int)strlen(name), "");
}

/* Print everything before the value; false when there is no value to print. */
static bool begin_fact(struct report *report, const char *key, const char *name, bool known)
{
	if (!known && !report->json)
		return false;
	print_fact_name(report, key, name);
	if (!known)
		fputs("null", report->file);
	return known;
}

static void end_fact(struct report *report)
{
	if (!report->json && !report->depth)
		fputc('\n', report->file);
}

void report_text(struct report *report, const char *key, const char *name, const char *value)
{
	if (!begin_fact(report, key, name, value && *value))
		return;
	(report->json ? text_print_json : text_print)(report->file, value);
	end_fact(report);
}

void report_number(struct report *report, const char *key, const char *name, uint64_t value, bool known)
{
	if (!begin_fact(report, key, name, known))
		return;
	fprintf(report->file, "%" PRIu64, value);
	end_fact(report);
}

void report_signed(struct report *report, const char *key, const char *name, int64_t value, bool known)
{
	if (!begin_fact(report, key, name, known))
		return;
	fprintf(report->file, "%" PRId64, value);
	end_fact(report);
}

void report_address(struct report *report, const char *key, const char *name, uint64_t value, bool known)
{
	if (!begin_fact(report, key, name, known))
		return;
	fprintf(report->file, report->json ? "\"0x%" PRIx64 "\"" : "0x%" PRIx64, value);
	end_fact(report);
}

void report_bytes(struct report *report, const char *key, const char *name, uint64_t value, bool known)
{
	char text[32];

	if (!begin_fact(report, key, name, known))
		return;
	fprintf(report->file, "%" PRIu64, value);
	if (!report->json && value >= 1024)
		fprintf(report->file, " (%s)", number_bytes(value, text, sizeof(text)));
	end_fact(report);
}

void report_bool(struct report *report, const char *key, const char *name, bool value, bool known)
{
	if (!begin_fact(report, key, name, known))
		return;
	fputs(report->json ? (value ? "true" : "false") : value ? "yes" : "no", report->file);
	end_fact(report);
}

void report_list(struct report *report, const char *key, const char *name, const char *summary)
{
	if (report->json) {
		print_fact_name(report, key, name);
		fputc('[', report->file);
	} else if (summary) {
		print_fact_name(report, key, name);
		fprintf(report->file, "%s\n", summary);
	}
	report->depth = 1;
	report->printed[1] = 0;
}

void report_list_end(struct report *report)
{
	if (report->json)
		fputs(report->printed[1] ? "\n  ]" : "]", report->file);
	else if (report->printed[1] > report->most)
		fprintf(report->file, "  ... and %zu more (-v lists all)\n", report->printed[1] - report->most);
	report->depth = 0;
}

bool report_row(struct report *report)
{
	if (!report->json && report->printed[1] >= report->most) {
		report->printed[1]++;
		return false;
	}
	print_separator(report);
	report->depth = 2;
	report->printed[2] = 0;
	return true;
}

void report_row_break(struct report *report)
{
	if (report->json)
		return;
	fputs("\n    ", report->file);
	report->printed[2] = 0;
}

void report_row_end(struct report *report)
{
	fputc(report->json ? '}' : '\n', report->file);
	report->depth = 1;
}

void report_item(struct report *report, const char *value)
{
	print_separator(report);
	(report->json ? text_print_json : text_print)(report->file, value);
	if (!report->json)
		fputc('\n', report->file);
}

void report_end(struct report *report)
{
	if (report->json)
		fputs("\n}\n", report->file);
}
