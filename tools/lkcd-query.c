/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lkcd-query: how this machine is prepared, in LKCD's own lines, and whether a dump is waiting. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/die.h"
#include "cli/number.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/text.h"
#include "save/config.h"
#include "save/device.h"
#include "save/folder.h"
#include "save/image.h"
#include "save/system.h"

enum { OPTION_JSON = 512, OPTION_WAITING, OPTION_ROOT };

static const struct option_row rows[] = {
	{ 'c', "config", "FILE", "print FILE, not the configuration that lkcd-config applied" },
	{ OPTION_JSON, "json", NULL, "print one JSON object" },
	{ OPTION_WAITING, "waiting", NULL, "print nothing; status 0 if a dump waits on the device, else 3" },
	{ OPTION_ROOT, "root", "DIR", "query the system below DIR" },
	{ 'q', "quiet", NULL, "no effect" },
	{ 0, NULL, NULL, NULL },
};

struct answer {
	struct config config;
	bool applied, ready, has_device;
	struct device device;
	char problem[500]; /* why it is not ready */
	int waiting;       /* dumps on the device */
	struct image_found found[IMAGE_FOUND_MAX];
	uint64_t need, saved;
	bool has_saved;
};

/* The applied state; where there is none, the file. */
static int read_config(struct answer *answer, const char *file, const char *root, struct fault *fault)
{
	struct config_remarks quiet = { 0 };
	char *whole;
	int status = config_start(&answer->config, fault);

	if (status || asprintf(&whole, "%s%s", file ? "" : root, file ? file : SYSTEM_STATE) < 0)
		return status ? status : fault_memory(fault);
	status = config_read(&answer->config, whole, &quiet, fault);
	free(whole);
	if (file && status)
		return fault_prepend(fault, "%s", file);
	answer->applied = !file && !status;
	if (!status || asprintf(&whole, "%s" CONFIG_FILE, root) < 0)
		return 0;
	status = config_read(&answer->config, whole, &quiet, fault);
	free(whole);
	return status == -FAULT_READ ? 0 : status;
}

static void ask_disk(struct answer *answer, const char *root)
{
	char swap[1024];
	const char *name = system_device(root, answer->config.device, swap, sizeof(swap));
	struct fault fault;

	answer->has_device = !device_open(&answer->device, name, root, &fault);
	if (!answer->has_device) {
		snprintf(answer->problem, sizeof(answer->problem), "%s: %s", name, fault.text);
		return;
	}
	answer->waiting = image_find(answer->device.fd, answer->device.size, answer->found, &fault);
	if (answer->waiting < 0) {
		snprintf(answer->problem, sizeof(answer->problem), "%s: %s", name, fault.text);
		answer->waiting = 0;
	} else if (answer->need > answer->device.size) {
		snprintf(answer->problem, sizeof(answer->problem),
			 "the device is smaller than a dump of this level can be");
	}
}

static void ask(struct answer *answer, const char *root)
{
	struct folder folder;
	struct fault fault;
	uint64_t *numbers;
	size_t count;

	answer->device.fd = -1;
	answer->need = system_estimate(root, answer->config.level);
	if (!(answer->config.flags & CONFIG_NET))
		ask_disk(answer, root);
	else if (!system_has_interface(root, answer->config.device))
		snprintf(answer->problem, sizeof(answer->problem), "%s: there is no such network interface",
			 answer->config.device);
	if (!answer->config.active)
		snprintf(answer->problem, sizeof(answer->problem), "DUMP_ACTIVE is 0");
	else if (!answer->applied && !*answer->problem)
		snprintf(answer->problem, sizeof(answer->problem),
			 "the configuration was not applied yet: lkcd config");
	answer->ready = !*answer->problem;
	if (folder_look(&folder, answer->config.folder, &fault))
		return;
	if (!folder_list(&folder, &numbers, &count, &fault)) {
		answer->has_saved = count > 0;
		answer->saved = count ? numbers[count - 1] : 0;
		free(numbers);
	}
	folder_close(&folder);
}

static const char *when(const struct image_found *found, char *text, size_t room)
{
	time_t seconds = (time_t)found->seconds;
	struct tm tm;

	if (!found->seconds || !gmtime_r(&seconds, &tm) || !strftime(text, room, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(text, room, "an unknown time");
	return text;
}

static void print_text(const struct answer *answer)
{
	const struct config *config = &answer->config;
	const struct image_found *found = &answer->found[0];
	char names[160], size[32], has[32];

	printf("Configured dump device:  0x%" PRIx32 "\n", device_number(&answer->device));
	printf("Configured dump flags:  %s\n", config_flag_names(config->flags, names, sizeof(names)));
	printf("Configured dump level:  %s\n", config_level_names(config->level, names, sizeof(names)));
	printf("Configured dump compression method:  %s\n",
	       config_compress_name(config->compress, names, sizeof(names)));
	printf("Ready to dump:  %s", answer->ready ? "yes" : "no, ");
	text_print(stdout, answer->problem);
	printf("\nDump waiting to be saved:  ");
	if (answer->waiting) {
		printf("of %s, at 0x%" PRIx64 ": ", when(found, names, sizeof(names)), found->offset);
		text_print(stdout, *found->panic ? found->panic : "no panic string");
	} else {
		printf("none");
	}
	if (answer->has_device && answer->need)
		printf("\nA dump now would take:  at most %s of %s", number_bytes(answer->need, size, sizeof(size)),
		       number_bytes(answer->device.size, has, sizeof(has)));
	printf("\nLast saved dump:  ");
	if (answer->has_saved) {
		text_print(stdout, config->folder);
		printf("/%" PRIu64 "\n", answer->saved);
	} else {
		printf("none\n");
	}
}

static void print_json(const struct answer *answer)
{
	struct report report = report_start(stdout, true, SIZE_MAX);
	const struct config *config = &answer->config;
	char names[160], number[16], path[4300];

	snprintf(number, sizeof(number), "0x%" PRIx32, device_number(&answer->device));
	snprintf(path, sizeof(path), "%s/%" PRIu64, config->folder, answer->saved);
	report_text(&report, "device", NULL, config->device);
	report_text(&report, "device_number", NULL, number);
	report_text(&report, "flags", NULL, config_flag_names(config->flags, names, sizeof(names)));
	report_text(&report, "level", NULL, config_level_names(config->level, names, sizeof(names)));
	report_text(&report, "compression", NULL, config_compress_name(config->compress, names, sizeof(names)));
	report_bool(&report, "applied", NULL, answer->applied, true);
	report_bool(&report, "ready", NULL, answer->ready, true);
	report_text(&report, "problem", NULL, answer->problem);
	report_number(&report, "waiting", NULL, (uint64_t)answer->waiting, true);
	report_address(&report, "waiting_at", NULL, answer->found[0].offset, answer->waiting > 0);
	report_text(&report, "waiting_time", NULL,
		    answer->waiting ? when(&answer->found[0], names, sizeof(names)) : NULL);
	report_text(&report, "waiting_panic", NULL, answer->waiting ? answer->found[0].panic : NULL);
	report_number(&report, "device_bytes", NULL, answer->device.size, answer->has_device);
	report_number(&report, "needed_bytes", NULL, answer->need, answer->need > 0);
	report_text(&report, "last_saved", NULL, answer->has_saved ? path : NULL);
	report_end(&report);
}

int main(int argc, char **argv)
{
	struct options options = {
		.tool = "lkcd-query",
		.usage = "[-c FILE] [--json | --waiting]",
		.summary = "Show whether this machine is ready to dump, and whether a dump waits on the device.",
		.more = "Status: 0 ready to dump, 1 not ready, 2 failed; with --waiting 0 or 3.\n",
		.tables = { rows },
	};
	struct answer answer = { .device.fd = -1 };
	const char *file = NULL, *root = "";
	bool json = false, waiting = false;
	struct fault fault;
	int id, status;

	while ((id = options_next(&options, argc, argv)) != OPTIONS_END) {
		switch (id) {
		case 'c':
			file = options.value;
			break;
		case OPTION_JSON:
			json = true;
			break;
		case OPTION_WAITING:
			waiting = true;
			break;
		case OPTION_ROOT:
			root = options.value;
			break;
		}
	}
	if (optind < argc)
		options_misuse(&options, "unexpected argument %s", argv[optind]);
	if (read_config(&answer, file, root, &fault)) {
		die_say("lkcd-query", NULL, &fault);
		config_clear(&answer.config);
		return 2;
	}
	ask(&answer, root);
	if (json)
		print_json(&answer);
	else if (!waiting)
		print_text(&answer);
	status = waiting ? (answer.waiting ? 0 : 3) : !answer.ready;
	device_close(&answer.device);
	config_clear(&answer.config);
	return die_flush("lkcd-query", status);
}
