/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules that a whole dump keeps. This is the only list of them: enum fault_rule and the table of verify/rules.c are
 * made from it, and lkcd-verify prints it (--rules) in this order. A test compares the manual with it.
 */
#ifndef LKCD_RULES_H
#define LKCD_RULES_H

/*
 * ROW(constant, name, weight, sentence). The name is what reports and the manual call the rule, the weight an enum
 * weight of verify/rules.h, the sentence what it means when the rule is broken. RULE_OTHER comes first: its number is
 * 0, as in a fault that names no rule.
 */
/* clang-format off */
#define FAULT_RULES(ROW) \
	ROW(RULE_OTHER, "other", WEIGHT_DAMAGED, "Something else is wrong.") \
	ROW(RULE_HEADER, "header", WEIGHT_DAMAGED, \
	    "The checksum of the header block is wrong: any of its fields may be wrong.") \
	ROW(RULE_RECORD, "record", WEIGHT_DAMAGED, "The checksum of a record is wrong: its pages are lost.") \
	ROW(RULE_SHAPE, "shape", WEIGHT_DAMAGED, \
	    "A record or descriptor has an impossible size or impossible flags: its page is lost.") \
	ROW(RULE_ADDRESS, "address", WEIGHT_DAMAGED, "The address of a page is impossible.") \
	ROW(RULE_ORDER, "order", WEIGHT_DAMAGED, \
	    "The address of a page is out of order in an ordered dump: its true address is unknown.") \
	ROW(RULE_DUPLICATE, "duplicate", WEIGHT_DAMAGED, \
	    "A page occurs twice: the second one is ignored, as other readers do.") \
	ROW(RULE_UNPACK, "unpack", WEIGHT_DAMAGED, "The data of a page do not decompress, or do not match their checksum.") \
	ROW(RULE_CODEC, "codec", WEIGHT_DAMAGED, "Pages are compressed with a codec that the header does not name.") \
	ROW(RULE_RANGES, "ranges", WEIGHT_DAMAGED, \
	    "The address of a page is outside the dump's list of memory ranges.") \
	ROW(RULE_SEGMENT, "segment", WEIGHT_DAMAGED, "A program header has impossible values.") \
	ROW(RULE_NOTES, "notes", WEIGHT_DAMAGED, \
	    "The ELF notes (registers, VMCOREINFO) are malformed, or not in the file.") \
	ROW(RULE_TOTALS, "totals", WEIGHT_DAMAGED, "The totals in END do not match the records before it.") \
	ROW(RULE_INDEX, "index", WEIGHT_DAMAGED, "The index in END does not match the records; no page is lost.") \
	ROW(RULE_TRAILER, "trailer", WEIGHT_DAMAGED, "The last 32 bytes are wrong or missing; no page is lost.") \
	ROW(RULE_BEHIND, "behind", WEIGHT_DAMAGED, "Records follow END: it is the damaged record of a page.") \
	ROW(RULE_SUM, "sum", WEIGHT_DAMAGED, "A block of the file has changed since it was sealed.") \
	ROW(RULE_SEAL, "seal", WEIGHT_DAMAGED, "The checksum file is damaged, or is not a checksum file.") \
	ROW(RULE_LENGTH, "length", WEIGHT_DAMAGED, "The length of the file has changed since it was sealed.") \
	ROW(RULE_CUT, "cut", WEIGHT_INCOMPLETE, "The file ends before the dump does: everything before the end of the file is good.") \
	ROW(RULE_UNWRITTEN, "unwritten", WEIGHT_INCOMPLETE, "Pages were announced, but never written.") \
	ROW(RULE_INCOMPLETE, "incomplete", WEIGHT_INCOMPLETE, \
	    "The dump is marked as incomplete: pages were missing when it was written.") \
	ROW(RULE_PART, "part", WEIGHT_INCOMPLETE, \
	    "Pages are in another file of a split dump: name all its files, with --split.") \
	ROW(RULE_COUNT, "count", WEIGHT_NOTE, "The header contains another number of pages; this number is only a hint.") \
	ROW(RULE_TAIL, "tail", WEIGHT_NOTE, "The file continues after the end of the dump.")
/* clang-format on */

#endif
