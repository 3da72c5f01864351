/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration: any text is read to its end, and what it set is read again as it was. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "save/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_remarks remarks = { 0 }, again = { 0 };
	struct config config, copy;
	struct fault fault;
	char *text, *more;

	if (config_start(&config, &fault) || config_parse(&config, (const char *)data, size, "x", &remarks, &fault) ||
	    config_start(&copy, &fault))
		abort();
	text = config_write(&config, &fault);
	if (!text || config_parse(&copy, text, strlen(text), "x", &again, &fault))
		abort();
	more = config_write(&copy, &fault);
	if (!more || strcmp(text, more) || again.errors || again.warnings)
		abort();
	free(text);
	free(more);
	config_clear(&config);
	config_clear(&copy);
	return 0;
}
