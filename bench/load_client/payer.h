/* A payer keeps a connection, and has one call under way on it at most. */
#ifndef PAYER_H
#define PAYER_H

#include "answer.h"
#include "life.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ANSWER_MAX_BYTES = 8192 };

enum standing { CLOSED, CONNECTING, IDLE, ASKING, PAUSED };

struct payer {
    enum standing standing;
    int connection;
    struct payer *before, *after; /* in the list of those who stand as he does, where there is one */
    struct life life;
    int64_t planned, asked, due; /* when his life was to begin, he made his call, he is to repeat it */
    size_t length, held; /* bytes of his request; of what has come of an answer */
    char request[REQUEST_MAX_BYTES], answer[ANSWER_MAX_BYTES];
};

/* In order of their coming; a payer is in one list at most, and leaves it at no cost. */
struct payers {
    struct payer *first, *last;
};

void payers_append(struct payers *, struct payer *);
void payers_remove(struct payers *, struct payer *);

/* He is connecting then; fails where that is impossible. */
void payer_connect(struct payer *, int epoll, int port);

/* Once the socket can be written to: he is idle then; fails if nobody listens. */
void payer_connected(struct payer *, int epoll, int port);

/* Makes the call of his request. That the connection is gone is met when the answer is read. */
void payer_ask(struct payer *);

/* Reads once; what is whole, unfinished or broken as `answer_cut` has it. A connection that is gone is broken. */
enum cut payer_read(struct payer *, struct answer *);

void payer_close(struct payer *);

#endif
