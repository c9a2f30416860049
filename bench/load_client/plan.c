/* What the client is asked to do: the JSON of `bench.plan.Plan`, each value within its bounds. */
#include "plan.h"

#include "failure.h"
#include "json.h"

#include <inttypes.h>
#include <string.h>

static int64_t whole(struct json plan, const char *name, int64_t least, int64_t most) {
    int64_t number;
    if (!json_whole(json_member(plan, name), &number) || number < least || number > most)
        fail(BAD_PLAN, "The plan's \"%s\" is not a whole number from %" PRId64 " to %" PRId64 ".", name, least, most);
    return number;
}

static double real(struct json plan, const char *name, double most) {
    double number;
    if (!json_real(json_member(plan, name), &number) || !(number >= 0 && number <= most))
        fail(BAD_PLAN, "The plan's \"%s\" is not a number from 0 to %g.", name, most);
    return number;
}

/* It goes into heads and JSON as it is: so there is nothing in it that would mean something else there. */
static void text(struct json plan, const char *name, char *into, size_t most) {
    struct json value = json_member(plan, name);
    bool fit = value.kind == JSON_STRING && value.length > 0 && value.length <= most;
    for (size_t i = 0; fit && i < value.length; i++) {
        char c = value.text[i];
        fit = c > ' ' && c <= '~' && c != '\\';
    }
    if (!fit) fail(BAD_PLAN, "The plan's \"%s\" is not a text of 1 to %zu plain characters.", name, most);
    memcpy(into, value.text, value.length);
    into[value.length] = 0;
}

static enum kind kind(struct json plan) {
    static const char *const NAMES[KINDS] = {"paid", "paid by the patient", "echoed"};
    struct json value = json_member(plan, "life");
    for (int found = 0; value.kind == JSON_STRING && found < KINDS; found++)
        if (value.length == strlen(NAMES[found]) && !memcmp(value.text, NAMES[found], value.length)) return found;
    fail(BAD_PLAN, "The plan's \"life\" is not \"%s\", \"%s\" or \"%s\".", NAMES[PAID], NAMES[PAID_BY_THE_PATIENT],
         NAMES[ECHOED]);
}

struct plan plan_read(const char *text_of_plan, size_t length) {
    struct json given = json_read(text_of_plan, length);
    if (given.kind != JSON_OBJECT) fail(BAD_PLAN, "The plan on stdin is no JSON object.");
    struct plan plan = {
        .kind = kind(given),
        .port = (int)whole(given, "port", 1, 65535),
        .first = whole(given, "first", 0, 1000000000000),
        .orders = whole(given, "orders", 0, 100000000),
        .amount = whole(given, "amount", 1, 1000000000000000),
        .payers = (int)whole(given, "payers", 1, 20000),
        .seconds = real(given, "seconds", 3600),
        .warmup = real(given, "warmup", 3600),
        .pause = real(given, "pause", 3600),
        .rate = real(given, "rate", 1000000),
    };
    text(given, "path", plan.path, PATH_MAX_BYTES);
    text(given, "secret", plan.secret, SECRET_MAX_BYTES);
    text(given, "account", plan.account, ACCOUNT_MAX_BYTES);
    return plan;
}
