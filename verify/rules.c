/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of rules, made from the rows of lkcd/rules.h, which is the only list of them. */
#include "verify/rules.h"

#define RULE(constant, name, weight, sentence) [constant] = { name, weight, sentence },

static const struct rule rules[RULES] = { FAULT_RULES(RULE) };

_Static_assert(RULE_OTHER == 0, "a fault that names no rule is one of RULE_OTHER");

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
