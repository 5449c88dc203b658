/* Many threads with one home, one stream and one watch. */
#include "check.h"
#include <pthread.h>

enum { THREADS = 8, ROUNDS = 20 };

struct shared {
    FhHome *home;
    FhStream *stream;
    FhWatch *watch;
};

struct own {
    struct shared *shared;
    int number;
};

static void *records(void *data) {
    struct own *own = data;
    for (int i = 0; i < ROUNDS; i++) {
        FhReading row = number(MIDNIGHT + (own->number * ROUNDS + i) * MINUTE, i);
        OK(fh_stream_record(own->shared->stream, &row, 1, NULL));
        FhReadings *page = NULL;
        OK(fh_stream_read(own->shared->stream, MIDNIGHT, MIDNIGHT + 24 * HOUR, 0, &page));
        fh_readings_free(page);
    }
    /* The text is this thread's own. */
    FhStream *none = NULL;
    char name[16], text[256] = "";
    snprintf(name, sizeof name, "none %d", own->number);
    GIVES(FH_STATUS_MISSING, fh_home_stream(own->shared->home, fh_str(name), &none));
    CHECK(fh_last_error_message(text, sizeof text) > 0);
    return NULL;
}

static void *watches(void *data) {
    struct shared *shared = data;
    bool changed = true;
    while (changed) {
        OK(fh_watch_wait(shared->watch, 60000, &changed));
    }
    return NULL;
}

int main(void) {
    struct shared shared = {home_in_memory(NULL), NULL, NULL};
    OK(fh_home_add_device(shared.home, fh_str("Meter"), fh_str(NULL), fh_str(NULL)));
    shared.stream = stream_in(shared.home, "Power", "active_power");
    OK(fh_home_watch(shared.home, &shared.watch));
    pthread_t watcher, threads[THREADS];
    struct own own[THREADS];
    CHECK(pthread_create(&watcher, NULL, watches, &shared) == 0);
    for (int i = 0; i < THREADS; i++) {
        own[i] = (struct own){&shared, i};
        CHECK(pthread_create(&threads[i], NULL, records, &own[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    OK(fh_watch_close(shared.watch));
    CHECK(pthread_join(watcher, NULL) == 0);
    FhReadings *page = NULL;
    const FhReading *rows = NULL;
    size_t count = 0;
    OK(fh_stream_read(shared.stream, MIDNIGHT, MIDNIGHT + 24 * HOUR, 0, &page));
    OK(fh_readings_rows(page, &rows, &count));
    CHECK(count == THREADS * ROUNDS);
    fh_readings_free(page);
    fh_watch_free(shared.watch);
    fh_stream_free(shared.stream);
    fh_home_free(shared.home);
    return 0;
}
