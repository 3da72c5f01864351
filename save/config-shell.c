/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Splits a configuration into assignments as a shell would, without running any of it. A value that a shell would
 * expand is an error, so every value is the text in the file. Unlike in a shell, a quote must end on its line: one that
 * was forgotten costs only that line, not all that follow.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "save/config-shell.h"

#define END (-1)

static const char unclosed[] = "the quote is not closed on its line; the line is ignored";
static const char expansion[] = "a value with $ or ` is ignored: nothing is expanded or run (quote it as '$')";
static const char no_assignment[] = "is not an assignment: only NAME=value is read, nothing is run";
static const char nul[] = "contains a NUL byte";

static int peek_char(const struct config_shell *shell)
{
	return shell->at < shell->size ? (unsigned char)shell->text[shell->at] : END;
}

static int next_char(struct config_shell *shell)
{
	int c = peek_char(shell);

	shell->at += c != END;
	shell->line += c == '\n';
	return c;
}

/* "\" at the end of a line joins it with the next. */
static bool skip_joint(struct config_shell *shell)
{
	if (shell->at + 1 >= shell->size || shell->text[shell->at] != '\\' || shell->text[shell->at + 1] != '\n')
		return false;
	shell->at += 2;
	shell->line++;
	return true;
}

static void skip_blanks(struct config_shell *shell)
{
	for (;;) {
		int c = peek_char(shell);

		if (skip_joint(shell))
			continue;
		if (c != ' ' && c != '\t' && c != '\r')
			return;
		next_char(shell);
	}
}

static void skip_line(struct config_shell *shell)
{
	while (peek_char(shell) != END && peek_char(shell) != '\n')
		next_char(shell);
}

/* Skip blanks, empty lines, comments and ";" between assignments. */
static void skip_between(struct config_shell *shell)
{
	for (;;) {
		skip_blanks(shell);
		if (peek_char(shell) == '#')
			skip_line(shell);
		if (peek_char(shell) != '\n' && peek_char(shell) != ';')
			return;
		next_char(shell);
	}
}

static bool is_end_of_word(int c)
{
	return c == END || (c && strchr(" \t\r\n;&|<>()", c));
}

static size_t name_length(const struct config_shell *shell)
{
	size_t n = 0, left = shell->size - shell->at;
	const char *at = shell->text + shell->at;

	if (left && isdigit((unsigned char)*at))
		return 0;
	while (n < left && (isalnum((unsigned char)at[n]) || at[n] == '_'))
		n++;
	return n;
}

/* Read the rest of a value in double quotes. Returns what is wrong, or NULL. */
static const char *read_double_quoted(struct config_shell *shell, char *out, size_t *n)
{
	for (;;) {
		int c = peek_char(shell);

		if (skip_joint(shell))
			continue;
		if (c == END || c == '\n')
			return unclosed;
		next_char(shell);
		if (c == '"')
			return NULL;
		if (c == '$' || c == '`')
			return expansion;
		if (!c)
			return nul;
		if (c == '\\' && peek_char(shell) != END && peek_char(shell) && strchr("$`\"\\", peek_char(shell)))
			c = next_char(shell);
		out[(*n)++] = (char)c;
	}
}

/* Read the rest of a value in single quotes. Returns what is wrong, or NULL. */
static const char *read_single_quoted(struct config_shell *shell, char *out, size_t *n)
{
	for (;;) {
		int c = peek_char(shell);

		if (c == END || c == '\n')
			return unclosed;
		next_char(shell);
		if (c == '\'')
			return NULL;
		if (!c)
			return nul;
		out[(*n)++] = (char)c;
	}
}

/* Read a value of plain and quoted pieces into out, which has room for all that is left of the text. Returns what is
 * wrong, or NULL. */
static const char *read_value(struct config_shell *shell, char *out, size_t *n)
{
	const char *wrong = NULL;

	while (!wrong) {
		int c = peek_char(shell);

		if (skip_joint(shell))
			continue;
		if (is_end_of_word(c))
			return NULL;
		next_char(shell);
		if (c == '"')
			wrong = read_double_quoted(shell, out, n);
		else if (c == '\'')
			wrong = read_single_quoted(shell, out, n);
		else if (c == '$' || c == '`')
			wrong = expansion;
		else if (!c)
			wrong = nul;
		else if (c != '\\')
			out[(*n)++] = (char)c;
		else if (peek_char(shell) > 0)
			out[(*n)++] = (char)next_char(shell);
	}
	return wrong;
}

/* A value must end at the end of the line, a comment, or ";". Returns what is wrong, or NULL. */
static const char *check_rest(struct config_shell *shell)
{
	skip_blanks(shell);
	switch (peek_char(shell)) {
	case END:
	case '\n':
	case ';':
	case '#':
		return NULL;
	}
	return "has more than one word after '=': quote a value that has blanks";
}

static const char *read_assignment(struct config_shell *shell, struct config_line *line)
{
	size_t n = name_length(shell), size = 0;
	const char *wrong;

	if (n == 6 && !strncmp(shell->text + shell->at, "export", 6) && shell->at + 6 < shell->size &&
	    (shell->text[shell->at + 6] == ' ' || shell->text[shell->at + 6] == '\t')) {
		shell->at += 6;
		skip_blanks(shell);
		line->number = shell->line;
		n = name_length(shell);
	}
	memcpy(line->name, shell->text + shell->at, n);
	line->name[n] = 0;
	shell->at += n;
	if (!n || peek_char(shell) != '=')
		return no_assignment;
	next_char(shell);
	wrong = read_value(shell, line->value, &size);
	line->value[size] = 0;
	return wrong ? wrong : check_rest(shell);
}

void config_shell_free(struct config_line *line)
{
	free(line->name);
	free(line->value);
	line->name = line->value = NULL;
}

int config_shell_next(struct config_shell *shell, struct config_line *line, struct fault *fault)
{
	size_t left;

	skip_between(shell);
	*line = (struct config_line){ .number = shell->line };
	left = shell->size - shell->at;
	if (!left)
		return 0;
	line->name = malloc(left + 1);
	line->value = malloc(left + 1);
	if (!line->name || !line->value) {
		config_shell_free(line);
		return fault_memory(fault);
	}
	line->wrong = read_assignment(shell, line);
	if (line->wrong) {
		config_shell_free(line);
		skip_line(shell);
	}
	return 1;
}
