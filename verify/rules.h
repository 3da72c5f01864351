/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Name, weight and sentence of each rule. The list itself is lkcd/rules.h. */
#ifndef VERIFY_RULES_H
#define VERIFY_RULES_H

#include "lkcd/fault.h"

enum weight {
	WEIGHT_NOTE,       /* worth knowing; the dump is whole */
	WEIGHT_INCOMPLETE, /* something is not there */
	WEIGHT_DAMAGED,    /* something is there, and wrong */
};

struct rule {
	const char *name; /* what --rules, the report and the man page call it */
	enum weight weight;
	const char *sentence; /* what it means when it is broken */
};

/* Never NULL. */
const struct rule *rules_get(enum fault_rule rule);

/* "note", "incomplete" or "damaged". */
const char *rules_weight(enum weight weight);

/* The rule that a finding breaks: one that names none is a cut or some other damage. */
enum fault_rule rules_of(const struct fault *fault);

#endif
