/* What the client is asked to do: the JSON of `bench.plan.Plan`, each value within its bounds. */
#ifndef PLAN_H
#define PLAN_H

#include <stddef.h>
#include <stdint.h>

enum { PATH_MAX_BYTES = 256, SECRET_MAX_BYTES = 128, ACCOUNT_MAX_BYTES = 64, PLAN_MAX_BYTES = 65536 };

/* What happens to each order: a name in `bench.lives.LIVES`. */
enum kind {
    PAID,
    PAID_BY_THE_PATIENT, /* what was opened is brought to an end, though the answer was to try again */
    ECHOED,              /* one call of a server that gives back what it gets */
    KINDS,
};

struct plan {
    enum kind kind;
    int port;
    char path[PATH_MAX_BYTES + 1], secret[SECRET_MAX_BYTES + 1], account[ACCOUNT_MAX_BYTES + 1];
    int64_t first, orders, amount;
    int payers;
    double seconds, warmup, pause, rate;
};

/* Fails with a sentence about the first value that is missing or out of its bounds. */
struct plan plan_read(const char *text, size_t length);

#endif
