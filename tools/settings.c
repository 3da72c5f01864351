/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads /etc/sysconfig/dump for lkcd-save, lkcd-config and lkcd-query. They differ in what an error means: saving goes
 * on with defaults, configuring stops, and a query is silent. Relies on save/config.c, which prints nothing.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/message.h"
#include "tools/settings.h"

/* What config_read() calls back with. */
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
