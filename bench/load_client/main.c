/* The load client: reads a plan from stdin, lets the payers pay, prints the figures. `bench/c_client.py` runs it.

   Lean, because it shares the machine with what it measures; still every answer is verified. */
#include "failure.h"
#include "load.h"
#include "plan.h"

#include <stdio.h>

int main(void) {
    static char text[PLAN_MAX_BYTES + 1];
    size_t length = fread(text, 1, sizeof text, stdin);
    if (length > PLAN_MAX_BYTES) fail(BAD_PLAN, "The plan on stdin is longer than %d bytes.", PLAN_MAX_BYTES);
    struct plan plan = plan_read(text, length);
    load_play(&plan);
    return 0;
}
