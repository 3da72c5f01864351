/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lkcd-config: applies /etc/sysconfig/dump to this machine. Everything is checked before anything is changed, because
 * the next dump overwrites the device. Relies on save/device.c to find out what would be lost.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/number.h"
#include "cli/options.h"
#include "save/device.h"
#include "save/image-find.h"
#include "save/system.h"
#include "tools/settings.h"

enum { OPTION_FORCE = 512, OPTION_ROOT };

static const struct option_row rows[] = {
	{ 'c', "config", "FILE", "read FILE instead of " CONFIG_FILE },
	{ 'd', "device", "DEVICE", "dump to DEVICE, regardless of the file" },
	{ 'n', "dry-run", NULL, "check, print what would be done, change nothing" },
	{ OPTION_FORCE, "force", NULL, "accept a device that contains data; a dump will\noverwrite this data" },
	{ OPTION_ROOT, "root", "DIR", "prepare the system below DIR; files can be devices" },
	{ 'q', "quiet", NULL, "print only errors" },
	{ 'v', "verbose", NULL, "also report checks that passed" },
	{ 0, NULL, NULL, NULL },
};

struct work {
	struct options *options;
	const char *config_file, *device_name, *root;
	bool dry, force, quiet, verbose;
	struct settings settings;
};

static int print_fault(const struct fault *fault)
{
	message_fault("lkcd-config", NULL, fault);
	return 2;
}

static int read_valid_settings(struct work *work)
{
	struct config_remarks ignored = { 0 }; /* DUMPDEV accepts any text */
	struct fault fault;

	if (settings_read(&work->settings, work->config_file, work->root, CONFIG_FILE, &fault))
		return print_fault(&fault);
	if (work->device_name && config_set(&work->settings.config, "DUMPDEV", work->device_name, &ignored, &fault))
		return print_fault(&fault);
	if (!work->settings.errors)
		return 0;
	message_print("lkcd-config", NULL, "the configuration has %u errors: nothing was done", work->settings.errors);
	return 2;
}

/* /dev/vmdump is made as documented: a link to the first swap of /etc/fstab. */
static int make_device_link(struct work *work)
{
	char path[4096], name[1024];
	struct device device;
	struct fault fault;
	struct stat st;
	int status;

	snprintf(path, sizeof(path), "%s" SYSTEM_DEVICE, work->root);
	if (strcmp(work->settings.config.device, SYSTEM_DEVICE) || !stat(path, &st))
		return 0;
	if (!system_first_swap(work->root, name, sizeof(name))) {
		message_print("lkcd-config", NULL,
			      SYSTEM_DEVICE
			      " does not exist, and /etc/fstab has no swap that it could link to: set DUMPDEV");
		return 2;
	}
	status = device_open(&device, name, work->root, &fault);
	if (status) {
		message_fault("lkcd-config", name, &fault);
	} else {
		if (!work->quiet)
			message_print("lkcd-config", NULL, "%s " SYSTEM_DEVICE " to %s, the first swap of /etc/fstab",
				      work->dry ? "would link" : "linking", device.path);
		/* a dry run continues with the device that the link would name */
		if (work->dry &&
		    config_set(&work->settings.config, "DUMPDEV", name, &(struct config_remarks){ 0 }, &fault))
			status = print_fault(&fault);
		else if (!work->dry && system_link(work->root, SYSTEM_DEVICE, device.path, &fault))
			status = print_fault(&fault);
	}
	device_close(&device);
	return status ? 2 : 0;
}

static int check_device_free(struct work *work, const struct device *device)
{
	char by[256];

	switch (device_used(device, work->root, by)) {
	case DEVICE_MOUNTED:
		message_print("lkcd-config", device->path, "is mounted at %s: a dump would destroy it", by);
		return 2;
	case DEVICE_HELD:
		message_print("lkcd-config", device->path, "is in use by %s: a dump would destroy its data", by);
		return 2;
	case DEVICE_FREE:
	case DEVICE_SWAP:
		break;
	}
	return 0;
}

static int check_device_contents(struct work *work, const struct device *device)
{
	struct image_found found[IMAGE_FOUND_MAX];
	struct fault fault;
	char text[160];
	bool swap;
	int status = device_contents(device, &swap, text, &fault);

	if (status < 0) {
		message_fault("lkcd-config", device->path, &fault);
		return 2;
	}
	if (status > 0) {
		message_print("lkcd-config", device->path, "holds %s: a dump would destroy it%s", text,
			      work->force ? ", and --force accepts this" : " (--force accepts this)");
		return work->force ? 0 : 2;
	}
	if (image_find(device->fd, device->size, found, &fault) > 0)
		message_print("lkcd-config", device->path, "a dump is waiting to be saved: lkcd save");
	if (work->verbose)
		message_print("lkcd-config", device->path, swap ? "holds swap" : "holds nothing");
	return 0;
}

static void check_device_size(struct work *work, const struct device *device)
{
	uint64_t need = system_estimate(work->root, work->settings.config.level);
	char size[32], wants[32];

	number_bytes(device->size, size, sizeof(size));
	number_bytes(need, wants, sizeof(wants));
	if (need > device->size)
		message_print("lkcd-config", device->path,
			      "warning: has %s, and a dump of level %" PRIu32 " takes up to %s before compression",
			      size, work->settings.config.level, wants);
	else if (work->verbose && need)
		message_print("lkcd-config", device->path, "has %s, enough for the %s of a dump of level %" PRIu32,
			      size, wants, work->settings.config.level);
}

static int check_dump_device(struct work *work)
{
	struct device device;
	struct fault fault;
	int status = make_device_link(work);

	if (status)
		return status;
	if (device_open(&device, work->settings.config.device, work->root, &fault)) {
		message_fault("lkcd-config", work->settings.config.device, &fault);
		status = 2;
	} else if (!device.block && !*work->root) {
		message_print("lkcd-config", work->settings.config.device,
			      "is a file, but a dump needs a block device");
		status = 2;
	}
	if (!status)
		status = check_device_free(work, &device);
	if (!status)
		status = check_device_contents(work, &device);
	if (!status)
		check_device_size(work, &device);
	device_close(&device);
	return status;
}

static int check_network(struct work *work)
{
	if (!system_has_interface(work->root, work->settings.config.device)) {
		message_print("lkcd-config", NULL,
			      "DUMPDEV=%s: there is no such network interface, and DUMP_FLAGS asks for net",
			      work->settings.config.device);
		return 2;
	}
	if (*work->settings.config.target_host)
		return 0;
	message_print("lkcd-config", NULL, "TARGET_HOST is not set, and DUMP_FLAGS asks for net");
	return 2;
}

/* Change only what differs, so that a second run changes nothing. */
static int apply_settings(struct work *work)
{
	char is[64], timeout[32], *state, *was;
	struct fault fault;
	int status = 0;

	state = config_write(&work->settings.config, &fault);
	was = state ? malloc(CONFIG_SIZE_MAX) : NULL;
	if (!was) {
		free(state);
		return print_fault((fault_memory(&fault), &fault));
	}
	snprintf(timeout, sizeof(timeout), "%" PRIu32, work->settings.config.panic_timeout);
	if (!system_read(work->root, "/proc/sys/kernel/panic", is, sizeof(is)) || strcmp(is, timeout)) {
		if (!work->quiet)
			message_print("lkcd-config", NULL, "%s the panic timeout to %s seconds",
				      work->dry ? "would set" : "setting", timeout);
		if (!work->dry)
			status = system_set(work->root, "/proc/sys/kernel/panic", timeout, &fault);
	}
	state[strlen(state) - 1] = 0; /* system_read leaves out the last newline, too */
	if (!status && (!system_read(work->root, SYSTEM_STATE, was, CONFIG_SIZE_MAX) || strcmp(was, state))) {
		state[strlen(state)] = '\n';
		if (!work->quiet)
			message_print("lkcd-config", NULL, "%s " SYSTEM_STATE, work->dry ? "would write" : "writing");
		if (!work->dry)
			status = system_write(work->root, SYSTEM_STATE, state, &fault);
	}
	free(state);
	free(was);
	return status ? print_fault(&fault) : 0;
}

static int configure_machine(struct work *work)
{
	int status = read_valid_settings(work);

	if (status)
		return status;
	if (!work->settings.config.active) {
		if (!work->quiet)
			message_print("lkcd-config", NULL, "DUMP_ACTIVE is 0: nothing to do");
		return 0;
	}
	status = work->settings.config.flags & CONFIG_NET ? check_network(work) : check_dump_device(work);
	return status ? status : apply_settings(work);
}

int main(int argc, char **argv)
{
	struct options options = {
		.tool = "lkcd-config",
		.usage = "[-c FILE] [-d DEVICE] [-n] [--force]",
		.summary = "Check the dump configuration and apply it to this machine.",
		.more = "Examples:\n"
			"  lkcd-config              apply /etc/sysconfig/dump\n"
			"  lkcd-config --dry-run    print what would be done\n",
		.tables = { rows },
	};
	struct work work = { .options = &options, .root = "", .settings.tool = "lkcd-config" };
	int id, status;

	while ((id = options_next(&options, argc, argv)) != OPTIONS_END) {
		switch (id) {
		case 'c':
			work.config_file = options.value;
			break;
		case 'd':
			work.device_name = options.value;
			break;
		case 'n':
			work.dry = true;
			break;
		case OPTION_FORCE:
			work.force = true;
			break;
		case OPTION_ROOT:
			work.root = options.value;
			break;
		case 'q':
			work.quiet = true;
			break;
		case 'v':
			work.verbose = true;
			break;
		}
	}
	if (optind < argc)
		options_misuse(&options, "unexpected argument %s", argv[optind]);
	status = configure_machine(&work);
	config_clear(&work.settings.config);
	return status;
}
