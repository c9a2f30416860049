/* Reads JSON strictly and without copies: a value is the place in the text where it stands. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_kind { JSON_NONE, JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_OBJECT, JSON_ARRAY };

struct json {
    enum json_kind kind;
    const char *text; /* of a string: between its quotes, escapes as they stand */
    size_t length;
};

/* The one value that the text is; JSON_NONE if it is anything else, or nested deeper than 32. */
struct json json_read(const char *text, size_t length);

/* Of an object, by a name without escapes: the last one if there are several; JSON_NONE if there is none. */
struct json json_member(struct json object, const char *name);

/* Whether it is a number without fraction or exponent that fits; then it is in `number`. */
bool json_whole(struct json, int64_t *number);

/* Whether it is a number; then it is in `number`. */
bool json_real(struct json, double *number);

#endif
