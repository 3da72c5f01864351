/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ELF vmcores as a format. Detection relies on e_ident alone; the source checks that the file is a core. */
#include <string.h>

#include "convert/elf/elf.h"
#include "convert/elf/format.h"
#include "convert/elf/sink.h"
#include "convert/elf/source.h"

static unsigned elf_bid(const unsigned char *head, size_t size)
{
	bool known = size >= EI_NIDENT && !memcmp(head, ELFMAG, SELFMAG) &&
		     (head[EI_CLASS] == ELFCLASS32 || head[EI_CLASS] == ELFCLASS64) &&
		     (head[EI_DATA] == ELFDATA2LSB || head[EI_DATA] == ELFDATA2MSB);

	return known ? 32 + 2 : 0;
}

const struct format format_elf = {
	.name = "elf",
	.summary = "ELF vmcore",
	.bid = elf_bid,
	.open_source = elf_source_open,
	.open_sink = elf_sink_open,
};
