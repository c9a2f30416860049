/* Counts what the payers meet: times, wrong answers, and what the client itself costs. */
#ifndef TALLY_H
#define TALLY_H

#include "life.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is timed: each method's answers, whole lives, answers to try again. */
enum { LIFE = METHODS, TRY_AGAIN, TIMED };
enum { WRONGS_SHOWN = 5, BODY_SHOWN_BYTES = 200, WRONG_MAX_BYTES = 320 };

struct times {
    uint32_t *microseconds;
    size_t count, room;
};

struct tally {
    bool counts;
    int64_t began, ended, own;
    struct times times[TIMED];
    int64_t wrong;
    char wrongs[WRONGS_SHOWN][WRONG_MAX_BYTES]; /* printable ASCII */
};

/* What is not counted by the tally. */
struct ending {
    int64_t orders_used, left_over;
    bool orders_lacking;
};

/* From now on, until now: times count. The one who started the client is informed by a line, so that it can look at
   the processes that it watches. */
void tally_begin(struct tally *);
void tally_end(struct tally *);

void tally_answered(struct tally *, int timed, int64_t nanoseconds);

/* Counts whenever it is. `body`: of the answer, if there is one. */
void tally_was_wrong(struct tally *, const char *method, const char *fault, const char *body, size_t length);

/* The JSON of `bench.plan.Figures`, a line; it sorts the times. */
void tally_print(struct tally *, struct ending);

void tally_free(struct tally *);

#endif
