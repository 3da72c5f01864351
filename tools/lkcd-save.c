/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lkcd-save: saves the dump from the dump device in the dump directory, or in a file or pipe. Relies on save/save.c for
 * the order of the steps that keeps the dump safe.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/number.h"
#include "cli/options.h"
#include "lkcd/output.h"
#include "save/image.h"
#include "save/save.h"
#include "save/system.h"
#include "tools/settings.h"

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
	struct steps steps; /* must be first: print_step() gets a pointer to it */
	struct options *options;
	const char *device_name, *folder_name, *out, *config_file, *root;
	bool no_clear, clear, force, quiet, verbose, ask_progress;
	struct settings settings;
	struct device device;
	struct message_findings findings;
	struct progress shown;
};

/*
 * The next swapon destroys the dump on the device, so an error in the configuration must not prevent saving: wrong
 * words and a missing file mean defaults. Only a file that -c names has to exist.
 */
static int read_settings_or_defaults(struct work *work, struct fault *fault)
{
	int status = settings_read(&work->settings, work->config_file, work->root, CONFIG_FILE, fault);

	return status == -FAULT_READ && !work->config_file ? 0 : status;
}

static void print_step(struct steps *steps, const char *sentence)
{
	struct work *work = (struct work *)steps;

	progress_clear(&work->shown);
	if (!work->quiet)
		message_print("lkcd-save", NULL, "%s", sentence);
}

static void show_saving(struct steps *steps, uint64_t done, uint64_t total)
{
	progress_show(&((struct work *)steps)->shown, done, total);
}

static void print_saved(const struct work *work, const char *folder, const struct save_result *result)
{
	char size[32];

	message_print("lkcd-save", NULL, "%s %s/%" PRIu64 "/dump.%" PRIu64 ": %" PRIu64 " pages, %s%s%s",
		      result->again ? "was already saved as" : "saved", folder, result->number, result->number,
		      result->pages, number_bytes(result->bytes, size, sizeof(size)),
		      result->whole ? "" : ", INCOMPLETE", work->no_clear ? "; it is still on the device, too" : "");
}

static int save_to_folder(struct work *work, struct folder *folder, const struct image_found *found)
{
	const struct config *config = &work->settings.config;
	const struct save save = {
		.device = &work->device,
		.folder = folder,
		.limits = { config->min_free, config->keep, config->rotate, work->force },
		.image = config->save,
		.clear = !work->no_clear,
		.findings = &work->findings.findings,
		.steps = &work->steps,
	};
	struct save_result result;
	struct fault fault;
	int status = save_dump(&save, found, &result, &fault);

	progress_end(&work->shown);
	if (status) {
		message_fault("lkcd-save", NULL, &fault);
		return 2;
	}
	if (!work->quiet && save.image)
		print_saved(work, folder->path, &result);
	return result.whole ? 0 : 1;
}

static int save_all_to_folder(struct work *work, const struct image_found *found, int count)
{
	const char *name = work->folder_name ? work->folder_name : work->settings.config.folder;
	struct folder folder;
	struct fault fault;
	int status = folder_open(&folder, name, &fault), worst = 0;

	if (status == FOLDER_BUSY) {
		message_print("lkcd-save", NULL, "another lkcd-save is running in %s", name);
		return 2;
	}
	if (status) {
		message_fault("lkcd-save", NULL, &fault);
		return 2;
	}
	if (count > 1 && !work->quiet)
		message_print("lkcd-save", NULL, "%d dumps are on the device; the newest is saved first", count);
	for (int i = 0; i < count && worst < 2; i++) {
		status = save_to_folder(work, &folder, &found[i]);
		worst = status > worst ? status : worst;
	}
	folder_close(&folder);
	return worst;
}

/* An image_writer that writes to -o OUT. */
struct output_writer {
	struct image_writer writer;
	struct output *output;
};

static int write_output(struct image_writer *writer, uint64_t offset, const void *data, size_t size,
			struct fault *fault)
{
	(void)offset;
	return output_write(((struct output_writer *)writer)->output, data, size, fault);
}

static int save_to_output(struct work *work, const struct image_found *found)
{
	struct image_place place = { work->device.fd, found->offset, work->device.size };
	struct output_writer writer = { { write_output }, NULL };
	struct image_result image = { 0 };
	struct fault fault;
	int status;

	writer.output = output_open(work->out, &fault);
	status = writer.output ? image_copy(&place, &work->findings.findings, &writer.writer, &image, &fault)
			       : -fault.code;
	if (!status)
		status = output_commit(writer.output, &fault);
	if (!status && work->clear)
		status = device_clear(&work->device, found->offset, found->head, IMAGE_HEAD, &fault);
	output_close(writer.output);
	if (status)
		message_fault("lkcd-save", NULL, &fault);
	return status ? 2 : !image.whole;
}

/* Clearing a device that is in use as swap would destroy swapped memory, and what is read there may not be the dump. */
static int check_clearable(struct work *work, bool clears)
{
	char by[256];
	enum device_use use = device_used(&work->device, work->root, by);

	if (use == DEVICE_FREE || !clears)
		return 0;
	if (use == DEVICE_SWAP)
		message_print("lkcd-save", work->device.path, "is in use as swap: run swapoff first, or save with -n");
	else
		message_print("lkcd-save", work->device.path,
			      "is in use (%s), so the dump on it cannot be cleared: save with -n", by);
	return 2;
}

static int save_dumps(struct work *work)
{
	char swap[1024];
	const char *name = system_device(
		work->root, work->device_name ? work->device_name : work->settings.config.device, swap, sizeof(swap));
	struct image_found found[IMAGE_FOUND_MAX];
	struct fault fault;
	int count, status;

	if (device_open(&work->device, name, work->root, &fault)) {
		message_fault("lkcd-save", name, &fault);
		return 2;
	}
	count = image_find(work->device.fd, work->device.size, found, &fault);
	if (count < 0) {
		message_fault("lkcd-save", name, &fault);
		return 2;
	}
	if (!count) {
		if (work->verbose)
			message_print("lkcd-save", name, "there is no dump");
		return STATUS_NONE;
	}
	status = check_clearable(work, work->out ? work->clear : !work->no_clear);
	if (status)
		return status;
	status = work->out ? save_to_output(work, &found[0]) : save_all_to_folder(work, found, count);
	message_rest(&work->findings);
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
	struct work work = {
		.steps = { print_step, show_saving },
		.options = &options,
		.root = "",
		.settings.tool = "lkcd-save",
		.device.fd = -1,
	};
	struct fault fault;
	int id, status;

	while ((id = options_next(&options, argc, argv)) != OPTIONS_END)
		set_option(&work, id);
	if (optind < argc)
		options_misuse(&options, "unexpected argument %s: the device is named with -d", argv[optind]);
	if (work.clear && !work.out)
		options_misuse(&options, "--clear can be used with -o only: without -o the device is cleared anyway");
	if (work.out && (work.folder_name || work.no_clear))
		options_misuse(&options, "-o cannot be used with -D or -n");
	signal(SIGPIPE, SIG_IGN);
	work.shown = progress_start(work.ask_progress, work.quiet);
	work.findings = message_findings("lkcd-save", NULL, work.verbose ? UINT64_MAX : FINDINGS_SHOWN, &work.shown);
	status = 2;
	if (read_settings_or_defaults(&work, &fault))
		message_fault("lkcd-save", NULL, &fault);
	else
		status = save_dumps(&work);
	device_close(&work.device);
	config_clear(&work.settings.config);
	return status;
}
