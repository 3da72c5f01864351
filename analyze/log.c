/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of the kernel's log in its three formats, as kernel/printk/ writes them. It relies on VMCOREINFO alone for
 * addresses and offsets, and trusts none: a field outside its struct, or a length outside its buffer, is damage. A
 * damaged record is counted and skipped where the next one can still be found.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/log.h"
#include "dump/memory.h"
#include "dump/notes.h"
#include "lkcd/endian.h"

#define LOG_MAX (64u << 20) /* bytes; a log that claims to be larger is damaged */
#define STRUCT_MAX 1024u    /* bytes; so is a larger struct */
#define RECORDS_BITS_MAX 21 /* what a log of LOG_MAX can have: the kernel expects 32 bytes for each record */

struct log {
	struct memory *memory;
	const struct info *info;
	log_fn *found;
	void *argument;
	struct fault *fault;
	char *text;        /* LOG_TEXT_MAX + 1 bytes */
	uint64_t lost;     /* records that cannot be read */
	struct fault loss; /* the first of them */
};

/* --- structs in VMCOREINFO --- */

/* An offset of width bytes in a struct, or its size (width 0). */
struct field {
	const char *key;
	uint32_t *value;
	uint32_t width;
};

/* Parse the fields of one struct; its size comes last. False: one is missing, or does not fit in the struct. */
static bool parse_fields(const struct info *info, const struct field *fields)
{
	size_t count = 0;
	uint32_t size;

	do {
		uint64_t value;

		if (!notes_vmcoreinfo_number(info, fields[count].key, 10, &value) || value > STRUCT_MAX)
			return false;
		*fields[count].value = size = (uint32_t)value;
	} while (fields[count++].width);
	for (size_t i = 0; fields[i].width; i++)
		if (fields[i].width > size || *fields[i].value > size - fields[i].width)
			return false;
	return true;
}

#define GET_FIELDS(info, ...) parse_fields(info, (const struct field[]){ __VA_ARGS__ })

static bool find_log_symbol(const struct info *info, const char *key, uint64_t *address)
{
	return notes_vmcoreinfo_number(info, key, 16, address);
}

static int report_unknown_log(const struct log *log)
{
	return fault_set(
		log->fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
		"the dump does not contain the location of the kernel's log: VMCOREINFO is missing or incomplete");
}

/* --- reading --- */

static int read_log_bytes(const struct log *log, uint64_t address, void *out, size_t size)
{
	return memory_read(log->memory, address, out, size, log->fault);
}

static int read_log_u32(const struct log *log, uint64_t address, uint32_t *value)
{
	unsigned char bytes[4];
	int status = read_log_bytes(log, address, bytes, sizeof(bytes));

	if (!status)
		*value = get32(bytes, log->info->big_endian);
	return status;
}

static uint64_t get_log_word(const struct log *log, const unsigned char *at)
{
	return get_word(at, log->info->big_endian, log->info->bits);
}

static int reject_log(const struct log *log, const char *what, uint64_t value)
{
	return fault_set(log->fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE,
			 "the kernel's log is damaged: %s is %" PRIu64, what, value);
}

/* Count a record that is lost to damage, with the first fault. Returns other faults: they end the log. */
static int count_lost_record(struct log *log, int status)
{
	if (status && status != -FAULT_DAMAGED)
		return status;
	if (status && !log->lost++)
		log->loss = *log->fault;
	return 0;
}

static int report_record(struct log *log, struct log_record record, uint64_t address, size_t size)
{
	int status = read_log_bytes(log, address, log->text, size);

	if (status)
		return status;
	log->text[size] = 0;
	record.text = log->text;
	record.size = size;
	log->found(log->argument, &record);
	return 0;
}

/* struct printk_info, struct printk_log: a bit field with five bits of flags, then three bits of level. */
static int parse_log_level(const struct log *log, unsigned char flags)
{
	return log->info->big_endian ? flags & 7 : flags >> 5;
}

/* --- since 5.10: struct printk_ringbuffer --- */

struct ring {
	uint32_t desc_ring, text_ring, ring_size; /* of struct printk_ringbuffer */
	uint32_t count_bits, descs, infos, head, tail, desc_ring_size;
	uint32_t state, blocks, desc_size;                     /* of struct prb_desc */
	uint32_t begin, next, blocks_size;                     /* of struct prb_data_blk_lpos */
	uint32_t sequence, time, text_size, caller, info_size; /* of struct printk_info */
	uint32_t size_bits, data, data_ring_size;
	uint32_t counter, counter_size; /* of atomic_long_t */

	uint64_t desc_count, text_count; /* powers of two; text in bytes */
	uint64_t desc_at, info_at, text_at;
	uint64_t first_id, last_id;
};

static bool parse_ring_fields(const struct info *info, struct ring *ring)
{
	uint32_t word = info->bits / 8;

	return GET_FIELDS(info, { "OFFSET(printk_ringbuffer.desc_ring)", &ring->desc_ring, 1 },
			  { "OFFSET(printk_ringbuffer.text_data_ring)", &ring->text_ring, 1 },
			  { "SIZE(printk_ringbuffer)", &ring->ring_size, 0 }) &&
	       GET_FIELDS(info, { "OFFSET(prb_desc_ring.count_bits)", &ring->count_bits, 4 },
			  { "OFFSET(prb_desc_ring.descs)", &ring->descs, word },
			  { "OFFSET(prb_desc_ring.infos)", &ring->infos, word },
			  { "OFFSET(prb_desc_ring.head_id)", &ring->head, word },
			  { "OFFSET(prb_desc_ring.tail_id)", &ring->tail, word },
			  { "SIZE(prb_desc_ring)", &ring->desc_ring_size, 0 }) &&
	       GET_FIELDS(info, { "OFFSET(atomic_long_t.counter)", &ring->counter, word },
			  { "SIZE(atomic_long_t)", &ring->counter_size, 0 }) &&
	       GET_FIELDS(info, { "OFFSET(prb_data_blk_lpos.begin)", &ring->begin, word },
			  { "OFFSET(prb_data_blk_lpos.next)", &ring->next, word },
			  { "SIZE(prb_data_blk_lpos)", &ring->blocks_size, 0 }) &&
	       GET_FIELDS(info, { "OFFSET(prb_desc.state_var)", &ring->state, ring->counter_size },
			  { "OFFSET(prb_desc.text_blk_lpos)", &ring->blocks, ring->blocks_size },
			  { "SIZE(prb_desc)", &ring->desc_size, 0 }) &&
	       GET_FIELDS(info, { "OFFSET(printk_info.seq)", &ring->sequence, 8 },
			  { "OFFSET(printk_info.ts_nsec)", &ring->time, 8 },
			  { "OFFSET(printk_info.text_len)", &ring->text_size, 4 },
			  { "OFFSET(printk_info.caller_id)", &ring->caller, 4 },
			  { "SIZE(printk_info)", &ring->info_size, 0 }) &&
	       GET_FIELDS(info, { "OFFSET(prb_data_ring.size_bits)", &ring->size_bits, 4 },
			  { "OFFSET(prb_data_ring.data)", &ring->data, word },
			  { "SIZE(prb_data_ring)", &ring->data_ring_size, 0 });
}

/* A descriptor's word holds two bits of state; the rest is its ID. */
static uint64_t id_mask(const struct log *log)
{
	return (UINT64_C(1) << (log->info->bits - 2)) - 1;
}

/* at: address of the struct printk_ringbuffer. */
static int open_ring(struct log *log, struct ring *ring, uint64_t at)
{
	uint64_t descs = at + ring->desc_ring, texts = at + ring->text_ring;
	uint32_t count_bits = 0, size_bits = 0;
	int status = read_log_u32(log, descs + ring->count_bits, &count_bits);

	if (!status)
		status = read_log_u32(log, texts + ring->size_bits, &size_bits);
	if (!status && count_bits > RECORDS_BITS_MAX)
		status = reject_log(log, "the number of bits that count its records", count_bits);
	if (!status && (size_bits >= 32 || 1u << size_bits > LOG_MAX))
		status = reject_log(log, "the number of bits of its size", size_bits);
	if (!status)
		status = memory_read_word(log->memory, descs + ring->descs, &ring->desc_at, log->fault);
	if (!status)
		status = memory_read_word(log->memory, descs + ring->infos, &ring->info_at, log->fault);
	if (!status)
		status = memory_read_word(log->memory, descs + ring->tail + ring->counter, &ring->first_id, log->fault);
	if (!status)
		status = memory_read_word(log->memory, descs + ring->head + ring->counter, &ring->last_id, log->fault);
	if (!status)
		status = memory_read_word(log->memory, texts + ring->data, &ring->text_at, log->fault);
	if (status)
		return status;
	ring->desc_count = UINT64_C(1) << count_bits;
	ring->text_count = UINT64_C(1) << size_bits;
	ring->first_id &= id_mask(log);
	ring->last_id &= id_mask(log);
	return 0;
}

/* Find a record's text: *at, and *size is limited to what is there. False: the kernel itself had no room for it. */
static bool find_ring_text(const struct log *log, const struct ring *ring, const unsigned char *desc, uint64_t *at,
			   size_t *size)
{
	uint64_t begin = get_log_word(log, desc + ring->blocks + ring->begin);
	uint64_t next = get_log_word(log, desc + ring->blocks + ring->next);
	unsigned word = log->info->bits / 8;

	if (begin & next & 1) { /* no block: the text is empty (3), or there was no room for it (1) */
		*size = 0;
		return begin & next & 2;
	}
	begin &= ring->text_count - 1;
	next &= ring->text_count - 1;
	if (begin > next && next)
		begin = 0; /* a block that does not fit at the end is at the start */
	else if (begin > next)
		next = ring->text_count; /* it fits exactly, which older kernels treat as "does not fit" */
	if (next - begin < word)
		return false;
	*at = ring->text_at + begin + word; /* after the descriptor's ID */
	if (*size > next - begin - word)
		*size = (size_t)(next - begin - word);
	return true;
}

static int read_ring_record(struct log *log, const struct ring *ring, uint64_t id)
{
	unsigned char desc[STRUCT_MAX], info[STRUCT_MAX];
	uint64_t slot = id & (ring->desc_count - 1), state, at = 0;
	struct log_record record = { .level = LOG_LEVEL_UNKNOWN };
	bool big = log->info->big_endian;
	size_t size;
	int status = read_log_bytes(log, ring->desc_at + slot * ring->desc_size, desc, ring->desc_size);

	if (status)
		return status;
	state = get_log_word(log, desc + ring->state + ring->counter);
	if ((state & id_mask(log)) != id)
		return 0;
	state >>= log->info->bits - 2;
	if (state != 1 && state != 2) /* neither committed nor finalized */
		return 0;
	status = read_log_bytes(log, ring->info_at + slot * ring->info_size, info, ring->info_size);
	if (status)
		return status;
	record.sequence = get64(info + ring->sequence, big);
	record.nanoseconds = get64(info + ring->time, big);
	size = get16(info + ring->text_size, big);
	if (ring->caller == ring->text_size + 4)
		record.level = parse_log_level(log, info[ring->text_size + 3]);
	if (!find_ring_text(log, ring, desc, &at, &size))
		return 0;
	return report_record(log, record, at, size);
}

static int read_ring(struct log *log, const struct ring *known, uint64_t prb)
{
	struct ring ring = *known;
	uint64_t at, count;
	int status = memory_read_word(log->memory, prb, &at, log->fault);

	if (!status)
		status = open_ring(log, &ring, at);
	if (status)
		return status;
	count = ((ring.last_id - ring.first_id) & id_mask(log)) + 1;
	if (count > ring.desc_count)
		return reject_log(log, "the number of its records", count);
	for (uint64_t i = 0; i < count && !status; i++)
		status = count_lost_record(log, read_ring_record(log, &ring, (ring.first_id + i) & id_mask(log)));
	return status;
}

/* --- before 5.10: one buffer, log_buf --- */

struct buffer {
	uint64_t at;
	uint32_t size;
	uint32_t time, length, text, dict, head; /* of struct printk_log, and its size */
	bool has_level;

	uint32_t index; /* of the next record */
	uint64_t moved; /* bytes so far: a damaged log may loop */
	uint64_t sequence;
};

static int open_log_buffer(struct log *log, struct buffer *buffer)
{
	uint64_t at, size;
	int status;

	if (!find_log_symbol(log->info, "SYMBOL(log_buf)", &at) ||
	    !find_log_symbol(log->info, "SYMBOL(log_buf_len)", &size))
		return report_unknown_log(log);
	status = memory_read_word(log->memory, at, &buffer->at, log->fault);
	if (!status)
		status = read_log_u32(log, size, &buffer->size);
	if (!status && (!buffer->size || buffer->size > LOG_MAX))
		status = reject_log(log, "its size", buffer->size);
	return status;
}

/* 3.5 to 5.9. The struct was called log until 3.10. */
static bool parse_record_fields(const struct info *info, struct buffer *buffer)
{
	buffer->has_level = GET_FIELDS(
		info, { "OFFSET(printk_log.ts_nsec)", &buffer->time, 8 },
		{ "OFFSET(printk_log.len)", &buffer->length, 2 }, { "OFFSET(printk_log.text_len)", &buffer->text, 2 },
		{ "OFFSET(printk_log.dict_len)", &buffer->dict, 4 }, { "SIZE(printk_log)", &buffer->head, 0 });
	return buffer->has_level ||
	       GET_FIELDS(info, { "OFFSET(log.ts_nsec)", &buffer->time, 8 }, { "OFFSET(log.len)", &buffer->length, 2 },
			  { "OFFSET(log.text_len)", &buffer->text, 2 }, { "SIZE(log)", &buffer->head, 0 });
}

/* Read the next record. A fault without a change of index: no later record can be found either. */
static int read_buffer_record(struct log *log, struct buffer *buffer)
{
	struct log_record record = { .sequence = buffer->sequence, .level = LOG_LEVEL_UNKNOWN };
	uint64_t at = buffer->at + buffer->index;
	unsigned char head[STRUCT_MAX];
	bool big = log->info->big_endian;
	uint32_t length;
	size_t size;
	int status;

	if (buffer->index > buffer->size || buffer->size - buffer->index < buffer->head)
		return reject_log(log, "the offset of one of its records", buffer->index);
	status = read_log_bytes(log, at, head, buffer->head);
	if (status)
		return status;
	length = get16(head + buffer->length, big);
	size = get16(head + buffer->text, big);
	if (!length) { /* the rest of the buffer is not used */
		buffer->moved += buffer->size - buffer->index;
		buffer->index = 0;
		return 0;
	}
	if (length < buffer->head || size > length - buffer->head || length > buffer->size - buffer->index)
		return reject_log(log, "the length of one of its records", length);
	buffer->index += length;
	buffer->moved += length;
	buffer->sequence++;
	record.nanoseconds = get64(head + buffer->time, big);
	if (buffer->has_level)
		record.level = parse_log_level(log, head[buffer->dict + 3]);
	return report_record(log, record, at + buffer->head, size);
}

static int read_buffer_records(struct log *log, struct buffer *buffer)
{
	uint64_t first_at, next_at;
	uint32_t next = 0;
	int status = open_log_buffer(log, buffer);

	if (!status && (!find_log_symbol(log->info, "SYMBOL(log_first_idx)", &first_at) ||
			!find_log_symbol(log->info, "SYMBOL(log_next_idx)", &next_at)))
		return report_unknown_log(log);
	if (!status)
		status = read_log_u32(log, first_at, &buffer->index);
	if (!status)
		status = read_log_u32(log, next_at, &next);
	while (!status && buffer->index != next) {
		uint64_t before = buffer->moved;

		if (before > buffer->size)
			return reject_log(log, "the length of all its records", before);
		status = read_buffer_record(log, buffer);
		if (buffer->moved == before)
			break;
		status = count_lost_record(log, status);
	}
	return status;
}

/* --- before 3.5: plain text, of which the last bytes are kept --- */

/* Report the line of size bytes at log->text, without its "<level>". */
static void report_text_line(struct log *log, struct buffer *buffer, size_t size)
{
	struct log_record record = { .nanoseconds = LOG_TIME_UNKNOWN, .level = LOG_LEVEL_UNKNOWN };
	char *text = log->text;

	text[size] = 0;
	if (size >= 3 && text[0] == '<' && text[1] >= '0' && text[1] <= '7' && text[2] == '>') {
		record.level = text[1] - '0';
		text += 3;
		size -= 3;
	}
	record.sequence = buffer->sequence++;
	record.text = text;
	record.size = size;
	log->found(log->argument, &record);
}

/* Append bytes to the *size bytes of a line at log->text, and report each line that is complete. */
static void split_text_lines(struct log *log, struct buffer *buffer, const char *bytes, size_t count, size_t *size)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] != '\n')
			log->text[(*size)++] = bytes[i];
		if (bytes[i] != '\n' && *size < LOG_TEXT_MAX)
			continue;
		report_text_line(log, buffer, *size);
		*size = 0;
	}
}

static int read_text_log(struct log *log)
{
	uint64_t end_at, count_at;
	struct buffer buffer = { 0 };
	uint32_t end = 0, count = 0;
	size_t size = 0;
	int status = open_log_buffer(log, &buffer);

	if (!status && !find_log_symbol(log->info, "SYMBOL(log_end)", &end_at))
		return report_unknown_log(log);
	if (!status)
		status = read_log_u32(log, end_at, &end);
	count = end;
	if (!status && find_log_symbol(log->info, "SYMBOL(logged_chars)", &count_at))
		status = read_log_u32(log, count_at, &count);
	if (!status && buffer.size & (buffer.size - 1))
		status = reject_log(log, "its size", buffer.size);
	if (count > buffer.size)
		count = buffer.size;
	while (count && !status) {
		uint32_t index = (end - count) & (buffer.size - 1), part = count;
		char bytes[4096];

		if (part > sizeof(bytes))
			part = sizeof(bytes);
		if (part > buffer.size - index)
			part = buffer.size - index;
		status = read_log_bytes(log, buffer.at + index, bytes, part);
		if (!status)
			split_text_lines(log, &buffer, bytes, part, &size);
		count -= part;
	}
	if (size)
		report_text_line(log, &buffer, size);
	return status;
}

/* --- */

bool log_is_known(const struct info *info)
{
	uint64_t address;

	return find_log_symbol(info, "SYMBOL(prb)", &address) || find_log_symbol(info, "SYMBOL(log_buf)", &address);
}

static int read_known_log(struct log *log)
{
	struct buffer buffer = { 0 };
	struct ring ring;
	uint64_t prb;

	if (log->info->bits != 32 && log->info->bits != 64)
		return report_unknown_log(log);
	if (find_log_symbol(log->info, "SYMBOL(prb)", &prb))
		return parse_ring_fields(log->info, &ring) ? read_ring(log, &ring, prb) : report_unknown_log(log);
	if (parse_record_fields(log->info, &buffer))
		return read_buffer_records(log, &buffer);
	return read_text_log(log);
}

int log_read(struct memory *memory, log_fn *found, void *argument, struct fault *fault)
{
	struct log log = {
		.memory = memory, .info = memory_info(memory), .found = found, .argument = argument, .fault = fault
	};
	int status;

	log.text = malloc(LOG_TEXT_MAX + 1);
	if (!log.text)
		return fault_memory(fault);
	status = read_known_log(&log);
	free(log.text);
	if (status || !log.lost)
		return status;
	*fault = log.loss;
	return fault_prepend(fault, "records lost from the kernel's log: %" PRIu64 "; the first one", log.lost);
}

/* --- the panic string --- */

/*
 * The phrases and their order are those of crash 8: a later row counts only if no line has a phrase of an earlier
 * one, and within a row the first line counts.
 */
static const char *const phrases[][7] = {
	{ "general protection fault: ", "double fault: ", "divide error: ", "stack segment: " },
	{ "SysRq : Netdump", "SysRq : Crash", "SysRq : Trigger a crash" },
	{ "Oops: ", "Kernel BUG at", "kernel BUG at", "Unable to handle kernel paging request",
	  "Unable to handle kernel NULL pointer dereference", "BUG: unable to handle kernel " },
	{ "Kernel panic: ", "Kernel panic - " },
	{ "[Hardware Error]: " },
	{ "Bad mode in " },
};
#define ROWS (sizeof(phrases) / sizeof(*phrases))

struct panic {
	char *out;
	size_t room;
	size_t row; /* of the line in out; ROWS: none was found yet */
};

static bool has_phrase(const char *line, size_t size, const char *const *row)
{
	for (; *row; row++)
		if (memmem(line, size, *row, strlen(*row)))
			return true;
	return false;
}

static void match_panic_line(struct panic *panic, const char *line, size_t size)
{
	size_t row = 0;

	while (row < panic->row && !has_phrase(line, size, phrases[row]))
		row++;
	if (row == panic->row)
		return;
	panic->row = row;
	info_copy_text(panic->out, panic->room, line, size);
}

static void match_panic_record(void *argument, const struct log_record *record)
{
	const char *line = record->text, *end = line + record->size, *newline;

	for (; line < end; line = newline + 1) {
		newline = memchr(line, '\n', (size_t)(end - line));
		if (!newline)
			newline = end;
		match_panic_line(argument, line, (size_t)(newline - line));
	}
}

int log_panic(struct memory *memory, char *out, size_t room, struct fault *fault)
{
	struct panic panic = { .out = out, .room = room, .row = ROWS };

	out[0] = 0;
	return log_read(memory, match_panic_record, &panic, fault);
}
