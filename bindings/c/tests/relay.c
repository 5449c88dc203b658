/* A home and a recipient that meet at a relay: in calls, live, and over the program's own pipe. The address of the relay is the second
   argument. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static const FhStr EVERY = {NULL, 0};

static void record_hour(const FhStream *stream, int hour) {
    FhReading rows[60];
    for (int i = 0; i < 60; i++) {
        rows[i] = number(MIDNIGHT + hour * HOUR + i * MINUTE, hour);
    }
    OK(fh_stream_record(stream, rows, 60, NULL));
}

static size_t hours_open(const FhRecipient *recipient) {
    FhWindows *hours = NULL;
    const FhWindow *rows = NULL;
    size_t count = 0;
    OK(fh_recipient_summaries(recipient, NULL, EVERY, FH_LEVEL_HOUR, MIDNIGHT,
                              MIDNIGHT + 24 * HOUR, 0, &hours));
    OK(fh_windows_rows(hours, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        CHECK(rows[i].count == 60 && rows[i].sum.low == 60 * i);
    }
    fh_windows_free(hours);
    return count;
}

/* What follows, and what it was told. */
struct live {
    const FhRecipient *recipient;
    const FhHome *home;
    const FhRelay *relay;
    const FhStop *stop;
    pthread_mutex_t lock;
    uint64_t entries, stretches;
};

static void came(void *userdata, const FhId *consent, FhStatus status,
                 const FhReceived *received) {
    struct live *live = userdata;
    CHECK(consent != NULL && status == FH_STATUS_OK && received != NULL);
    pthread_mutex_lock(&live->lock);
    live->entries += received->entries;
    pthread_mutex_unlock(&live->lock);
}

static void went(void *userdata, FhStatus status, const FhUploaded *uploaded) {
    struct live *live = userdata;
    CHECK(status == FH_STATUS_OK && uploaded != NULL);
    pthread_mutex_lock(&live->lock);
    live->stretches += uploaded->stretches;
    pthread_mutex_unlock(&live->lock);
}

static void *recipient_follows(void *data) {
    struct live *live = data;
    OK(fh_recipient_follow(live->recipient, live->relay, live->stop, live, came));
    return NULL;
}

static void *home_follows(void *data) {
    struct live *live = data;
    OK(fh_home_follow(live->home, live->relay, live->stop, live, went));
    return NULL;
}

/* What is recorded at home opens at the recipient without anybody's doing. */
static void live(const FhHome *home, const FhStream *stream, FhClock *clock,
                 const FhRecipient *recipient, const FhRelay *relay) {
    FhStop *stop = NULL;
    FhWatch *watch = NULL;
    pthread_t threads[2];
    OK(fh_stop_new(&stop));
    OK(fh_recipient_watch(recipient, &watch));
    struct live live = {recipient, home, relay, stop, PTHREAD_MUTEX_INITIALIZER, 0, 0};
    CHECK(pthread_create(&threads[0], NULL, recipient_follows, &live) == 0);
    CHECK(pthread_create(&threads[1], NULL, home_follows, &live) == 0);
    record_hour(stream, 2);
    OK(fh_clock_set(clock, MIDNIGHT + 5 * HOUR));
    /* A clock that is put forward wakes nobody: what is recorded does. */
    record_hour(stream, 3);
    bool changed = true;
    while (changed && hours_open(recipient) < 4) {
        OK(fh_watch_wait(watch, 30000, &changed));
    }
    CHECK(changed);
    OK(fh_stop_stop(stop));
    OK(fh_stop_is_stopped(stop, &changed));
    CHECK(changed);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    CHECK(live.entries > 0 && live.stretches > 0);
    fh_watch_free(watch);
    fh_stop_free(stop);
}

/* A recipient that follows before the household has met the relay is refused, and gets what comes then all the same. */
struct early {
    const FhRecipient *recipient;
    const FhRelay *relay;
    const FhStop *stop;
    pthread_mutex_t lock;
    pthread_cond_t told;
    bool refused;
};

static void refused(void *userdata, const FhId *consent, FhStatus status,
                    const FhReceived *received) {
    struct early *early = userdata;
    CHECK(consent != NULL);
    if (status == FH_STATUS_NOT_ADMITTED) {
        CHECK(received == NULL && fh_last_error_message(NULL, 0) > 0);
        pthread_mutex_lock(&early->lock);
        early->refused = true;
        pthread_cond_signal(&early->told);
        pthread_mutex_unlock(&early->lock);
    }
}

static void *early_follows(void *data) {
    struct early *early = data;
    OK(fh_recipient_follow(early->recipient, early->relay, early->stop, early, refused));
    return NULL;
}

static void early(const FhHome *home, FhClock *clock, const FhRelay *relay) {
    FhRecipient *recipient = recipient_in_memory(clock);
    FhStop *stop = NULL;
    FhWatch *watch = NULL;
    pthread_t thread;
    grant(home, recipient);
    OK(fh_stop_new(&stop));
    OK(fh_recipient_watch(recipient, &watch));
    struct early early = {recipient,
                          relay,
                          stop,
                          PTHREAD_MUTEX_INITIALIZER,
                          PTHREAD_COND_INITIALIZER,
                          false};
    CHECK(pthread_create(&thread, NULL, early_follows, &early) == 0);
    pthread_mutex_lock(&early.lock);
    while (!early.refused) {
        pthread_cond_wait(&early.told, &early.lock);
    }
    pthread_mutex_unlock(&early.lock);
    OK(fh_home_sync(home, relay, NULL, NULL));
    bool changed = true;
    while (changed && hours_open(recipient) < 2) {
        OK(fh_watch_wait(watch, 30000, &changed));
    }
    CHECK(changed);
    OK(fh_stop_stop(stop));
    pthread_join(thread, NULL);
    fh_watch_free(watch);
    fh_stop_free(stop);
    fh_recipient_free(recipient);
}

/* Connects to the host and port of an address without anything around it. */
static int connected(const char *address) {
    char place[128] = "";
    CHECK(strlen(address) < sizeof place);
    strcpy(place, address);
    *strchr(place, '#') = '\0';
    char *port = strrchr(place, ':');
    *port++ = '\0';
    struct addrinfo *found = NULL, hints;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    CHECK(getaddrinfo(place, port, &hints, &found) == 0);
    int way = socket(found->ai_family, SOCK_STREAM, 0);
    CHECK(way >= 0 && connect(way, found->ai_addr, found->ai_addrlen) == 0);
    freeaddrinfo(found);
    return way;
}

/* A pipe of the program's own: a socket, and how it answers. */
struct pipe {
    int way;
    int32_t answer;
    int dropped;
};

static int32_t sends(void *userdata, const uint8_t *bytes, size_t len) {
    struct pipe *pipe = userdata;
    while (len > 0) {
        ssize_t sent = send(pipe->way, bytes, len, 0);
        if (sent <= 0) {
            return FH_TRANSPORT_ANSWER_FAILED;
        }
        bytes += sent;
        len -= (size_t)sent;
    }
    return pipe->answer;
}

static int32_t receives(void *userdata, uint8_t *buffer, size_t room, uint64_t wait_ms,
                        size_t *came) {
    struct pipe *pipe = userdata;
    struct pollfd ready = {pipe->way, POLLIN, 0};
    *came = 0;
    if (poll(&ready, 1, wait_ms < 30000 ? (int)wait_ms : 30000) == 1) {
        ssize_t len = recv(pipe->way, buffer, room, 0);
        if (len <= 0) {
            return FH_TRANSPORT_ANSWER_CLOSED;
        }
        *came = (size_t)len;
    }
    return pipe->answer;
}

static void closes(void *userdata) {
    struct pipe *pipe = userdata;
    close(pipe->way);
    pipe->dropped++;
}

/* The same over transports: one of the library's, and two of the program's own. */
static void over_transports(const FhHome *home, const FhRecipient *recipient,
                            const FhId *consent, const FhRelay *relay, const char *address) {
    char place[128] = "";
    strcpy(place, address);
    *strchr(place, '#') = '\0';
    FhTransport *way = NULL;
    OK(fh_transport_connect(fh_str(place), 10000, &way));
    OK(fh_home_sync_over(home, relay, way, false, NULL, NULL));
    fh_transport_free(way);

    struct pipe pipe = {connected(address), FH_TRANSPORT_ANSWER_DONE, 0};
    FhTransportCalls calls;
    memset(&calls, 0, sizeof calls);
    calls.struct_size = sizeof calls;
    calls.userdata = &pipe;
    calls.drop = closes;
    calls.send = sends;
    way = NULL;
    GIVES(FH_STATUS_NULL_POINTER, fh_transport_calls(&calls, &way));
    GIVES(FH_STATUS_NULL_POINTER, fh_transport_calls(NULL, &way));
    calls.receive = receives;
    OK(fh_transport_calls(&calls, &way));
    FhReceived received;
    received.struct_size = sizeof received;
    OK(fh_recipient_sync_over(recipient, relay, consent, way, false, NULL, &received));
    fh_transport_free(way);
    CHECK(pipe.dropped == 1);

    struct pipe broken = {connected(address), FH_TRANSPORT_ANSWER_FAILED, 0};
    calls.userdata = &broken;
    OK(fh_transport_calls(&calls, &way));
    GIVES(FH_STATUS_CONNECTION_LOST, fh_home_sync_over(home, relay, way, false, NULL, NULL));
    fh_transport_free(way);
    FhTransport *none = NULL;
    GIVES(FH_STATUS_NULL_POINTER, fh_home_sync_over(home, relay, none, false, NULL, NULL));
    GIVES(FH_STATUS_NULL_POINTER,
          fh_recipient_sync_over(recipient, relay, NULL, none, false, NULL, NULL));
}

/* Sends all that the meeting has to send now. */
static void send_all(const FhMeeting *meeting, int way) {
    size_t len = 1;
    while (len > 0) {
        FhBuffer *buffer = NULL;
        OK(fh_meeting_poll(meeting, &buffer));
        FhBytes bytes = bytes_of(buffer);
        len = bytes.len;
        while (bytes.len > 0) {
            ssize_t sent = send(way, bytes.data, bytes.len, 0);
            CHECK(sent > 0);
            bytes.data += sent;
            bytes.len -= (size_t)sent;
        }
        fh_buffer_free(buffer);
    }
}

/* Carries a meeting over a socket of the program's. */
static void carry(const FhMeeting *meeting, const char *address) {
    int way = connected(address);
    bool finished = false;
    while (!finished) {
        send_all(meeting, way);
        OK(fh_meeting_is_finished(meeting, &finished));
        struct pollfd ready = {way, POLLIN, 0};
        if (!finished && poll(&ready, 1, 30000) == 1) {
            uint8_t room[4096];
            ssize_t len = recv(way, room, sizeof room, 0);
            CHECK(len > 0);
            FhBytes bytes = {room, (size_t)len};
            OK(fh_meeting_receive(meeting, bytes));
        }
    }
    bool settled = false;
    OK(fh_meeting_is_settled(meeting, &settled));
    CHECK(settled);
    close(way);
}

/* A withdrawal goes and comes by meetings over the program's own pipe. */
static void withdrawn(const FhHome *home, const FhRecipient *recipient, const FhId *consent,
                      const FhRelay *relay, const char *address) {
    FhBuffer *revocation = NULL;
    OK(fh_home_revoke(home, consent, &revocation));
    fh_buffer_free(revocation);
    FhMeeting *meeting = NULL;
    FhUploaded uploaded;
    FhReceived received;
    uploaded.struct_size = sizeof uploaded;
    received.struct_size = sizeof received;
    OK(fh_home_meet(home, relay, false, &meeting));
    carry(meeting, address);
    OK(fh_meeting_uploaded(meeting, &uploaded));
    CHECK(uploaded.bytes > 0);
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_meeting_received(meeting, &received));
    fh_meeting_free(meeting);

    OK(fh_recipient_meet(recipient, relay, consent, false, &meeting));
    carry(meeting, address);
    OK(fh_meeting_received(meeting, &received));
    CHECK(received.revocations == 1);
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_meeting_uploaded(meeting, &uploaded));
    fh_meeting_free(meeting);
    meeting = NULL;
    GIVES(FH_STATUS_NOT_GRANTED, fh_recipient_meet(recipient, relay, consent, false, &meeting));
    FhWindows *hours = NULL;
    GIVES(FH_STATUS_REVOKED, fh_recipient_summaries(recipient, NULL, EVERY, FH_LEVEL_HOUR,
                                                    MIDNIGHT, MIDNIGHT + HOUR, 0, &hours));
    CHECK(meeting == NULL && hours == NULL);
}

/* Noise from the other side ends a meeting; the way there is not lost for the next. */
static void noise(const FhHome *home, const FhRelay *relay) {
    FhMeeting *meeting = NULL;
    FhBuffer *buffer = NULL;
    OK(fh_home_meet(home, relay, true, &meeting));
    OK(fh_meeting_poll(meeting, &buffer));
    CHECK(bytes_of(buffer).len > 0);
    fh_buffer_free(buffer);
    static uint8_t room[70000];
    memset(room, 0x5a, sizeof room);
    FhBytes bytes = {room, sizeof room};
    FhStatus status = fh_meeting_receive(meeting, bytes);
    CHECK(status == FH_STATUS_WRONG_PEER || status == FH_STATUS_SYNC_FAILED);
    OK(fh_meeting_finish(meeting));
    fh_meeting_free(meeting);
}

static void receipts(const FhHome *home, const FhId *consent) {
    FhReceipts *receipts = NULL;
    size_t count = 0, fetched = 0;
    OK(fh_home_receipts(home, &receipts));
    OK(fh_receipts_count(receipts, &count));
    for (size_t i = 0; i < count; i++) {
        FhReceipt row;
        row.struct_size = sizeof row;
        OK(fh_receipts_get(receipts, i, &row));
        if (row.event == FH_RECEIPT_EVENT_FETCHED
            && memcmp(&row.consent, consent, sizeof *consent) == 0) {
            CHECK(row.level == FH_LEVEL_HOUR && row.count > 0 && row.stream.len == 5);
            fetched++;
        }
    }
    CHECK(fetched > 0);
    fh_receipts_free(receipts);
}

static void ended(const FhHome *home, const FhRecipient *recipient, const FhRelay *relay) {
    FhStop *stop = NULL;
    OK(fh_stop_after(0, &stop));
    FhUploaded uploaded = {.struct_size = sizeof uploaded, .bytes = 7};
    GIVES(FH_STATUS_STOPPED, fh_home_sync(home, relay, stop, &uploaded));
    CHECK(uploaded.bytes == 7);
    GIVES(FH_STATUS_STOPPED, fh_recipient_sync(recipient, relay, stop, NULL));
    fh_stop_free(stop);
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    FhRelaySpec spec;
    memset(&spec, 0, sizeof spec);
    spec.struct_size = sizeof spec;
    spec.address = fh_str(argv[2]);
    FhRelay *relay = NULL;
    FhClock *clock = NULL;
    OK(fh_relay_new(&spec, &relay));
    OK(fh_clock_new(MIDNIGHT + 3 * HOUR, &clock));
    FhHome *home = home_in_memory(clock);
    FhRecipient *recipient = recipient_in_memory(clock);
    OK(fh_home_add_device(home, fh_str("Meter"), EVERY, EVERY));
    FhStream *stream = stream_in(home, "Power", "active_power");
    record_hour(stream, 0);
    record_hour(stream, 1);
    early(home, clock, relay);
    FhId consent = grant(home, recipient);

    ended(home, recipient, relay);
    FhUploaded uploaded;
    FhReceived received;
    uploaded.struct_size = sizeof uploaded;
    received.struct_size = sizeof received;
    OK(fh_home_sync(home, relay, NULL, &uploaded));
    CHECK(uploaded.stretches > 0 && uploaded.bytes > 0);
    OK(fh_recipient_sync(recipient, relay, NULL, &received));
    CHECK(received.entries > 0 && received.revocations == 0);
    CHECK(hours_open(recipient) == 2);
    live(home, stream, clock, recipient, relay);
    OK(fh_home_sync(home, relay, NULL, NULL));
    receipts(home, &consent);
    noise(home, relay);
    over_transports(home, recipient, &consent, relay, argv[2]);
    withdrawn(home, recipient, &consent, relay, argv[2]);

    fh_stream_free(stream);
    fh_recipient_free(recipient);
    fh_home_free(home);
    fh_clock_free(clock);
    fh_relay_free(relay);
    return 0;
}
