/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completes a dump's info from its memory. It relies on dump/layout.h for memory ranges, on analyze/uts.h and
 * analyze/log.h; information that cannot be read is recorded as unknown, not treated as a failure.
 */
#include "analyze/complete.h"
#include "analyze/log.h"
#include "analyze/uts.h"
#include "dump/layout.h"
#include "dump/memory.h"

static int complete_panic(struct info *info, struct memory *memory, struct fault *fault)
{
	int status;

	if (!memory || info->panic[0] || !log_is_known(info))
		return 0;
	status = log_panic(memory, info->panic, sizeof(info->panic), fault);
	if (status == -FAULT_MEMORY)
		return status;
	if (!status || info->panic[0])
		return 0;
	return info_add_unknown(info, fault, "the panic string: the log could not be read");
}

int complete_source(struct source *source, struct fault *fault)
{
	struct memory *memory = memory_open(source, fault);
	int status;

	if (!memory && fault->code != FAULT_CANNOT)
		return -fault->code;
	status = layout_ranges(&source->info, memory ? memory_physical(memory) : NULL, fault);
	if (memory && !source->info.uts.version[0])
		uts_read(memory, &source->info);
	if (!status)
		status = complete_panic(&source->info, memory, fault);
	memory_close(memory);
	return status;
}
