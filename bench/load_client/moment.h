/* The clocks, in nanoseconds: one that nobody sets, the calendar's, and the time that this process had of the cores. */
#ifndef MOMENT_H
#define MOMENT_H

#include <stdint.h>
#include <time.h>

enum { NS_PER_US = 1000, NS_PER_MS = 1000000, NS_PER_SECOND = 1000000000 };

static inline int64_t moment_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static inline int64_t moment_now(void) { return moment_of(CLOCK_MONOTONIC); }

#endif
