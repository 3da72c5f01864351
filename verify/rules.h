/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Name, weight and sentence of each rule. The list itself is lkcd/rules.h. */
#ifndef VERIFY_RULES_H
#define VERIFY_RULES_H

#include "lkcd/fault.h"

enum weight {
	WEIGHT_NOTE,       /* a remark; the dump is whole */
	WEIGHT_INCOMPLETE, /* something is missing */
	WEIGHT_DAMAGED,    /* something is wrong */
};

struct rule {
	const char *name; /* in --rules, in the report and in the manual */
	enum weight weight;
	const char *sentence; /* the meaning of a finding of this rule */
};

/* The row of a rule; never NULL. */
const struct rule *rules_get(enum fault_rule rule);

/* "note", "incomplete" or "damaged". */
const char *rules_weight(enum weight weight);

/* The rule of a finding: if it names none, RULE_CUT for an early end, otherwise RULE_OTHER. */
enum fault_rule rules_of(const struct fault *fault);

#endif
