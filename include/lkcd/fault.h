/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What went wrong and where, in one sentence. The function that finds it fills it in; only mains print it. */
#ifndef LKCD_FAULT_H
#define LKCD_FAULT_H

#include <stdint.h>
#include <stddef.h>

#include "lkcd/rules.h"

/* Functions that can fail return 0 (or a count) or the negative of one of these. */
enum fault_code {
	FAULT_DAMAGED = 1, /* what was to be read is lost; the caller may read on */
	FAULT_CUT,         /* the input ends early, or cannot be read from here on; everything before is good */
	FAULT_FORMAT,      /* not a dump, or its headers cannot be used */
	FAULT_READ,        /* the system could not read */
	FAULT_WRITE,       /* the system could not write */
	FAULT_MEMORY,      /* out of memory */
	FAULT_CANNOT,      /* this input, output or format cannot do it */
};

/* The rules that a finding breaks: the constants of lkcd/rules.h, in its order. RULES is their number. */
#define FAULT_RULE_CONSTANT(constant, name, weight, sentence) constant,
enum fault_rule { FAULT_RULES(FAULT_RULE_CONSTANT) RULES };

#define FAULT_NOWHERE UINT64_MAX /* offset or address is unknown or does not apply */

/* Owned by the caller, one for each call chain. Its text is only valid after a negative return. */
struct fault {
	int code;         /* enum fault_code, 0 while nothing went wrong */
	uint64_t offset;  /* in the file, bytes */
	uint64_t address; /* physical address of the page, bytes */
	enum fault_rule rule;
	uint64_t pages;  /* page frames from address on that are lost; 0: none, or an unknown number */
	uint64_t length; /* bytes from offset on that it concerns; 0: unknown */
	char text[400];  /* one sentence without its full stop */
};

/* Fill *fault and return -code, for "return fault_set(...)". fault may be NULL. */
int fault_set(struct fault *fault, int code, uint64_t offset, uint64_t address, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* The same for a failed system call: ": " and the text of errno are appended. */
int fault_set_errno(struct fault *fault, int code, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Add the broken rule and the extent of the loss to a fault that was just set. Returns -fault->code. */
int fault_mark(struct fault *fault, enum fault_rule rule, uint64_t pages, uint64_t length);

/* fault_set for a failed allocation; returns -FAULT_MEMORY. */
int fault_memory(struct fault *fault);

/* Put "text: " before the sentence of a lower layer. Returns -fault->code. */
int fault_prepend(struct fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Write "page 0x3000 at 0x11000: text" into out; unknown parts are left out. Returns out. */
char *fault_sentence(const struct fault *fault, char *out, size_t room);

/* The exit status of a code of either sign: 0 none, 1 the dump is damaged or incomplete, 2 failed. */
int fault_status(int code);

#endif
