/* HTTP/1.1 as far as the client needs it: an answer is cut out of the bytes that have come. */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdbool.h>
#include <stddef.h>

enum cut { CUT_WHOLE, CUT_UNFINISHED, CUT_BROKEN };

struct answer {
    int status;
    bool closes; /* the server wants no more calls on this connection */
    const char *body; /* where it is broken, all that came */
    size_t length;
    const char *fault; /* why it is broken */
};

/* The bytes are those of one answer and no more, for one call is under way at a time. */
enum cut answer_cut(const char *bytes, size_t count, struct answer *);

#endif
