/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What went wrong, where, in one sentence. Filled where it is found, printed by mains only. */
#ifndef LKCD_FAULT_H
#define LKCD_FAULT_H

#include <stdint.h>
#include <stddef.h>

#include "lkcd/rules.h"

/* Functions that can fail return 0 (or a count) or the negative of one of these. */
enum fault_code {
	FAULT_DAMAGED = 1, /* what was to be read is lost; the caller may ask for what comes next */
	FAULT_CUT,         /* the input ends, or makes no sense from here on; what was read before it is good */
	FAULT_FORMAT,      /* not a dump, or its headers cannot be used */
	FAULT_READ,        /* the system could not read */
	FAULT_WRITE,       /* the system could not write */
	FAULT_MEMORY,      /* out of memory */
	FAULT_CANNOT,      /* asked for something that this input, output or format cannot do */
};

/* What a finding about a dump breaks: the constants of lkcd/rules.h, in its order. RULES is their number. */
#define FAULT_RULE_CONSTANT(constant, name, weight, sentence) constant,
enum fault_rule { FAULT_RULES(FAULT_RULE_CONSTANT) RULES };

#define FAULT_NOWHERE UINT64_MAX /* offset or address is not known or says nothing */

/* Owned by the caller, one for each call chain. Its text is only valid after a negative return. */
struct fault {
	int code;         /* enum fault_code, 0 while nothing went wrong */
	uint64_t offset;  /* in the file, bytes */
	uint64_t address; /* physical address of the page, bytes */
	enum fault_rule rule;
	uint64_t pages;  /* page frames from address on that are lost with it; 0: none, or not known how many */
	uint64_t length; /* bytes from offset on that it is about; 0: not known */
	char text[400];  /* one sentence without its full stop */
};

/* Fill *fault and return -code, for "return fault_set(...)". fault may be NULL. */
int fault_set(struct fault *fault, int code, uint64_t offset, uint64_t address, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* The same for a failed system call: ": " and the text of errno are appended. */
int fault_set_errno(struct fault *fault, int code, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Add to a fault that was just set what it breaks and how much is lost. Returns -fault->code. */
int fault_mark(struct fault *fault, enum fault_rule rule, uint64_t pages, uint64_t length);

/* The same for a failed allocation. */
int fault_memory(struct fault *fault);

/* Put "text: " before a sentence that a lower layer wrote. Returns -fault->code. */
int fault_prepend(struct fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Write "page 0x3000 at 0x11000: text" into out; parts that are not known are left out. Returns out. */
char *fault_sentence(const struct fault *fault, char *out, size_t room);

/* The exit status that a code means: 1 the dump is damaged or incomplete, 2 failed. Takes either sign. */
int fault_status(int code);

#endif
