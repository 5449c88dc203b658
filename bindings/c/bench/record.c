/* Nanoseconds for a reading that is recorded in a batch of a thousand, and for a call that does next to nothing. `record.rs`, an example of
   freehold-capi, records the same in Rust. */
#define _POSIX_C_SOURCE 200809L
#include "../tests/check.h"

#include <time.h>

enum { BATCHES = 300, BATCH = 1000, CALLS = 20000000 };

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double record(void) {
    FhClock *clock = NULL;
    OK(fh_clock_new(MIDNIGHT + 24 * HOUR * 365, &clock));
    FhHome *home = home_in_memory(clock);
    OK(fh_home_add_device(home, fh_str("Meter"), fh_str(NULL), fh_str(NULL)));
    FhStream *stream = NULL;
    FhStreamSpec spec = spec_of("active_power");
    spec.interval_ms = 1000;
    spec.chunk_minutes = 0;
    OK(fh_home_add_stream(home, fh_str("Meter"), fh_str("Power"), &spec, &stream));
    static FhReading rows[BATCH];
    double spent = 0;
    for (int64_t batch = 0; batch < BATCHES; batch++) {
        for (int64_t i = 0; i < BATCH; i++) {
            int64_t n = batch * BATCH + i;
            rows[i] = number(MIDNIGHT + n * 1000, 400000 + n * 7919 % 5000);
        }
        double begun = seconds();
        OK(fh_stream_record(stream, rows, BATCH, NULL));
        spent += seconds() - begun;
    }
    fh_stream_free(stream);
    fh_home_free(home);
    fh_clock_free(clock);
    return spent * 1e9 / BATCHES / BATCH;
}

static double call(void) {
    FhStop *stop = NULL;
    bool stopped = false;
    OK(fh_stop_new(&stop));
    double begun = seconds();
    for (int i = 0; i < CALLS; i++) {
        OK(fh_stop_is_stopped(stop, &stopped));
    }
    double spent = seconds() - begun;
    fh_stop_free(stop);
    return spent * 1e9 / CALLS;
}

int main(void) {
    printf("record %.1f\ncall %.1f\n", record(), call());
    return 0;
}
