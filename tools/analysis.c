/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints what lkcd-analyze finds. Nothing here fails because something cannot be found in the dump: it is listed as
 * unknown, with the reason, and the rest is printed. Only a lack of memory ends it. The order of the output, the keys
 * and the labels are documented in lkcd-analyze(1).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/analysis.h"
#include "tools/dmesg.h"
#include "analyze/kallsyms.h"
#include "analyze/kernel.h"
#include "analyze/kerntypes.h"
#include "analyze/log.h"
#include "analyze/sysmap.h"
#include "analyze/trace.h"
#include "cli/text.h"
#include "dump/memory.h"
#include "lkcd/machine.h"

#define REGISTERS_A_LINE 4
#define CPUS_TRACED 8192 /* the most that Linux supports; a dump can claim any number */

/* --- loading --- */

/* List what as unknown, with the reason why. Returns 0 or -FAULT_MEMORY. */
static int add_unknown(struct analysis *analysis, const char *what, const struct fault *why, struct fault *fault)
{
	char sentence[sizeof(why->text) + 80];

	if (fault_status(why->code) == 1)
		analysis->damaged = true;
	return info_add_unknown(analysis->info, fault, "%s: %s", what, fault_sentence(why, sentence, sizeof(sentence)));
}

static bool find_system_map(struct analysis *analysis, struct fault *fault)
{
	analysis->symbols = sysmap_find(analysis->root, analysis->memory, analysis->symbols_from,
					sizeof(analysis->symbols_from), fault);
	analysis->symbols_mapped = analysis->symbols != NULL;
	return analysis->symbols_mapped;
}

static int load_symbols(struct analysis *analysis, bool want_map, struct fault *fault)
{
	struct fault why;

	if (want_map && find_system_map(analysis, fault))
		return 0;
	analysis->symbols = kallsyms_load(analysis->memory, &why);
	if (analysis->symbols) {
		strcpy(analysis->symbols_from, "the dump");
		return 0;
	}
	if (why.code == FAULT_MEMORY)
		return fault_memory(fault);
	if (!want_map && find_system_map(analysis, fault))
		return 0;
	return add_unknown(analysis, "the kernel's symbols", &why, fault);
}

static int load_types(struct analysis *analysis, struct fault *fault)
{
	struct fault why;

	analysis->btf = kerntypes_load(analysis->memory, analysis->symbols, analysis->root, &why);
	if (analysis->btf)
		return 0;
	return why.code == FAULT_MEMORY ? fault_memory(fault)
					: add_unknown(analysis, "the kernel's types", &why, fault);
}

static struct kernel get_kernel(const struct analysis *analysis)
{
	return (struct kernel){ analysis->memory, analysis->symbols, analysis->btf };
}

int analysis_load_symbols(struct analysis *analysis, bool want_map, struct fault *fault)
{
	return analysis->memory ? load_symbols(analysis, want_map, fault) : 0;
}

int analysis_load_types(struct analysis *analysis, struct fault *fault)
{
	struct kernel kernel;
	uint64_t seconds;
	int status;

	if (!analysis->memory)
		return 0;
	status = load_types(analysis, fault);
	kernel = get_kernel(analysis);
	analysis->symbol_count = analysis->symbols ? symbols_count(analysis->symbols) : 0;
	if (!status)
		status = modules_load(&kernel, analysis->symbols, &analysis->modules, fault);
	if (status)
		return status;
	analysis->has_uptime = kernel_clock(&kernel, &seconds, &analysis->uptime);
	if (analysis->has_uptime && !analysis->info->seconds)
		analysis->info->seconds = seconds;
	return 0;
}

void analysis_clear(struct analysis *analysis)
{
	symbols_free(analysis->symbols);
	btf_close(analysis->btf);
	modules_clear(&analysis->modules);
}

/* --- CPUs and their traces --- */

/* One CPU, while its registers are printed. */
struct cpu {
	unsigned number;
	bool known;
	struct registers registers;
	struct note note;
};

/* tasks: NULL when they cannot be found. */
static void print_task(const struct analysis *analysis, struct report *report, const struct kernel_tasks *tasks,
		       unsigned cpu)
{
	struct kernel kernel = get_kernel(analysis);
	struct kernel_task task = { 0 };
	bool known = tasks && kernel_current(&kernel, tasks, cpu, &task);

	report_address(report, "task", "task", task.address, known);
	report_signed(report, "task_pid", "of pid", task.pid, known);
	report_text(report, "command", "command", known ? task.name : NULL);
}

/* Without names of registers, the words of the note are w0, w1, ... */
static void print_registers(struct report *report, const struct registers *registers)
{
	for (size_t i = 0; i < registers->count; i++) {
		char name[16];

		snprintf(name, sizeof(name), "w%zu", i);
		if (i % REGISTERS_A_LINE == 0)
			report_row_break(report);
		report_address(report, registers->names ? registers->names[i] : name,
			       registers->names ? registers->names[i] : name, registers->value[i], true);
	}
}

static void print_cpu_registers(const struct analysis *analysis, struct report *report,
				const struct kernel_tasks *tasks, const struct cpu *cpu)
{
	char text[SYMBOLS_TEXT] = "";

	report_number(report, "cpu", "CPU", cpu->number, true);
	report_signed(report, "pid", "pid", cpu->registers.pid, cpu->known);
	report_address(report, "pc", NULL, cpu->registers.pc, report->json && cpu->known);
	report_text(report, "symbol", "in",
		    cpu->known ? symbols_text(analysis->symbols, cpu->registers.pc, false, text) : NULL);
	print_task(analysis, report, tasks, cpu->number);
	print_registers(report, &cpu->registers);
}

/* The next CPU that left its registers; *at and *cpu start as 0. */
static bool next_cpu(const struct info *info, size_t *at, struct cpu *cpu)
{
	cpu->number = *at ? cpu->number + 1 : 0;
	if (!registers_next(info, at, &cpu->note))
		return false;
	cpu->known = registers_get(info, &cpu->note, &cpu->registers);
	return true;
}

static unsigned count_cpus(const struct info *info)
{
	struct note note;
	unsigned count = 0;

	for (size_t at = 0; registers_next(info, &at, &note);)
		count++;
	return count;
}

static void print_all_registers(const struct analysis *analysis, struct report *report)
{
	const struct info *info = analysis->info;
	struct kernel kernel = get_kernel(analysis);
	struct kernel_tasks tasks;
	bool known = analysis->memory && kernel_find_tasks(&kernel, &tasks);
	unsigned count = count_cpus(info);
	struct cpu cpu = { 0 };
	char summary[64];

	snprintf(summary, sizeof(summary), "%u%s", count, info->notes_made ? ", from the architecture header" : "");
	report_list(report, "cpus", "CPUs", count ? summary : NULL);
	for (size_t at = 0; next_cpu(info, &at, &cpu);) {
		if (!report_row(report))
			continue;
		print_cpu_registers(analysis, report, known ? &tasks : NULL, &cpu);
		report_row_end(report);
	}
	report_list_end(report);
}

/* One line in the form of crash's bt. A guess has a question mark, as in the kernel's own traces. */
static void print_frame_line(struct report *report, const struct trace_frame *frame, size_t n, const char *symbol)
{
	char sp[32] = "", text[SYMBOLS_TEXT + 128];

	if (frame->sp)
		snprintf(sp, sizeof(sp), "[%016" PRIx64 "] ", frame->sp);
	snprintf(text, sizeof(text), "%s#%zu %s%s%s at %" PRIx64 "%s", n < 10 ? " " : "", n, sp,
		 frame->guessed ? "? " : "", *symbol ? symbol : "(unknown)", frame->address,
		 n && !frame->called ? " (interrupted here)" : "");
	report_item(report, text);
}

static void print_frame_json(struct report *report, unsigned cpu, const struct trace_frame *frame, size_t n,
			     const char *symbol)
{
	if (!report_row(report))
		return;
	report_number(report, "cpu", NULL, cpu, true);
	report_number(report, "frame", NULL, n, true);
	report_address(report, "address", NULL, frame->address, true);
	report_address(report, "sp", NULL, frame->sp, frame->sp);
	report_text(report, "symbol", NULL, symbol);
	report_bool(report, "interrupted", NULL, n && !frame->called, true);
	report_bool(report, "guessed", NULL, frame->guessed, true);
	report_row_end(report);
}

static void print_trace(const struct analysis *analysis, struct report *report, unsigned cpu, const struct trace *trace)
{
	for (size_t i = 0; i < trace->count; i++) {
		const struct trace_frame *frame = &trace->frames[i];
		char symbol[SYMBOLS_TEXT] = "";

		symbols_text(analysis->symbols, frame->address, frame->called, symbol);
		if (report->json)
			print_frame_json(report, cpu, frame, i, symbol);
		else
			print_frame_line(report, frame, i, symbol);
	}
}

/* Why the trace ends before its last frame, or is only a guess; "" when it is complete. */
static const char *describe_trace_end(const struct trace *trace)
{
	switch (trace->end) {
	case TRACE_USER:
		return ": it was not in the kernel";
	case TRACE_LOST:
		return ": its stack is not in the dump";
	case TRACE_BROKEN:
		return trace->method ? "; it could not be followed to its end" : ": what was found on its stack";
	case TRACE_WHOLE:
		break;
	}
	return "";
}

static void format_trace_summary(unsigned cpu, bool panicked, const struct trace *trace, char *out, size_t room)
{
	snprintf(out, room, "CPU %u%s%s%s%s", cpu, panicked ? ", which panicked" : "", trace->method ? ", by " : "",
		 trace->method ? trace->method : "", describe_trace_end(trace));
}

/* A CPU that called one of these has panicked, or was the one that started the dump. */
static const char *const panic_functions[] = { "panic",  "__crash_kexec", "crash_kexec",    "die", "oops_end",
					       "vpanic", "machine_kexec", "crash_save_cpu", NULL };

/* Does the trace of a CPU show that it panicked? */
static bool has_panic_frame(const struct tracer *tracer, const struct cpu *cpu, struct trace *trace)
{
	if (!cpu->known)
		return false;
	trace_follow(tracer, &cpu->registers, trace);
	return trace_has(tracer, trace, panic_functions);
}

/*
 * Find the CPU that panicked: the one that the kernel recorded, if its trace shows a panic; else the first one whose
 * trace does; else the recorded one, if the dump has its registers. Returns false when it is not known.
 */
static bool find_panicked_cpu(const struct analysis *analysis, const struct tracer *tracer, struct trace *trace,
			      unsigned *panicked)
{
	struct kernel kernel = get_kernel(analysis);
	unsigned claimed = 0;
	bool is_claimed = kernel_panic_cpu(&kernel, &claimed), is_there = false;
	struct cpu cpu = { 0 };

	for (size_t at = 0; is_claimed && !is_there && next_cpu(analysis->info, &at, &cpu);)
		is_there = cpu.number == claimed;
	*panicked = claimed;
	if (is_there && has_panic_frame(tracer, &cpu, trace))
		return true;
	for (size_t at = 0; next_cpu(analysis->info, &at, &cpu) && cpu.number < CPUS_TRACED;) {
		if (!has_panic_frame(tracer, &cpu, trace))
			continue;
		*panicked = cpu.number;
		return true;
	}
	return is_there;
}

static void print_traces(const struct analysis *analysis, struct report *report)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	struct kernel kernel = get_kernel(analysis);
	struct tracer tracer;
	unsigned panicked = 0;
	bool found = false;
	struct cpu cpu = { 0 };

	if (trace && analysis->memory) {
		trace_open(&tracer, &kernel, &analysis->modules);
		found = find_panicked_cpu(analysis, &tracer, trace, &panicked);
	}
	report_number(report, "panicked_cpu", "Panicked CPU", panicked, found);
	if (report->json)
		report_list(report, "trace", NULL, NULL);
	for (size_t at = 0;
	     trace && analysis->memory && next_cpu(analysis->info, &at, &cpu) && cpu.number < CPUS_TRACED;) {
		char summary[128];

		if (!cpu.known || (found && !analysis->all_traces && cpu.number != panicked))
			continue;
		trace_follow(&tracer, &cpu.registers, trace);
		format_trace_summary(cpu.number, found && cpu.number == panicked, trace, summary, sizeof(summary));
		if (!report->json)
			report_list(report, "trace", "Call trace", summary);
		print_trace(analysis, report, cpu.number, trace);
		if (!report->json)
			report_list_end(report);
	}
	if (report->json)
		report_list_end(report);
	free(trace);
}

/* --- the log --- */

static void print_log_record(void *argument, const struct log_record *record)
{
	struct report *report = argument;
	bool timed = record->nanoseconds != LOG_TIME_UNKNOWN;
	char time[40] = "";

	if (!report->json) {
		dmesg_print(report->file, record);
		return;
	}
	if (!report_row(report))
		return;
	if (timed)
		snprintf(time, sizeof(time), "%" PRIu64 ".%06" PRIu64, record->nanoseconds / 1000000000,
			 record->nanoseconds / 1000 % 1000000);
	report_number(report, "sequence", NULL, record->sequence, true);
	report_text(report, "time", NULL, time);
	report_number(report, "level", NULL, (uint64_t)record->level, record->level >= 0);
	report_text(report, "text", NULL, record->text);
	report_row_end(report);
}

static void print_kernel_log(struct analysis *analysis, struct report *report)
{
	char sentence[sizeof(((struct fault *)NULL)->text) + 80] = "";
	struct fault fault = { 0 };
	int status;

	report_list(report, "log", "Kernel log", "");
	if (analysis->memory) {
		status = log_read(analysis->memory, print_log_record, report, &fault);
		if (status)
			fault_sentence(&fault, sentence, sizeof(sentence));
		if (status && fault_status(status) == 1)
			analysis->damaged = true;
	} else {
		strcpy(sentence, "the input cannot be searched");
	}
	report_list_end(report);
	report_text(report, "log_fault", "Log fault", sentence);
}

/* --- all of it --- */

static void print_uptime(const struct analysis *analysis, struct report *report)
{
	uint64_t up = analysis->uptime;
	char text[64];

	snprintf(text, sizeof(text), "%" PRIu64 " days, %02u:%02u:%02u", up / 86400, (unsigned)(up / 3600 % 24),
		 (unsigned)(up / 60 % 60), (unsigned)(up % 60));
	report_text(report, NULL, "Uptime", analysis->has_uptime && !report->json ? text : NULL);
}

static void print_symbol_summary(const struct analysis *analysis, struct report *report)
{
	char text[PATH_MAX + 64];
	size_t size = 0;

	if (analysis->btf)
		btf_bytes(analysis->btf, &size);
	snprintf(text, sizeof(text), "%zu, from %s", analysis->symbol_count, analysis->symbols_from);
	if (report->json) {
		report_number(report, "uptime", NULL, analysis->uptime, analysis->has_uptime);
		report_number(report, "symbols", NULL, analysis->symbol_count, analysis->symbols);
		report_text(report, "symbols_from", NULL, analysis->symbols_from);
	} else {
		print_uptime(analysis, report);
		report_text(report, NULL, "Symbols", analysis->symbols ? text : NULL);
	}
	report_bytes(report, "types_bytes", "Types", size, size);
}

static void print_modules(const struct analysis *analysis, struct report *report)
{
	char summary[16];

	snprintf(summary, sizeof(summary), "%zu", analysis->modules.count);
	report_list(report, "modules", "Modules", analysis->modules.count ? summary : NULL);
	for (size_t i = 0; i < analysis->modules.count; i++) {
		const struct module *module = &analysis->modules.module[i];

		if (!report_row(report))
			continue;
		report_text(report, "name", "name", module->name);
		report_address(report, "text", "code at", module->text, true);
		report_number(report, "text_bytes", "bytes", module->size, true);
		report_row_end(report);
	}
	report_list_end(report);
}

void analysis_print(struct analysis *analysis, struct report *report, const char *file, const struct contents *contents)
{
	report_text(report, "file", "File", file);
	facts_print_format(report, analysis->info);
	facts_print_kernel(report, analysis->info);
	print_symbol_summary(analysis, report);
	print_traces(analysis, report);
	print_all_registers(analysis, report);
	print_modules(analysis, report);
	facts_print_contents(report, analysis->info, contents);
	facts_print_unknown(report, analysis->info);
	print_kernel_log(analysis, report);
}

void analysis_write_system_map(const struct analysis *analysis, FILE *file)
{
	uint64_t offset = sysmap_offset(analysis->info);
	int digits = (int)analysis->info->bits / 4;

	for (size_t i = 0; i < symbols_count(analysis->symbols); i++) {
		struct symbol symbol = symbols_get(analysis->symbols, i);
		uint64_t address = symbol.address - (symbol.absolute ? 0 : offset);

		if (analysis->info->bits == 32)
			address &= UINT32_MAX;
		fprintf(file, "%0*" PRIx64 " ", digits, address);
		text_print(file, (char[]){ symbol.type, 0 });
		putc(' ', file);
		text_print(file, symbol.name);
		putc('\n', file);
	}
}
