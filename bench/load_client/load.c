/* All payers of a plan: who begins when. */
#include "load.h"

#include "failure.h"
#include "life.h"
#include "moment.h"
#include "payer.h"
#include "tally.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 256, LONGEST_SLEEP_MS = 100 };

/* After the window, for what is under way: an honest answer comes within five, and some calls are repeated. */
enum { LAST_LIVES_SECONDS = 20 };

struct load {
    const struct plan *plan;
    struct calls calls;
    struct tally tally;
    int epoll;
    struct payer *all;
    struct payers closed, idle, paused;
    int64_t busy; /* payers in the middle of a life */
    int64_t used; /* orders */
    /* At a rate: the first one's planned moment, how many were to begin by now, and how many of them did. */
    int64_t first, planned, begun;
    bool lacking, over;
};

static int64_t planned_moment(const struct load *load, int64_t number) {
    return load->first + (int64_t)((double)number * NS_PER_SECOND / load->plan->rate);
}

static void connect_one_more(struct load *load) {
    struct payer *payer = load->closed.first;
    if (!payer) return;
    payers_remove(&load->closed, payer);
    payer_connect(payer, load->epoll, load->plan->port);
}

static void make_idle(struct load *load, struct payer *payer) {
    payer->standing = IDLE;
    payers_append(&load->idle, payer);
}

static void ask(struct load *load, struct payer *payer, int64_t since) {
    payer->length = life_request(&payer->life, &load->calls, payer->request);
    payer->asked = since;
    payer_ask(payer);
}

/* `planned`: when the payer wanted to begin; whatever kept him is part of his wait. */
static void begin(struct load *load, struct payer *payer, int64_t planned) {
    if (load->used == load->plan->orders) {
        load->lacking = true;
        load->begun = load->planned;
        make_idle(load, payer);
        return;
    }
    life_begin(&payer->life, load->plan->first + load->used++, &load->calls);
    payer->planned = planned;
    load->busy++;
    ask(load, payer, planned);
}

/* He is connected and has nothing to do: the next life, if there is to be one. */
static void free_payer(struct load *load, struct payer *payer) {
    if (load->begun < load->planned)
        begin(load, payer, planned_moment(load, load->begun++));
    else if (load->plan->rate > 0 || load->over)
        make_idle(load, payer);
    else
        begin(load, payer, moment_now());
}

static void end_life(struct load *load, struct payer *payer) {
    load->busy--;
    free_payer(load, payer);
}

/* The connection cannot be trusted any more; another takes its place. A quiet one may be closed by the server. */
static void break_off(struct load *load, struct payer *payer, const struct answer *answer) {
    bool living = payer->standing == ASKING || payer->standing == PAUSED;
    if (living)
        tally_was_wrong(&load->tally, METHOD_NAMES[payer->life.method], answer->fault, answer->body, answer->length);
    else if (payer->held)
        tally_was_wrong(&load->tally, "nothing was asked", answer->fault, answer->body, answer->length);
    load->busy -= living;
    if (payer->standing == PAUSED) payers_remove(&load->paused, payer);
    if (payer->standing == IDLE) payers_remove(&load->idle, payer);
    payer_close(payer);
    payers_append(&load->closed, payer);
    if (!load->over) connect_one_more(load);
}

static void pause_payer(struct load *load, struct payer *payer, int64_t now) {
    payer->standing = PAUSED;
    payer->held = 0;
    payer->due = now + (int64_t)(load->plan->pause * NS_PER_SECOND);
    payers_append(&load->paused, payer);
}

static void take(struct load *load, struct payer *payer, const struct answer *answer, int64_t now) {
    enum method method = payer->life.method;
    int64_t waited = now - payer->asked;
    enum verdict verdict = life_take(&payer->life, load->plan, answer->body, answer->length);
    payer->held = 0;
    switch (verdict) {
    case GOES_ON:
        tally_answered(&load->tally, (int)method, waited);
        ask(load, payer, moment_now());
        return;
    case REPEATED:
        tally_answered(&load->tally, TRY_AGAIN, waited);
        pause_payer(load, payer, now);
        return;
    case ENDED:
        tally_answered(&load->tally, (int)method, waited);
        tally_answered(&load->tally, LIFE, now - payer->planned);
        break;
    case GIVEN_UP: tally_answered(&load->tally, TRY_AGAIN, waited); break;
    case WRONG:
        tally_was_wrong(&load->tally, METHOD_NAMES[method], payer->life.fault, answer->body, answer->length);
        break;
    }
    end_life(load, payer);
}

/* Why a whole answer is none to go on with, whatever it says; NULL if there is no reason. */
static const char *objection(struct payer *payer, const struct answer *answer) {
    if (payer->standing != ASKING) return "an answer that nobody asked for";
    if (answer->status != 200) {
        snprintf(payer->life.fault, sizeof payer->life.fault, "HTTP status %d", answer->status);
        return payer->life.fault;
    }
    return answer->closes ? "the server wants to close the connection" : NULL;
}

static void read_answer(struct load *load, struct payer *payer) {
    struct answer answer;
    enum cut cut = payer_read(payer, &answer);
    if (cut == CUT_UNFINISHED) return;
    int64_t now = moment_now();
    if (cut == CUT_WHOLE) answer.fault = objection(payer, &answer);
    if (answer.fault)
        break_off(load, payer, &answer);
    else
        take(load, payer, &answer, now);
}

static void meet(struct load *load, struct payer *payer) {
    if (payer->standing == CONNECTING) {
        payer_connected(payer, load->epoll, load->plan->port);
        free_payer(load, payer);
    } else
        read_answer(load, payer);
}

/* At a rate, connections are opened as they are needed, as a provider's are; what that takes is part of the wait. */
static void begin_what_is_planned(struct load *load, int64_t now) {
    if (load->plan->rate <= 0 || load->over || load->lacking) return;
    while (!load->lacking && planned_moment(load, load->planned) <= now) {
        load->planned++;
        struct payer *payer = load->idle.last;
        if (payer) {
            payers_remove(&load->idle, payer);
            free_payer(load, payer);
        } else
            connect_one_more(load);
    }
}

static void repeat_what_is_due(struct load *load, int64_t now) {
    struct payer *payer;
    while ((payer = load->paused.first) && payer->due <= now) {
        payers_remove(&load->paused, payer);
        payer->asked = moment_now();
        payer_ask(payer);
    }
}

static int sleep_ms(const struct load *load, int64_t now, int64_t until) {
    if (load->plan->rate > 0 && !load->over && !load->lacking) {
        int64_t next = planned_moment(load, load->planned);
        if (next < until) until = next;
    }
    if (load->paused.first && load->paused.first->due < until) until = load->paused.first->due;
    int64_t ms = (until - now + NS_PER_MS - 1) / NS_PER_MS;
    return ms < 0 ? 0 : ms < LONGEST_SLEEP_MS ? (int)ms : LONGEST_SLEEP_MS;
}

static bool never(const struct load *load) {
    (void)load;
    return false;
}

static bool finished(const struct load *load) { return load->lacking && !load->busy; }

static bool quiet(const struct load *load) { return !load->busy && load->begun == load->planned; }

static void run(struct load *load, int64_t nanoseconds, bool (*enough)(const struct load *)) {
    struct epoll_event events[EVENTS_AT_ONCE];
    int64_t now = moment_now(), until = now + nanoseconds;
    for (; now < until && !enough(load); now = moment_now()) {
        begin_what_is_planned(load, now);
        repeat_what_is_due(load, now);
        int count = epoll_wait(load->epoll, events, EVENTS_AT_ONCE, sleep_ms(load, now, until));
        if (count < 0 && errno != EINTR) fail(NO_MEANS, "The connections cannot be waited for: %s.", strerror(errno));
        for (int i = 0; i < count; i++) meet(load, events[i].data.ptr);
    }
}

void load_play(const struct plan *plan) {
    struct load load = {.plan = plan, .epoll = epoll_create1(EPOLL_CLOEXEC), .first = moment_now()};
    load.all = calloc((size_t)plan->payers, sizeof *load.all);
    if (load.epoll < 0 || !load.all) fail(NO_MEANS, "There is no room for %d payers.", plan->payers);
    calls_prepare(&load.calls, plan);
    for (int i = 0; i < plan->payers; i++) payers_append(&load.closed, &load.all[i]);
    for (int i = 0; i < plan->payers && plan->rate <= 0; i++) connect_one_more(&load);
    run(&load, (int64_t)(plan->warmup * NS_PER_SECOND), never);
    tally_begin(&load.tally);
    run(&load, (int64_t)(plan->seconds * NS_PER_SECOND), finished);
    tally_end(&load.tally);
    load.over = true;
    run(&load, (int64_t)LAST_LIVES_SECONDS * NS_PER_SECOND, quiet);
    struct ending ending = {load.used, load.busy + load.planned - load.begun, load.lacking};
    for (int i = 0; i < plan->payers; i++) payer_close(&load.all[i]);
    tally_print(&load.tally, ending);
    tally_free(&load.tally);
    free(load.all);
    close(load.epoll);
}
