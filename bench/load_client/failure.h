/* Ends the client with a sentence about what it cannot go on with. */
#ifndef FAILURE_H
#define FAILURE_H

enum failure { NO_GATEWAY = 1, BAD_PLAN = 2, NO_MEANS = 3 };

/* The sentence goes to stderr; the process ends with the number of the failure. */
_Noreturn void fail(enum failure, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
