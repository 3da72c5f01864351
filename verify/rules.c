/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verify/rules.h"

static const struct rule rules[RULES] = {
	[RULE_OTHER] = { "other", WEIGHT_DAMAGED, "Something else is wrong." },
	[RULE_HEADER] = { "header", WEIGHT_DAMAGED,
			  "The checksum of the header block is wrong: any of its fields may be wrong." },
	[RULE_RECORD] = { "record", WEIGHT_DAMAGED, "The checksum of a record is wrong: its pages are lost." },
	[RULE_SHAPE] = { "shape", WEIGHT_DAMAGED,
			 "A record or descriptor has an impossible size or impossible flags: its page is lost." },
	[RULE_ADDRESS] = { "address", WEIGHT_DAMAGED, "The address of a page is impossible." },
	[RULE_ORDER] = { "order", WEIGHT_DAMAGED,
			 "The address of a page is out of order in an ordered dump: its true address is unknown." },
	[RULE_DUPLICATE] = { "duplicate", WEIGHT_DAMAGED,
			     "A page occurs twice: the second one is ignored, as other readers do." },
	[RULE_UNPACK] = { "unpack", WEIGHT_DAMAGED,
			  "The data of a page do not decompress, or do not match their checksum." },
	[RULE_CODEC] = { "codec", WEIGHT_DAMAGED, "Pages are compressed with a codec that the header does not name." },
	[RULE_RANGES] = { "ranges", WEIGHT_DAMAGED,
			  "The address of a page is outside the dump's list of memory ranges." },
	[RULE_SEGMENT] = { "segment", WEIGHT_DAMAGED, "A program header has impossible values." },
	[RULE_NOTES] = { "notes", WEIGHT_DAMAGED,
			 "The ELF notes (registers, VMCOREINFO) are malformed, or not in the file." },
	[RULE_TOTALS] = { "totals", WEIGHT_DAMAGED, "The totals in END do not match the records before it." },
	[RULE_INDEX] = { "index", WEIGHT_DAMAGED, "The index in END does not match the records; no page is lost." },
	[RULE_TRAILER] = { "trailer", WEIGHT_DAMAGED, "The last 32 bytes are wrong or missing; no page is lost." },
	[RULE_BEHIND] = { "behind", WEIGHT_DAMAGED, "Records follow END: it is the damaged record of a page." },
	[RULE_SUM] = { "sum", WEIGHT_DAMAGED, "A block of the file has changed since it was sealed." },
	[RULE_SEAL] = { "seal", WEIGHT_DAMAGED, "The checksum file is damaged, or is not a checksum file." },
	[RULE_LENGTH] = { "length", WEIGHT_DAMAGED, "The length of the file has changed since it was sealed." },
	[RULE_CUT] = { "cut", WEIGHT_INCOMPLETE,
		       "The file ends before the dump does: everything before the end of the file is good." },
	[RULE_UNWRITTEN] = { "unwritten", WEIGHT_INCOMPLETE, "Pages were announced, but never written." },
	[RULE_INCOMPLETE] = { "incomplete", WEIGHT_INCOMPLETE,
			      "The dump is marked as incomplete: pages were missing when it was written." },
	[RULE_PART] = { "part", WEIGHT_INCOMPLETE,
			"Pages are in another file of a split dump: name all its files, with --split." },
	[RULE_COUNT] = { "count", WEIGHT_NOTE,
			 "The header contains another number of pages; this number is only a hint." },
	[RULE_TAIL] = { "tail", WEIGHT_NOTE, "The file continues after the end of the dump." },
};

const struct rule *rules_get(enum fault_rule rule)
{
	return &rules[rule < RULES ? rule : RULE_OTHER];
}

const char *rules_weight(enum weight weight)
{
	static const char *const names[] = { "note", "incomplete", "damaged" };

	return names[weight];
}

enum fault_rule rules_of(const struct fault *fault)
{
	return fault->rule == RULE_OTHER && fault->code == FAULT_CUT ? RULE_CUT : fault->rule;
}
