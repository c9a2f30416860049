/* Reads JSON strictly and without copies: a value is the place in the text where it stands. */
#include "json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 32, NUMBER_MAX_BYTES = 64 };

/* Each `skip` returns the place behind what it is named for, or NULL where that is not what stands there. */
static const char *skip_value(const char *at, const char *end, int depth, enum json_kind *kind);

static const char *skip_space(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) at++;
    return at;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

static const char *skip_digits(const char *at, const char *end) {
    const char *first = at;
    while (at < end && is_digit(*at)) at++;
    return at > first ? at : NULL;
}

static const char *skip_word(const char *at, const char *end, const char *word) {
    size_t length = strlen(word);
    return (size_t)(end - at) >= length && !memcmp(at, word, length) ? at + length : NULL;
}

static const char *skip_escape(const char *at, const char *end) {
    if (at == end) return NULL;
    if (*at != 'u') return strchr("\"\\/bfnrt", *at) && *at ? at + 1 : NULL;
    if (end - at < 5) return NULL;
    for (int i = 1; i <= 4; i++)
        if (!is_hex(at[i])) return NULL;
    return at + 5;
}

static const char *skip_string(const char *at, const char *end) {
    if (at == end || *at != '"') return NULL;
    for (at++; at < end && *at != '"';) {
        if ((unsigned char)*at < 0x20) return NULL;
        if (*at++ == '\\' && !(at = skip_escape(at, end))) return NULL;
    }
    return at < end ? at + 1 : NULL;
}

static const char *skip_number(const char *at, const char *end) {
    if (at < end && *at == '-') at++;
    if (at < end && *at == '0')
        at++;
    else if (!(at = skip_digits(at, end)))
        return NULL;
    if (at < end && *at == '.' && !(at = skip_digits(at + 1, end))) return NULL;
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-')) at++;
        at = skip_digits(at, end);
    }
    return at;
}

/* The name, the colon and the space around it. */
static const char *skip_name(const char *at, const char *end) {
    if (!(at = skip_string(at, end))) return NULL;
    at = skip_space(at, end);
    return at < end && *at == ':' ? skip_space(at + 1, end) : NULL;
}

/* An object or an array, from its bracket to the `last` one. */
static const char *skip_group(const char *at, const char *end, int depth, char last) {
    enum json_kind kind;
    at = skip_space(at + 1, end);
    if (at < end && *at == last) return at + 1;
    while (true) {
        if (last == '}' && !(at = skip_name(at, end))) return NULL;
        if (!(at = skip_value(at, end, depth + 1, &kind))) return NULL;
        at = skip_space(at, end);
        if (at == end) return NULL;
        if (*at == last) return at + 1;
        if (*at != ',') return NULL;
        at = skip_space(at + 1, end);
    }
}

static const char *skip_value(const char *at, const char *end, int depth, enum json_kind *kind) {
    *kind = JSON_NONE;
    if (at == end || depth > DEEPEST) return NULL;
    switch (*at) {
    case '{': *kind = JSON_OBJECT; return skip_group(at, end, depth, '}');
    case '[': *kind = JSON_ARRAY; return skip_group(at, end, depth, ']');
    case '"': *kind = JSON_STRING; return skip_string(at, end);
    case 't': *kind = JSON_TRUE; return skip_word(at, end, "true");
    case 'f': *kind = JSON_FALSE; return skip_word(at, end, "false");
    case 'n': *kind = JSON_NULL; return skip_word(at, end, "null");
    default: *kind = JSON_NUMBER; return skip_number(at, end);
    }
}

static struct json value_between(const char *at, const char *end, enum json_kind kind) {
    bool quoted = kind == JSON_STRING;
    return (struct json){kind, at + quoted, (size_t)(end - at) - (quoted ? 2 : 0)};
}

struct json json_read(const char *text, size_t length) {
    enum json_kind kind;
    const char *end = text + length, *first = skip_space(text, end), *behind = skip_value(first, end, 0, &kind);
    if (!behind || skip_space(behind, end) != end) return (struct json){JSON_NONE, text, 0};
    return value_between(first, behind, kind);
}

struct json json_member(struct json object, const char *name) {
    struct json found = {JSON_NONE, object.text, 0};
    if (object.kind != JSON_OBJECT) return found;
    const char *end = object.text + object.length, *at = skip_space(object.text + 1, end);
    while (*at == '"') {
        const char *named = at + 1, *behind_name = skip_string(at, end);
        size_t length = (size_t)(behind_name - named) - 1;
        enum json_kind kind;
        const char *first = skip_name(at, end), *behind = skip_value(first, end, 1, &kind);
        if (length == strlen(name) && !memcmp(named, name, length)) found = value_between(first, behind, kind);
        at = skip_space(behind, end);
        if (*at == ',') at = skip_space(at + 1, end);
    }
    return found;
}

/* Its text with a zero behind it, for the C library; false if it is no number of a sensible length. */
static bool number_text(struct json value, char text[static NUMBER_MAX_BYTES]) {
    if (value.kind != JSON_NUMBER || value.length >= NUMBER_MAX_BYTES) return false;
    memcpy(text, value.text, value.length);
    text[value.length] = 0;
    return true;
}

bool json_whole(struct json value, int64_t *number) {
    char text[NUMBER_MAX_BYTES];
    if (!number_text(value, text) || strpbrk(text, ".eE")) return false;
    errno = 0;
    *number = strtoll(text, NULL, 10);
    return errno == 0;
}

bool json_real(struct json value, double *number) {
    char text[NUMBER_MAX_BYTES];
    if (!number_text(value, text)) return false;
    *number = strtod(text, NULL);
    return true;
}
