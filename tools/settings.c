/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads /etc/sysconfig/dump for lkcd-save, lkcd-config and lkcd-query, and prints its errors. After an error, lkcd-save
 * uses defaults, lkcd-config stops, and lkcd-query prints nothing. Relies on save/config.c to parse the file.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/message.h"
#include "tools/settings.h"

/* The remarks of config_read(), with the name that messages start with. */
struct printer {
	struct config_remarks remarks;
	const char *tool;
};

static void print_remark(struct config_remarks *remarks, bool error, const char *file, unsigned line, const char *text)
{
	const char *tool = ((struct printer *)remarks)->tool, *warning = error ? "" : "warning: ";

	if (line)
		message_print(tool, file, "line %u: %s%s", line, warning, text);
	else
		message_print(tool, file, "%s%s", warning, text);
}

int settings_read(struct settings *settings, const char *file, const char *root, const char *default_file,
		  struct fault *fault)
{
	struct printer printer = { { .print = settings->tool ? print_remark : NULL }, settings->tool };
	char *path;
	int status;

	config_clear(&settings->config);
	status = config_start(&settings->config, fault);
	if (status)
		return status;
	if (asprintf(&path, "%s%s", file ? "" : root, file ? file : default_file) < 0)
		return fault_memory(fault);
	status = config_read(&settings->config, path, &printer.remarks, fault);
	settings->errors = printer.remarks.errors;
	if (status)
		fault_prepend(fault, "%s", path);
	free(path);
	return status;
}
