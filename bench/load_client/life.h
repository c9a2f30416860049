/* What happens to an order, call by call, and what each answer must be like. */
#ifndef LIFE_H
#define LIFE_H

#include "plan.h"

#include <stddef.h>
#include <stdint.h>

enum method { CHECK_PERFORM, CREATE, PERFORM, CHECK, ECHO, METHODS };
enum { REQUEST_MAX_BYTES = 1024, TRANSACTION_MAX_BYTES = 64, FAULT_MAX_BYTES = 64, PAYMENT_BYTES = 24, TRIES = 5 };

extern const char *const METHOD_NAMES[METHODS];

enum verdict {
    GOES_ON,  /* with the next method */
    ENDED,    /* all was right */
    REPEATED, /* the answer was to try again, and the same call is made again after a while */
    GIVEN_UP, /* the answer was to try again, and the payer has no more patience */
    WRONG,    /* the fault says how */
};

/* Of one order: where it stands, and what was answered so far. */
struct life {
    int64_t order, number; /* the number is that of the call, its id */
    enum method method;
    int tries;
    char payment[PAYMENT_BYTES + 1], transaction[TRANSACTION_MAX_BYTES + 1];
    int64_t began_at, created_at, performed_at; /* milliseconds */
    char fault[FAULT_MAX_BYTES];
};

/* What all calls of this process share. */
struct calls {
    const struct plan *plan;
    char head[REQUEST_MAX_BYTES];
    int64_t numbers;
    uint64_t salt; /* payments of two runs are never the same */
};

void calls_prepare(struct calls *, const struct plan *);

void life_begin(struct life *, int64_t order, struct calls *);

/* The request of the life's method, under a new number; how many bytes it has. */
size_t life_request(struct life *, struct calls *, char request[static REQUEST_MAX_BYTES]);

/* Takes the body of an answer; the life goes on to its next method if that is the verdict. */
enum verdict life_take(struct life *, const struct plan *, const char *body, size_t length);

#endif
