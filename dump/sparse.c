/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes pages into formats that have a fixed place for each (raw, ELF): zero pages become holes. */
#include "dump/iszero.h"
#include "dump/sparse.h"

int sparse_write(struct output *output, uint64_t offset, const void *data, uint64_t size, uint32_t page_size,
		 struct fault *fault)
{
	const unsigned char *at = data;
	int status = 0;

	while (size && !status) {
		uint64_t zero = 0, part;

		while (zero < size && iszero(at + zero, page_size))
			zero += page_size;
		for (part = zero; part < size && !iszero(at + part, page_size);)
			part += page_size;
		if (part > zero)
			status = output_write_at(output, offset + zero, at + zero, part - zero, fault);
		offset += part;
		at += part;
		size -= part;
	}
	return status;
}
