/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lkcd-info: prints the facts about a dump (by tools/facts.c), its kernel log, or the options for crash. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/dmesg.h"
#include "analyze/complete.h"
#include "analyze/log.h"
#include "tools/contents.h"
#include "tools/facts.h"
#include "tools/input.h"
#include "dump/memory.h"
#include "lkcd/machine.h"

#define ROWS_SHOWN 16

enum { OPTION_JSON = 512, OPTION_LOG, OPTION_CRASH_ARGS, OPTION_QUICK };

static const struct option_row rows[] = {
	{ OPTION_JSON, "json", NULL, "print one JSON object" },
	{ OPTION_LOG, "log", NULL, "print the kernel's log, as dmesg does" },
	{ OPTION_CRASH_ARGS, "crash-args", NULL,
	  "print the options that crash needs for an LKCD 9 image\nor raw memory made from this dump" },
	{ OPTION_QUICK, "quick", NULL, "read the headers only, not all pages" },
	{ 0, NULL, NULL, NULL },
};

/* crash looks for VMCOREINFO in ELF and kdump files only; for other formats these options replace it. */
static int print_crash_args(const struct info *info, struct fault *fault)
{
	uint64_t kaslr_offset, phys_base;

	if (!info->machine || !info->machine->text_base) /* phys_base is meaningful only there */
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "the options for crash are known for x86_64 only");
	if (!facts_kaslr_offset(info, &kaslr_offset) || !facts_phys_base(info, &phys_base))
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "the address of the kernel is not in the dump: it has no VMCOREINFO, or an old one");
	printf("--kaslr=0x%" PRIx64 " -m phys_base=0x%" PRIx64 "\n", kaslr_offset, phys_base);
	return 0;
}

static void print_record(void *argument, const struct log_record *record)
{
	dmesg_print(argument, record);
}

static int print_log(struct source *source, struct fault *fault)
{
	struct memory *memory = memory_open(source, fault);
	int status;

	if (!memory)
		return -fault->code;
	status = log_read(memory, print_record, stdout, fault);
	memory_close(memory);
	return status;
}

enum task { TASK_READ, TASK_QUICK, TASK_LOG, TASK_CRASH_ARGS };

static int print_facts(struct input *input, enum task task, bool json)
{
	struct report report = report_start(stdout, json, input->verbose ? SIZE_MAX : ROWS_SHOWN);
	struct contents contents = { 0 };
	int status = task == TASK_READ ? contents_read(input, &contents) : 0;

	facts_print(&report, input->name, &input->source->info, task == TASK_READ ? &contents : NULL);
	report_end(&report);
	return status;
}

static int describe_dump(struct input *input, enum task task, bool json)
{
	struct fault fault = { 0 };
	int status = input_open(input, &fault);

	if (!status && task == TASK_LOG)
		status = stream_spool(input->stream, &fault);
	if (!status)
		status = input_open_source(input, false, &fault);
	if (!status)
		status = complete_source(input->source, &fault);
	if (!status && task == TASK_CRASH_ARGS)
		status = print_crash_args(&input->source->info, &fault);
	if (!status && task == TASK_LOG)
		status = print_log(input->source, &fault);
	if (status) {
		status = message_fault(input->options->tool, input->name, &fault);
		if (task != TASK_LOG)
			status = 2; /* nothing was printed, so a damaged dump is a failure too */
	} else if (task == TASK_READ || task == TASK_QUICK) {
		status = print_facts(input, task, json);
	}
	input_close(input);
	return message_flush(input->options->tool, status);
}

int main(int argc, char **argv)
{
	struct options options = {
		.tool = "lkcd-info",
		.usage = "[OPTION]... [IN [PART]...]",
		.summary = "Describe a kernel dump of any format.",
		.more = "Examples:\n"
			"  lkcd-info dump.0\n"
			"  lkcd-info --json dump.0 | jq -r .release\n"
			"  lkcd-info --log vmcore | tail\n"
			"  crash $(lkcd-info --crash-args dump.0) vmlinux dump9\n",
		.tables = { rows, input_plain_rows, input_rows },
	};
	struct input input = { .options = &options };
	enum task task = TASK_READ;
	bool json = false;
	int id;

	while ((id = options_next(&options, argc, argv)) != OPTIONS_END) {
		if (id == OPTION_JSON)
			json = true;
		else if (id == OPTION_LOG)
			task = TASK_LOG;
		else if (id == OPTION_CRASH_ARGS)
			task = TASK_CRASH_ARGS;
		else if (id == OPTION_QUICK)
			task = TASK_QUICK;
		else
			input_set_option(&input, id);
	}
	input.paths = argv + optind;
	input.path_count = argc - optind;
	return describe_dump(&input, task, json);
}
