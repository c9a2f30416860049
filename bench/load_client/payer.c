/* A payer keeps a connection, and has one call under way on it at most. */
#include "payer.h"

#include "failure.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

void payers_append(struct payers *payers, struct payer *payer) {
    payer->before = payers->last;
    payer->after = NULL;
    *(payers->last ? &payers->last->after : &payers->first) = payer;
    payers->last = payer;
}

void payers_remove(struct payers *payers, struct payer *payer) {
    *(payer->before ? &payer->before->after : &payers->first) = payer->after;
    *(payer->after ? &payer->after->before : &payers->last) = payer->before;
    payer->before = payer->after = NULL;
}

static void watch(struct payer *payer, int epoll, int operation, uint32_t what) {
    struct epoll_event event = {.events = what, .data.ptr = payer};
    if (epoll_ctl(epoll, operation, payer->connection, &event))
        fail(NO_MEANS, "A connection cannot be watched: %s.", strerror(errno));
}

static _Noreturn void refused(int port, int error) {
    fail(NO_GATEWAY, "The gateway on port %d takes no connections: %s.", port, strerror(error));
}

void payer_connect(struct payer *payer, int epoll, int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int at_once = 1;
    payer->connection = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (payer->connection < 0) fail(NO_MEANS, "No more connections can be opened: %s.", strerror(errno));
    setsockopt(payer->connection, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    if (connect(payer->connection, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        refused(port, errno);
    payer->standing = CONNECTING;
    payer->held = 0;
    watch(payer, epoll, EPOLL_CTL_ADD, EPOLLOUT);
}

void payer_connected(struct payer *payer, int epoll, int port) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(payer->connection, SOL_SOCKET, SO_ERROR, &error, &size)) error = errno;
    if (error) refused(port, error);
    payer->standing = IDLE;
    watch(payer, epoll, EPOLL_CTL_MOD, EPOLLIN);
}

/* A socket with nothing under way takes a whole request at once, unless its connection is gone. */
void payer_ask(struct payer *payer) {
    payer->standing = ASKING;
    payer->held = 0;
    ssize_t count = send(payer->connection, payer->request, payer->length, MSG_NOSIGNAL);
    if (count < 0 || (size_t)count < payer->length) shutdown(payer->connection, SHUT_RDWR);
}

enum cut payer_read(struct payer *payer, struct answer *answer) {
    ssize_t count = recv(payer->connection, payer->answer + payer->held, sizeof payer->answer - payer->held, 0);
    *answer = (struct answer){.fault = "the connection was lost"};
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return CUT_UNFINISHED;
    if (count <= 0) return CUT_BROKEN;
    payer->held += (size_t)count;
    enum cut cut = answer_cut(payer->answer, payer->held, answer);
    if (cut == CUT_UNFINISHED && payer->held == sizeof payer->answer) {
        *answer = (struct answer){.body = payer->answer, .length = payer->held, .fault = "is longer than any may be"};
        return CUT_BROKEN;
    }
    return cut;
}

void payer_close(struct payer *payer) {
    if (payer->standing != CLOSED) close(payer->connection);
    payer->standing = CLOSED;
}
