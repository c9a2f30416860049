/* Counts what the payers meet: times, wrong answers, and what the client itself costs. */
#include "tally.h"

#include "failure.h"
#include "moment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4096 };

static void say(const char *line) {
    puts(line);
    fflush(stdout);
}

void tally_begin(struct tally *tally) {
    say("begin");
    tally->own = -moment_of(CLOCK_PROCESS_CPUTIME_ID);
    tally->began = moment_now();
    tally->counts = true;
}

void tally_end(struct tally *tally) {
    tally->counts = false;
    tally->ended = moment_now();
    tally->own += moment_of(CLOCK_PROCESS_CPUTIME_ID);
    say("end");
}

void tally_answered(struct tally *tally, int timed, int64_t nanoseconds) {
    if (!tally->counts) return;
    struct times *times = &tally->times[timed];
    if (times->count == times->room) {
        times->room = times->room ? times->room * 2 : FIRST_ROOM;
        times->microseconds = reallocarray(times->microseconds, times->room, sizeof *times->microseconds);
        if (!times->microseconds) fail(NO_MEANS, "There is no memory for more times.");
    }
    int64_t microseconds = nanoseconds / NS_PER_US;
    times->microseconds[times->count++] = microseconds < UINT32_MAX ? (uint32_t)microseconds : UINT32_MAX;
}

void tally_was_wrong(struct tally *tally, const char *method, const char *fault, const char *body, size_t length) {
    if (tally->wrong++ >= WRONGS_SHOWN) return;
    char *text = tally->wrongs[tally->wrong - 1];
    int room = WRONG_MAX_BYTES - BODY_SHOWN_BYTES;
    int at = snprintf(text, (size_t)room, "%s: %s%s", method, fault, length ? ": " : "");
    if (at >= room) at = room - 1;
    for (size_t i = 0; i < length && i < BODY_SHOWN_BYTES; i++)
        text[at++] = body[i] >= ' ' && body[i] <= '~' ? body[i] : '?';
    text[at] = 0;
}

static int compare(const void *one, const void *other) {
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

static double milliseconds(const struct times *times, double share) {
    size_t at = (size_t)(share * (double)times->count);
    return times->microseconds[at < times->count ? at : times->count - 1] / 1000.0;
}

static void print_spread(const char *name, const struct times *times) {
    qsort(times->microseconds, times->count, sizeof *times->microseconds, compare);
    printf(
        "\"%s\":{\"count\":%zu,\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f,\"most\":%.3f}", name, times->count,
        milliseconds(times, 0.5), milliseconds(times, 0.9), milliseconds(times, 0.99), milliseconds(times, 1));
}

static void print_text(const char *text) {
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') putchar('\\');
        putchar(*text);
    }
    putchar('"');
}

void tally_print(struct tally *tally, struct ending ending) {
    static const char *const OTHERS[] = {[LIFE] = "life", [TRY_AGAIN] = "try again"};
    double seconds = (double)(tally->ended - tally->began) / NS_PER_SECOND;
    size_t lives = tally->times[LIFE].count, requests = 0;
    for (int timed = 0; timed < TIMED; timed++) requests += timed == LIFE ? 0 : tally->times[timed].count;
    printf(
        "{\"seconds\":%.3f,\"lives\":%zu,\"lives_per_second\":%.1f,\"requests\":%zu,\"try_again\":%zu,"
        "\"orders_used\":%" PRId64 ",\"orders_lacking\":%s,\"left_over\":%" PRId64 ",\"client_us_per_life\":%.1f,"
        "\"us_per_request\":{},\"wrong\":%" PRId64 ",\"wrongs\":[",
        seconds, lives, seconds > 0 ? (double)lives / seconds : 0, requests, tally->times[TRY_AGAIN].count,
        ending.orders_used, ending.orders_lacking ? "true" : "false", ending.left_over,
        (double)tally->own / NS_PER_US / (double)(lives ? lives : 1), tally->wrong);
    for (int i = 0; i < tally->wrong && i < WRONGS_SHOWN; i++) {
        if (i) putchar(',');
        print_text(tally->wrongs[i]);
    }
    printf("],\"times\":{");
    bool first = true;
    for (int timed = 0; timed < TIMED; timed++) {
        if (!tally->times[timed].count) continue;
        if (!first) putchar(',');
        first = false;
        print_spread(timed < METHODS ? METHOD_NAMES[timed] : OTHERS[timed], &tally->times[timed]);
    }
    say("}}");
}

void tally_free(struct tally *tally) {
    for (int timed = 0; timed < TIMED; timed++) free(tally->times[timed].microseconds);
}
