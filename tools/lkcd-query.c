/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lkcd-query: shows the configuration of this machine, in LKCD's own lines, and whether a dump waits on the device. It
 * changes nothing. What it cannot find out is a reason for "not ready", not an error.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/number.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/text.h"
#include "save/device.h"
#include "save/folder.h"
#include "save/image-find.h"
#include "save/system.h"
#include "tools/settings.h"

enum { OPTION_JSON = 512, OPTION_WAITING, OPTION_ROOT };

static const struct option_row rows[] = {
	{ 'c', "config", "FILE", "print FILE, not the configuration that lkcd-config applied" },
	{ OPTION_JSON, "json", NULL, "print one JSON object" },
	{ OPTION_WAITING, "waiting", NULL, "print nothing; status 0 if a dump waits on the device, else 3" },
	{ OPTION_ROOT, "root", "DIR", "query the system below DIR" },
	{ 'q', "quiet", NULL, "print only errors" },
	{ 0, NULL, NULL, NULL },
};

struct answer {
	struct settings settings;
	bool applied, ready, has_device;
	struct device device;
	char problem[500]; /* why it is not ready */
	int waiting;       /* dumps on the device */
	struct image_found found[IMAGE_FOUND_MAX];
	uint64_t need, saved;
	bool has_saved;
};

/* Read what lkcd-config applied; if it was not run yet, the configuration; if that is missing, too, defaults. */
static int read_applied_settings(struct answer *answer, const char *file, const char *root, struct fault *fault)
{
	int status = settings_read(&answer->settings, file, root, SYSTEM_STATE, fault);

	answer->applied = !file && !status;
	if (file || !status)
		return status;
	status = settings_read(&answer->settings, NULL, root, CONFIG_FILE, fault);
	return status == -FAULT_READ ? 0 : status;
}

static void query_device(struct answer *answer, const char *root)
{
	char swap[1024];
	const char *name = system_device(root, answer->settings.config.device, swap, sizeof(swap));
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

static void query_system(struct answer *answer, const char *root)
{
	struct folder folder;
	struct fault fault;
	uint64_t *numbers;
	size_t count;

	answer->device.fd = -1;
	answer->need = system_estimate(root, answer->settings.config.level);
	if (!(answer->settings.config.flags & CONFIG_NET))
		query_device(answer, root);
	else if (!system_has_interface(root, answer->settings.config.device))
		snprintf(answer->problem, sizeof(answer->problem), "%s: there is no such network interface",
			 answer->settings.config.device);
	if (!answer->settings.config.active)
		snprintf(answer->problem, sizeof(answer->problem), "DUMP_ACTIVE is 0");
	else if (!answer->applied && !*answer->problem)
		snprintf(answer->problem, sizeof(answer->problem),
			 "the configuration was not applied yet: lkcd config");
	answer->ready = !*answer->problem;
	if (folder_read_only(&folder, answer->settings.config.folder, &fault))
		return;
	if (!folder_list(&folder, &numbers, &count, &fault)) {
		answer->has_saved = count > 0;
		answer->saved = count ? numbers[count - 1] : 0;
		free(numbers);
	}
	folder_close(&folder);
}

/* When the dump was made, in UTC. Returns text. */
static const char *format_time(const struct image_found *found, char *text, size_t room)
{
	time_t seconds = (time_t)found->seconds;
	struct tm tm;

	if (!found->seconds || !gmtime_r(&seconds, &tm) || !strftime(text, room, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(text, room, "an unknown time");
	return text;
}

static void print_text(const struct answer *answer)
{
	const struct config *config = &answer->settings.config;
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
		printf("of %s, at 0x%" PRIx64 ": ", format_time(found, names, sizeof(names)), found->offset);
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
	const struct config *config = &answer->settings.config;
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
		    answer->waiting ? format_time(&answer->found[0], names, sizeof(names)) : NULL);
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
		.usage = "[-c FILE] [-q | --json | --waiting]",
		.summary = "Show whether this machine is ready to dump, and whether a dump waits on the device.",
		.more = "Status: 0 ready to dump, 1 not ready, 2 failed; with --waiting 0 or 3.\n",
		.tables = { rows },
	};
	struct answer answer = { .device.fd = -1 };
	const char *file = NULL, *root = "";
	bool json = false, waiting = false, quiet = false;
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
		case 'q':
			quiet = true;
			break;
		}
	}
	if (optind < argc)
		options_misuse(&options, "unexpected argument %s", argv[optind]);
	if (read_applied_settings(&answer, file, root, &fault)) {
		message_fault("lkcd-query", NULL, &fault);
		config_clear(&answer.settings.config);
		return 2;
	}
	query_system(&answer, root);
	if (json)
		print_json(&answer);
	else if (!waiting && !quiet)
		print_text(&answer);
	else if (!waiting && !answer.ready)
		message_print("lkcd-query", NULL, "not ready to dump: %s", answer.problem);
	status = waiting ? (answer.waiting ? 0 : 3) : !answer.ready;
	device_close(&answer.device);
	config_clear(&answer.settings.config);
	return message_flush("lkcd-query", status);
}
