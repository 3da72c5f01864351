/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/sysconfig/dump: shell assignments that are read and never run, see dump.conf(5). The words and their defaults
 * are those of lkcdutils' sysconfig/dump of December 2002; what is ours is marked.
 */
#ifndef SAVE_CONFIG_H
#define SAVE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lkcd/fault.h"

#define CONFIG_FILE "/etc/sysconfig/dump"
#define CONFIG_SIZE_MAX (1u << 20) /* bytes of one file */

/* DUMP_FLAGS, as LKCD's kernel had them. */
enum config_flags {
	CONFIG_NONDISRUPT = 0x1,
	CONFIG_SOFTBOOT = 0x2,
	CONFIG_NET = 0x40000000,
};
#define CONFIG_DISK 0x80000000u

/* What a level is stored and shown as: one bit for each kind of pages. */
enum config_level { CONFIG_HEADER = 1, CONFIG_KERN = 2, CONFIG_USED = 4, CONFIG_ALL_RAM = 8 };

/* Text is owned by the configuration, never NULL; "" is not set. */
struct config {
	bool active, save;
	char *device, *folder;
	uint32_t level; /* as the user writes it: 0, 1, 2, 4, 8 or 16 */
	uint32_t flags;
	uint32_t compress;      /* 0 none, 1 RLE, 2 GZIP; 3 ZSTD is ours */
	uint32_t panic_timeout; /* seconds */
	char *kexec_image, *kexec_cmdline;
	char *target_host, *ether;
	uint32_t target_port, source_port;

	/* ours */
	uint32_t keep;     /* dumps in the directory, at most; 0: no limit */
	bool rotate;       /* remove the oldest when there are too many, or no room; else saving stops */
	uint64_t min_free; /* bytes that saving leaves free */
};

/*
 * What is wrong with a line. After a warning every value is still the one that was written; after an error a word
 * has its default.
 */
struct config_remarks {
	/* Print one; line 0: about the file as a whole. May be NULL. */
	void (*print)(struct config_remarks *remarks, bool error, const char *file, unsigned line, const char *text);
	unsigned errors, warnings; /* how many so far */
};

/* Set every word to its default. Returns 0 or -FAULT_MEMORY; config_clear has to follow in either case. */
int config_start(struct config *config, struct fault *fault);

/* Free the text. The configuration is all zero then; one that is so already may be cleared, too. */
void config_clear(struct config *config);

/*
 * Set the words that text (size bytes, borrowed for the call) assigns. file is its name, for remarks. Returns 0, though
 * there may be remarks, or -FAULT_MEMORY.
 */
int config_parse(struct config *config, const char *text, size_t size, const char *file, struct config_remarks *remarks,
		 struct fault *fault);

/*
 * Read a file, and then its drop-ins FILE.d/NAME.conf in the order of their names. Returns 0; -FAULT_READ when the file
 * cannot be read, or is too large (the drop-ins are read all the same); -FAULT_MEMORY.
 */
int config_read(struct config *config, const char *file, struct config_remarks *remarks, struct fault *fault);

/* Set one word as a line of the file would, for values of options. Returns what config_parse returns. */
int config_set(struct config *config, const char *word, const char *value, struct config_remarks *remarks,
	       struct fault *fault);

/* The bits (enum config_level) that the kernel makes of a level: 2 gives HEADER and KERN. */
uint32_t config_level_bits(uint32_t level);

/*
 * Write the names of level, flags or compress as LKCD did, "KL_DUMP_LEVEL_HEADER| KL_DUMP_LEVEL_KERN", into out of room
 * bytes; 160 are enough. Returns out.
 */
char *config_level_names(uint32_t level, char *out, size_t room);
char *config_flag_names(uint32_t flags, char *out, size_t room);
char *config_compress_name(uint32_t compress, char *out, size_t room);

/*
 * The whole configuration as assignments that config_parse reads and a shell does, for the record that lkcd-config
 * leaves. Returns text that the caller frees; NULL and *fault when memory is short.
 */
char *config_write(const struct config *config, struct fault *fault);

#endif
