/* What happens to an order, call by call, and what each answer must be like. */
#include "life.h"

#include "failure.h"
#include "json.h"
#include "moment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { TRY_AGAIN_CODE = -32400, OPENED_STATE = 1, PERFORMED_STATE = 2 };

const char *const METHOD_NAMES[METHODS] = {
    "CheckPerformTransaction",
    "CreateTransaction",
    "PerformTransaction",
    "CheckTransaction",
    "Echo",
};

static void base64(const char *text, char *into) {
    static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i += 3) {
        size_t held = length - i < 3 ? length - i : 3;
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; j++) bits = bits << 8 | (j < held ? (unsigned char)text[i + j] : 0);
        for (size_t j = 0; j < 4; j++) *into++ = j <= held ? LETTERS[bits >> (18 - 6 * j) & 63] : '=';
    }
    *into = 0;
}

void calls_prepare(struct calls *calls, const struct plan *plan) {
    char pair[sizeof "Paycom:" + SECRET_MAX_BYTES], credentials[sizeof pair * 4 / 3 + 4];
    snprintf(pair, sizeof pair, "Paycom:%s", plan->secret);
    base64(pair, credentials);
    *calls = (struct calls){.plan = plan};
    snprintf(
        calls->head, sizeof calls->head,
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Basic %s\r\n"
        "Content-Type: application/json\r\nContent-Length: ",
        plan->path, plan->port, credentials);
    if (getrandom(&calls->salt, sizeof calls->salt, 0) != sizeof calls->salt)
        fail(NO_MEANS, "This system gives no random numbers.");
}

void life_begin(struct life *life, int64_t order, struct calls *calls) {
    *life = (struct life){.order = order, .method = calls->plan->kind == ECHOED ? ECHO : CHECK_PERFORM, .tries = 1};
    life->began_at = moment_of(CLOCK_REALTIME) / NS_PER_MS;
    snprintf(life->payment, sizeof life->payment, "%016" PRIx64 "%08" PRIx32, calls->salt, (uint32_t)++calls->numbers);
}

size_t life_request(struct life *life, struct calls *calls, char request[static REQUEST_MAX_BYTES]) {
    const struct plan *plan = calls->plan;
    char order[ACCOUNT_MAX_BYTES + 128], params[sizeof order + 128], body[sizeof params + 128];
    snprintf(
        order, sizeof order, "\"amount\":%" PRId64 ",\"account\":{\"%s\":\"%" PRId64 "\"}", plan->amount, plan->account,
        life->order);
    if (life->method == CHECK_PERFORM || life->method == ECHO)
        snprintf(params, sizeof params, "%s", order);
    else if (life->method == CREATE)
        snprintf(
            params, sizeof params, "\"id\":\"%s\",\"time\":%" PRId64 ",%s", life->payment, life->began_at, order);
    else
        snprintf(params, sizeof params, "\"id\":\"%s\"", life->payment);
    life->number = ++calls->numbers;
    int length = snprintf(
        body, sizeof body, "{\"jsonrpc\":\"2.0\",\"id\":%" PRId64 ",\"method\":\"%s\",\"params\":{%s}}", life->number,
        METHOD_NAMES[life->method], params);
    int whole = snprintf(request, REQUEST_MAX_BYTES, "%s%d\r\n\r\n%s", calls->head, length, body);
    if (whole >= REQUEST_MAX_BYTES) fail(BAD_PLAN, "This plan's requests are longer than %d bytes.", REQUEST_MAX_BYTES);
    return (size_t)whole;
}

static enum verdict wrong(struct life *life, const char *fault) {
    snprintf(life->fault, sizeof life->fault, "%s", fault);
    return WRONG;
}

/* A member that is a whole number; 0, which no time and no state is, if there is no such. */
static int64_t whole_member(struct json result, const char *name) {
    int64_t number;
    return json_whole(json_member(result, name), &number) ? number : 0;
}

static bool is_transaction(struct json result, const char *transaction) {
    struct json found = json_member(result, "transaction");
    return found.kind == JSON_STRING && found.length == strlen(transaction) &&
           !memcmp(found.text, transaction, found.length);
}

static enum verdict take_created(struct life *life, struct json result) {
    if (whole_member(result, "state") != OPENED_STATE) return wrong(life, "it was not opened");
    if ((life->created_at = whole_member(result, "create_time")) <= 0) return wrong(life, "no create_time");
    struct json found = json_member(result, "transaction");
    if (found.kind != JSON_STRING || !found.length || found.length > TRANSACTION_MAX_BYTES)
        return wrong(life, "no transaction");
    memcpy(life->transaction, found.text, found.length);
    return GOES_ON;
}

static enum verdict take_performed(struct life *life, struct json result) {
    if (whole_member(result, "state") != PERFORMED_STATE) return wrong(life, "it was not performed");
    if ((life->performed_at = whole_member(result, "perform_time")) <= 0) return wrong(life, "no perform_time");
    return is_transaction(result, life->transaction) ? GOES_ON : wrong(life, "another transaction");
}

static enum verdict take_checked(struct life *life, struct json result) {
    int64_t cancelled_at;
    bool uncancelled = json_whole(json_member(result, "cancel_time"), &cancelled_at) && cancelled_at == 0;
    bool stands = whole_member(result, "state") == PERFORMED_STATE && is_transaction(result, life->transaction) &&
                  whole_member(result, "create_time") == life->created_at &&
                  whole_member(result, "perform_time") == life->performed_at && uncancelled;
    return stands ? ENDED : wrong(life, "it does not stand as it was said to");
}

static enum verdict take_echoed(struct life *life, const struct plan *plan, struct json result) {
    char order[32];
    snprintf(order, sizeof order, "%" PRId64, life->order);
    struct json found = json_member(json_member(result, "account"), plan->account);
    bool same = found.kind == JSON_STRING && found.length == strlen(order) && !memcmp(found.text, order, found.length);
    return same ? ENDED : wrong(life, "another order");
}

static enum verdict take_result(struct life *life, const struct plan *plan, struct json result) {
    if (result.kind != JSON_OBJECT) return wrong(life, "no result");
    switch (life->method) {
    case CREATE: return take_created(life, result);
    case PERFORM: return take_performed(life, result);
    case CHECK: return take_checked(life, result);
    case ECHO: return take_echoed(life, plan, result);
    default: return json_member(result, "allow").kind == JSON_TRUE ? GOES_ON : wrong(life, "it is not allowed");
    }
}

static enum verdict take_error(struct life *life, struct json error) {
    int64_t code;
    if (!json_whole(json_member(error, "code"), &code)) return wrong(life, "an error without a code");
    if (code == TRY_AGAIN_CODE) return --life->tries > 0 ? REPEATED : GIVEN_UP;
    snprintf(life->fault, sizeof life->fault, "error %" PRId64, code);
    return WRONG;
}

enum verdict life_take(struct life *life, const struct plan *plan, const char *body, size_t length) {
    struct json answer = json_read(body, length), error = json_member(answer, "error");
    int64_t number;
    if (answer.kind != JSON_OBJECT) return wrong(life, "is no JSON object");
    if (!json_whole(json_member(answer, "id"), &number) || number != life->number)
        return wrong(life, "the id is not echoed");
    if (error.kind != JSON_NONE && error.kind != JSON_NULL) return take_error(life, error);
    enum verdict verdict = take_result(life, plan, json_member(answer, "result"));
    if (verdict == GOES_ON) {
        life->method++;
        life->tries = plan->kind == PAID_BY_THE_PATIENT && life->method >= PERFORM ? TRIES : 1;
    }
    return verdict;
}
