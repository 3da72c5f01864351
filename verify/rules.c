/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verify/rules.h"

static const struct rule rules[RULES] = {
	[RULE_OTHER] = { "other", WEIGHT_DAMAGED, "Something else is wrong." },
	[RULE_HEADER] = { "header", WEIGHT_DAMAGED,
			  "The header block's checksum does not hold: what the dump says of itself may be wrong." },
	[RULE_RECORD] = { "record", WEIGHT_DAMAGED, "A record's checksum does not hold: its pages are lost." },
	[RULE_SHAPE] = { "shape", WEIGHT_DAMAGED,
			 "Size and flags of a record or descriptor cannot be those of a page: it is lost." },
	[RULE_ADDRESS] = { "address", WEIGHT_DAMAGED, "A page's address is one that no page can have." },
	[RULE_ORDER] = { "order", WEIGHT_DAMAGED,
			 "A page's address is out of order in a dump that is in order: whose it is, nobody knows." },
	[RULE_DUPLICATE] = { "duplicate", WEIGHT_DAMAGED,
			     "A page comes twice: the second is left out, as other readers do." },
	[RULE_UNPACK] = { "unpack", WEIGHT_DAMAGED,
			  "A page's data do not unpack, or not to what their checksum says." },
	[RULE_CODEC] = { "codec", WEIGHT_DAMAGED, "Pages are packed in a way that the header does not name." },
	[RULE_RANGES] = { "ranges", WEIGHT_DAMAGED,
			  "A page stands where the dump's list of memory ranges has no memory." },
	[RULE_SEGMENT] = { "segment", WEIGHT_DAMAGED, "A program header claims what cannot be." },
	[RULE_NOTES] = { "notes", WEIGHT_DAMAGED,
			 "The ELF notes (registers, VMCOREINFO) are not well formed, or not in the file." },
	[RULE_TOTALS] = { "totals", WEIGHT_DAMAGED, "What END counts is not what stands before it." },
	[RULE_INDEX] = { "index", WEIGHT_DAMAGED, "END's index is not that of the records; every page is there." },
	[RULE_TRAILER] = { "trailer", WEIGHT_DAMAGED, "The last 32 bytes are wrong or cut off; every page is there." },
	[RULE_BEHIND] = { "behind", WEIGHT_DAMAGED, "Records follow END: it was a page's record before." },
	[RULE_SUM] = { "sum", WEIGHT_DAMAGED, "A piece of the file is not what it was when it was sealed." },
	[RULE_SEAL] = { "seal", WEIGHT_DAMAGED, "The file of sums is damaged itself, or is none." },
	[RULE_LENGTH] = { "length", WEIGHT_DAMAGED, "The file is not as long as it was when it was sealed." },
	[RULE_CUT] = { "cut", WEIGHT_INCOMPLETE, "The file ends before the dump does: what stands before is good." },
	[RULE_UNWRITTEN] = { "unwritten", WEIGHT_INCOMPLETE, "Pages were announced, and never written." },
	[RULE_INCOMPLETE] = { "incomplete", WEIGHT_INCOMPLETE,
			      "The dump says of itself that pages were missing when it was written." },
	[RULE_PART] = { "part", WEIGHT_INCOMPLETE,
			"Pages are in a file of a split dump that was not named: name all, with --split." },
	[RULE_COUNT] = { "count", WEIGHT_NOTE, "The header counts other pages than there are; it is only a hint." },
	[RULE_TAIL] = { "tail", WEIGHT_NOTE, "More bytes follow the end of the dump." },
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
