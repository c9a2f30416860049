/* Ends the client with a sentence about what it cannot go on with. */
#include "failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void fail(enum failure failure, const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs("load client: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    exit(failure);
}
