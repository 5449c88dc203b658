/* What the tests in C check with. */
#ifndef FREEHOLD_TESTS_CHECK_H
#define FREEHOLD_TESTS_CHECK_H

#include <freehold.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                \
    do {                                                                                \
        if (!(condition)) {                                                             \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);     \
            exit(1);                                                                    \
        }                                                                               \
    } while (0)

#define GIVES(expected, call)                                                           \
    do {                                                                                \
        FhStatus status_ = (call);                                                      \
        if (status_ != (expected)) {                                                    \
            char text_[256] = "";                                                       \
            fh_last_error_message(text_, sizeof text_);                                 \
            fprintf(stderr, "%s:%d: %s gives %s (%s)\n", __FILE__, __LINE__, #call,     \
                    fh_status_name(status_), text_);                                    \
            exit(1);                                                                    \
        }                                                                               \
    } while (0)

#define OK(call) GIVES(FH_STATUS_OK, call)

/* 4 March 2026, midnight in UTC. */
#define MIDNIGHT INT64_C(1772582400000)
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

/* A home in memory, and a clock that says when the readings begin. */
static inline FhHome *home_in_memory(FhClock *clock) {
    FhKeyStore *keys = NULL;
    FhHome *home = NULL;
    OK(fh_key_store_memory(&keys));
    OK(fh_home_in_memory(fh_str("Home"), keys, clock, &home));
    fh_key_store_free(keys);
    return home;
}

static inline FhStreamSpec spec_of(const char *kind) {
    FhStreamSpec spec;
    memset(&spec, 0, sizeof spec);
    spec.struct_size = sizeof spec;
    spec.kind = fh_str(kind);
    spec.zone = fh_str("Etc/UTC");
    spec.levels = 1 << FH_LEVEL_RAW | 1 << FH_LEVEL_HOUR;
    spec.interval_ms = (uint32_t)MINUTE;
    /* A summary is sealed with the raw slots under it. */
    spec.chunk_minutes = 60;
    return spec;
}

static inline FhStream *stream_in(FhHome *home, const char *name, const char *kind) {
    FhStream *stream = NULL;
    FhStreamSpec spec = spec_of(kind);
    OK(fh_home_add_stream(home, fh_str("Meter"), fh_str(name), &spec, &stream));
    return stream;
}

static inline FhReading number(int64_t time_ms, int64_t value) {
    FhReading reading;
    memset(&reading, 0, sizeof reading);
    reading.time_ms = time_ms;
    reading.value_type = FH_VALUE_TYPE_NUMBER;
    reading.value.number = value;
    return reading;
}

/* A recipient in memory that lives by the same clock. */
static inline FhRecipient *recipient_in_memory(const FhClock *clock) {
    FhKeyStore *keys = NULL;
    FhRecipient *recipient = NULL;
    OK(fh_key_store_memory(&keys));
    OK(fh_recipient_in_memory(fh_str("ACME Energy"), FH_ROLE_CONTROLLER, keys, clock, &recipient));
    fh_key_store_free(keys);
    return recipient;
}

/* A request for the totals of every hour of the day from MIDNIGHT on. */
static inline FhBuffer *request_for_hours(const FhRecipient *recipient) {
    FhAsk ask;
    memset(&ask, 0, sizeof ask);
    ask.kind = fh_str("active_power");
    ask.from_ms = MIDNIGHT;
    ask.until_ms = MIDNIGHT + 24 * HOUR;
    ask.levels = 1 << FH_LEVEL_HOUR;
    ask.facets = 1 << FH_FACET_TOTALS;
    FhStr purpose = fh_str("dpv:ServiceProvision");
    FhWishes wishes;
    memset(&wishes, 0, sizeof wishes);
    wishes.struct_size = sizeof wishes;
    wishes.asks = &ask;
    wishes.asks_len = 1;
    wishes.purposes = &purpose;
    wishes.purposes_len = 1;
    wishes.retention_days = 30;
    FhBuffer *request = NULL;
    OK(fh_recipient_request(recipient, &wishes, &request));
    return request;
}

static inline FhBytes bytes_of(const FhBuffer *buffer) {
    FhBytes bytes = {NULL, 0};
    OK(fh_buffer_bytes(buffer, &bytes));
    return bytes;
}

/* Grants a request as it is, and gives it to the recipient. */
static inline FhId grant(const FhHome *home, const FhRecipient *recipient) {
    FhBuffer *request = request_for_hours(recipient), *file = NULL;
    FhProposal *proposal = NULL;
    FhId shown, consent, accepted;
    OK(fh_home_propose(home, bytes_of(request), NULL, &proposal));
    OK(fh_proposal_shown(proposal, &shown));
    OK(fh_home_approve(home, proposal, &shown, true, &consent, &file));
    OK(fh_recipient_accept(recipient, bytes_of(file), &accepted));
    CHECK(memcmp(&consent, &accepted, sizeof consent) == 0);
    fh_buffer_free(file);
    fh_proposal_free(proposal);
    fh_buffer_free(request);
    return consent;
}

#endif
