/* What the client is asked to do: the JSON of `bench.plan.Plan`, each value within its bounds. */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PATH_MAX_BYTES = 256, SECRET_MAX_BYTES = 128, ACCOUNT_MAX_BYTES = 64, PLAN_MAX_BYTES = 65536 };

struct plan {
    int port;
    char path[PATH_MAX_BYTES + 1], secret[SECRET_MAX_BYTES + 1], account[ACCOUNT_MAX_BYTES + 1];
    int64_t first, orders, amount;
    int payers;
    double seconds, warmup, pause, rate;
    bool patient; /* what was opened is brought to an end, though the answer was to try again */
};

/* Fails with a sentence about the first value that is missing or out of its bounds. */
struct plan plan_read(const char *text, size_t length);

#endif
