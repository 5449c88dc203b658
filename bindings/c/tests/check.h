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

#endif
