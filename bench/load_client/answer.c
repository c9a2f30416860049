/* HTTP/1.1 as far as the client needs it: an answer is cut out of the bytes that have come. */
#define _GNU_SOURCE
#include "answer.h"

#include <string.h>
#include <strings.h>

static const char VERSION[] = "HTTP/1.1 ";
enum { VERSION_BYTES = sizeof VERSION - 1, STATUS_LINE_BYTES = VERSION_BYTES + 3, LENGTH_MAX_DIGITS = 9 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Whether a line is the header of this name, in lower case with its colon; then its value is in `value`. */
static bool is_header(const char *line, const char *end, const char *name, const char **value) {
    size_t length = strlen(name);
    if ((size_t)(end - line) < length || strncasecmp(line, name, length)) return false;
    for (*value = line + length; *value < end && (**value == ' ' || **value == '\t');) ++*value;
    return true;
}

/* The number that the text is; -1 if it is none. */
static long number(const char *at, const char *end) {
    long sum = 0;
    if (at == end || end - at > LENGTH_MAX_DIGITS) return -1;
    for (; at < end; at++) {
        if (!is_digit(*at)) return -1;
        sum = sum * 10 + (*at - '0');
    }
    return sum;
}

static enum cut broken(struct answer *answer, const char *bytes, size_t count, const char *fault) {
    *answer = (struct answer){.body = bytes, .length = count, .fault = fault};
    return CUT_BROKEN;
}

/* Looks at each header; the body's length, or -1 if it is not said once and clearly. */
static long body_length(const char *line, const char *end, struct answer *answer) {
    long length = -1;
    bool said = false;
    while (line < end) {
        const char *behind = memmem(line, (size_t)(end - line), "\r\n", 2), *value;
        if (!behind) behind = end;
        if (is_header(line, behind, "content-length:", &value)) {
            length = said ? -1 : number(value, behind);
            said = true;
        } else if (is_header(line, behind, "transfer-encoding:", &value))
            return -1;
        else if (is_header(line, behind, "connection:", &value))
            answer->closes |= !strncasecmp(value, "close", 5);
        line = behind + 2;
    }
    return length;
}

enum cut answer_cut(const char *bytes, size_t count, struct answer *answer) {
    *answer = (struct answer){.body = bytes};
    size_t known = count < VERSION_BYTES ? count : VERSION_BYTES;
    if (memcmp(bytes, VERSION, known)) return broken(answer, bytes, count, "is no HTTP");
    const char *end = memmem(bytes, count, "\r\n\r\n", 4);
    if (!end) return CUT_UNFINISHED;
    const char *line = memmem(bytes, count, "\r\n", 2);
    bool has_status = line - bytes >= STATUS_LINE_BYTES;
    answer->status = has_status ? (int)number(bytes + VERSION_BYTES, bytes + STATUS_LINE_BYTES) : -1;
    if (answer->status < 100) return broken(answer, bytes, count, "is no HTTP");
    long length = line < end ? body_length(line + 2, end, answer) : -1;
    if (length < 0) return broken(answer, bytes, count, "has a body of unknown length");
    answer->body = end + 4;
    answer->length = (size_t)length;
    size_t come = count - (size_t)(answer->body - bytes);
    if (come > answer->length) return broken(answer, bytes, count, "more came than the answer");
    return come == answer->length ? CUT_WHOLE : CUT_UNFINISHED;
}
