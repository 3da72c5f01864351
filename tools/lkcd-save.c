/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lkcd-save: the dump from the dump device into the dump directory, or into a file or pipe. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/die.h"
#include "cli/number.h"
#include "cli/options.h"
#include "lkcd/output.h"
#include "save/config.h"
#include "save/save.h"
#include "save/system.h"

#define STATUS_NONE 3
#define FINDINGS_SHOWN 20

enum { OPTION_CLEAR = 512, OPTION_FORCE, OPTION_PROGRESS, OPTION_ROOT };

static const struct option_row rows[] = {
	{ 'd', "device", "DEVICE", "save the dump from DEVICE, which can be a file" },
	{ 'D', "directory", "DIR", "save into DIR/N" },
	{ 'n', "no-clear", NULL, "leave the dump on the device, too" },
	{ 'o', "output", "OUT", "write the dump to OUT (-: standard output), and leave it\non the device" },
	{ OPTION_CLEAR, "clear", NULL, "with -o: clear the device after everything is written" },
	{ 'c', "config", "FILE", "read FILE instead of " CONFIG_FILE },
	{ OPTION_FORCE, "force", NULL, "save even if the space seems too small, or there are too\nmany dumps" },
	{ OPTION_ROOT, "root", "DIR", "look for /etc, /proc, /sys and the device below DIR" },
	{ 'q', "quiet", NULL, "print only errors" },
	{ 'v', "verbose", NULL, "print every finding, and a message if there is no dump" },
	{ OPTION_PROGRESS, "progress", NULL, "report progress even if stderr is not a terminal" },
	{ 0, NULL, NULL, NULL },
};

struct work {
	struct options *options;
	const char *device_name, *folder_name, *out, *config_file, *root;
	bool no_clear, clear, force, quiet, verbose, ask_progress;
	struct config config;
	struct device device;
	struct die_findings findings;
	struct progress shown;
};

static void tell_remark(struct config_remarks *remarks, bool error, const char *file, unsigned line, const char *text)
{
	(void)remarks;
	die_tell("lkcd-save", file, "line %u: %s%s", line, error ? "" : "warning: ", text);
}

/* The device keeps the dump until the next swapon at most: a slip in the configuration must not lose it, so defaults
 * do. */
static int read_config(struct work *work, struct fault *fault)
{
	struct config_remarks remarks = { .tell = tell_remark };
	const char *file = work->config_file ? work->config_file : CONFIG_FILE;
	char *whole;
	int status = config_start(&work->config, fault);

	if (status || asprintf(&whole, "%s%s", work->config_file ? "" : work->root, file) < 0)
		return status ? status : fault_memory(fault);
	status = config_read(&work->config, whole, &remarks, fault);
	if (status == -FAULT_READ && !work->config_file)
		status = 0;
	else if (status)
		fault_prepend(fault, "%s", whole);
	free(whole);
	return status;
}

static void say(struct save *save, const char *sentence)
{
	struct work *work = save->argument;

	progress_clear(&work->shown);
	if (!work->quiet)
		die_tell("lkcd-save", NULL, "%s", sentence);
}

static void show(struct save *save, uint64_t done, uint64_t total)
{
	struct work *work = save->argument;

	progress_show(&work->shown, done, total);
}

static int to_folder(struct work *work, struct folder *folder, const struct image_found *found)
{
	struct save save = {
		.device = &work->device,
		.folder = folder,
		.findings = &work->findings.findings,
		.min_free = work->config.min_free,
		.keep = work->config.keep,
		.rotate = work->config.rotate,
		.image = work->config.save,
		.force = work->force,
		.clear = !work->no_clear,
		.tell = say,
		.progress = show,
		.argument = work,
	};
	struct fault fault;
	char size[32];
	int status = save_dump(&save, found, &fault);

	progress_end(&work->shown);
	if (status) {
		die_say("lkcd-save", NULL, &fault);
		return 2;
	}
	if (!work->quiet && save.image)
		die_tell("lkcd-save", NULL, "%s %s/%" PRIu64 "/dump.%" PRIu64 ": %" PRIu64 " pages, %s%s%s",
			 save.again ? "was saved before as" : "saved", folder->path, save.number, save.number,
			 save.pages, number_bytes(save.bytes, size, sizeof(size)), save.whole ? "" : ", INCOMPLETE",
			 work->no_clear ? "; the device keeps it too" : "");
	return save.whole ? 0 : 1;
}

static int all_to_folder(struct work *work, const struct image_found *found, int count)
{
	const char *name = work->folder_name ? work->folder_name : work->config.folder;
	struct folder folder;
	struct fault fault;
	int status = folder_open(&folder, name, &fault), worst = 0;

	if (status == FOLDER_BUSY) {
		die_tell("lkcd-save", NULL, "another lkcd-save is at work in %s", name);
		return 2;
	}
	if (status) {
		die_say("lkcd-save", NULL, &fault);
		return 2;
	}
	if (count > 1 && !work->quiet)
		die_tell("lkcd-save", NULL, "%d dumps are on the device; the newest is saved first", count);
	for (int i = 0; i < count && worst < 2; i++) {
		status = to_folder(work, &folder, &found[i]);
		worst = status > worst ? status : worst;
	}
	folder_close(&folder);
	return worst;
}

static int put(struct image_copy *copy, const void *data, size_t size, struct fault *fault)
{
	return output_write(copy->argument, data, size, fault);
}

static int to_output(struct work *work, const struct image_found *found)
{
	struct fault fault;
	struct output *output = output_open(work->out, &fault);
	struct image_copy copy = {
		.fd = work->device.fd,
		.start = found->offset,
		.size = work->device.size,
		.findings = &work->findings.findings,
		.write = put,
		.argument = output,
	};
	int status = output ? image_save(&copy, &fault) : -fault.code;

	if (!status)
		status = output_commit(output, &fault);
	if (!status && work->clear)
		status = device_clear(&work->device, found->offset, found->head, IMAGE_HEAD, &fault);
	output_close(output);
	if (status)
		die_say("lkcd-save", NULL, &fault);
	return status ? 2 : !copy.whole;
}

/* Writing to a device that the system swaps to would ruin what was swapped; and what is there need not be the dump. */
static int check_use(struct work *work, bool clears)
{
	char by[256];
	enum device_use use = device_used(&work->device, work->root, by);

	if (use == DEVICE_FREE || !clears)
		return 0;
	if (use == DEVICE_SWAP)
		die_tell("lkcd-save", work->device.path, "is in use as swap: swapoff it first, or save with -n");
	else
		die_tell("lkcd-save", work->device.path, "is in use (%s), so it is not written to: save with -n", by);
	return 2;
}

static int run(struct work *work)
{
	char swap[1024];
	const char *name = system_device(work->root, work->device_name ? work->device_name : work->config.device, swap,
					 sizeof(swap));
	struct image_found found[IMAGE_FOUND_MAX];
	struct fault fault;
	int count, status;

	if (device_open(&work->device, name, work->root, &fault)) {
		die_say("lkcd-save", name, &fault);
		return 2;
	}
	count = image_find(work->device.fd, work->device.size, found, &fault);
	if (count < 0) {
		die_say("lkcd-save", name, &fault);
		return 2;
	}
	if (!count) {
		if (work->verbose)
			die_tell("lkcd-save", name, "there is no dump");
		return STATUS_NONE;
	}
	status = check_use(work, work->out ? work->clear : !work->no_clear);
	if (status)
		return status;
	status = work->out ? to_output(work, &found[0]) : all_to_folder(work, found, count);
	die_rest(&work->findings);
	return status;
}

static void set_option(struct work *work, int id)
{
	const char *value = work->options->value;

	switch (id) {
	case 'd':
		work->device_name = value;
		break;
	case 'D':
		work->folder_name = value;
		break;
	case 'o':
		work->out = value;
		break;
	case 'c':
		work->config_file = value;
		break;
	case 'n':
		work->no_clear = true;
		break;
	case 'q':
		work->quiet = true;
		break;
	case 'v':
		work->verbose = true;
		break;
	case OPTION_CLEAR:
		work->clear = true;
		break;
	case OPTION_FORCE:
		work->force = true;
		break;
	case OPTION_ROOT:
		work->root = value;
		break;
	case OPTION_PROGRESS:
		work->ask_progress = true;
		break;
	}
}

int main(int argc, char **argv)
{
	struct options options = {
		.tool = "lkcd-save",
		.usage = "[-d DEVICE] [-D DIR] [-n] [-o OUT [--clear]]",
		.summary = "Save a kernel dump from the dump device.",
		.more = "Examples:\n"
			"  lkcd-save                     save as /etc/sysconfig/dump configures\n"
			"  lkcd-save -n -d /dev/sdb2     save, but leave the dump on the device\n"
			"  lkcd-save -o - | lkcd-compress | ssh host 'cat > dump.0'\n"
			"Status: 0 saved, 1 saved but incomplete, 2 failed, 3 there is no dump.\n",
		.tables = { rows },
	};
	struct work work = { .options = &options, .root = "", .device.fd = -1 };
	struct fault fault;
	int id, status;

	while ((id = options_next(&options, argc, argv)) != OPTIONS_END)
		set_option(&work, id);
	if (optind < argc)
		options_misuse(&options, "unexpected argument %s: the device is named with -d", argv[optind]);
	if (work.clear && !work.out)
		options_misuse(&options, "--clear is for -o: else the device is cleared anyway");
	if (work.out && (work.folder_name || work.no_clear))
		options_misuse(&options, "-o goes with neither -D nor -n");
	signal(SIGPIPE, SIG_IGN);
	work.shown = progress_start(work.ask_progress, work.quiet);
	work.findings = die_findings("lkcd-save", NULL, work.verbose ? UINT64_MAX : FINDINGS_SHOWN, &work.shown);
	status = 2;
	if (read_config(&work, &fault))
		die_say("lkcd-save", NULL, &fault);
	else
		status = run(&work);
	device_close(&work.device);
	config_clear(&work.config);
	return status;
}
