/* A home on disk: made, recorded into, read in pages, watched, closed, and opened again. */
#include "check.h"

enum { COUNT = 3 * 60 };

static void record(FhStream *stream) {
    FhReading rows[COUNT];
    for (int i = 0; i < COUNT; i++) {
        rows[i] = number(MIDNIGHT + i * MINUTE, 1000 + i);
    }
    FhRecorded recorded;
    OK(fh_stream_record(stream, rows, COUNT, &recorded));
    CHECK(recorded.added == COUNT && recorded.duplicates == 0);
    OK(fh_stream_record(stream, rows, COUNT, &recorded));
    CHECK(recorded.added == 0 && recorded.duplicates == COUNT);
    OK(fh_stream_record(stream, NULL, 0, NULL));
}

static void read_in_pages(FhStream *stream) {
    int64_t from = MIDNIGHT;
    bool more = true;
    size_t seen = 0;
    while (more) {
        FhReadings *page = NULL;
        const FhReading *rows = NULL;
        size_t count = 0;
        OK(fh_stream_read(stream, from, MIDNIGHT + 24 * HOUR, 50, &page));
        OK(fh_readings_rows(page, &rows, &count));
        CHECK(count <= 50);
        for (size_t i = 0; i < count; i++, seen++) {
            CHECK(rows[i].time_ms == MIDNIGHT + (int64_t)seen * MINUTE);
            CHECK(rows[i].value_type == FH_VALUE_TYPE_NUMBER);
            CHECK(rows[i].value.number == 1000 + (int64_t)seen);
        }
        OK(fh_readings_more(page, &more, &from));
        fh_readings_free(page);
    }
    CHECK(seen == COUNT);
}

static void read_hours(FhStream *stream) {
    FhWindows *page = NULL;
    const FhWindow *rows = NULL;
    size_t count = 0;
    OK(fh_stream_summaries(stream, FH_LEVEL_HOUR, MIDNIGHT, MIDNIGHT + 3 * HOUR, 0, &page));
    OK(fh_windows_rows(page, &rows, &count));
    CHECK(count == 3);
    CHECK(rows[1].from_ms == MIDNIGHT + HOUR && rows[1].until_ms == MIDNIGHT + 2 * HOUR);
    CHECK(rows[1].facets & 1 << FH_FACET_TOTALS && rows[1].facets & 1 << FH_FACET_EXTREMES);
    CHECK(rows[1].count == 60 && rows[1].sum.high == 0);
    CHECK(rows[1].sum.low == 60 * 1060 + 59 * 60 / 2);
    CHECK(rows[1].min == 1060 && rows[1].max == 1119);
    if (rows[1].facets & 1 << FH_FACET_DISTRIBUTION) {
        uint64_t binned = 0;
        for (size_t i = 0; i < rows[1].bins_len; i++) {
            binned += rows[1].bins[i];
        }
        CHECK(binned == 60);
    }
    fh_windows_free(page);
}

static void other_values(FhHome *home) {
    FhStream *stream = stream_in(home, "Door", "contact_open");
    FhReading row = {0};
    row.time_ms = MIDNIGHT;
    row.value_type = FH_VALUE_TYPE_BOOL;
    row.value.boolean = 1;
    row.flags = FH_FLAG_MANUAL;
    OK(fh_stream_record(stream, &row, 1, NULL));
    FhReadings *page = NULL;
    const FhReading *rows = NULL;
    size_t count = 0;
    OK(fh_stream_read(stream, MIDNIGHT, MIDNIGHT + HOUR, 0, &page));
    OK(fh_readings_rows(page, &rows, &count));
    CHECK(count == 1 && rows[0].value_type == FH_VALUE_TYPE_BOOL);
    CHECK(rows[0].value.boolean == 1 && rows[0].flags == FH_FLAG_MANUAL);
    fh_readings_free(page);
    fh_stream_free(stream);
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    FhStr path = fh_str(argv[1]);
    FhKeyStore *keys = NULL;
    FhClock *clock = NULL;
    FhHome *home = NULL;
    FhWatch *watch = NULL;
    OK(fh_key_store_file(path, &keys));
    OK(fh_clock_new(MIDNIGHT, &clock));
    OK(fh_home_create(path, fh_str("Home"), keys, clock, &home));
    OK(fh_home_add_device(home, fh_str("Meter"), fh_str("ACME"), fh_str(NULL)));
    OK(fh_home_watch(home, &watch));
    FhStream *stream = stream_in(home, "Power", "active_power");

    OK(fh_clock_set(clock, MIDNIGHT + 4 * HOUR));
    int64_t now = 0;
    OK(fh_home_now(home, &now));
    CHECK(now == MIDNIGHT + 4 * HOUR);
    record(stream);
    bool changed = false;
    OK(fh_watch_wait(watch, 0, &changed));
    CHECK(changed);
    OK(fh_watch_close(watch));
    OK(fh_watch_wait(watch, 60000, &changed));
    CHECK(!changed);
    fh_watch_free(watch);
    read_in_pages(stream);
    OK(fh_stream_flush(stream));
    read_hours(stream);
    other_values(home);

    GIVES(FH_STATUS_BUSY, fh_home_create(path, fh_str("Home"), keys, clock, &home));
    OK(fh_home_close(home));
    /* In any order. */
    fh_home_free(home);
    fh_stream_free(stream);

    GIVES(FH_STATUS_EXISTS, fh_home_create(path, fh_str("Home"), keys, clock, &home));
    OK(fh_home_open(path, keys, clock, &home));
    OK(fh_home_stream(home, fh_str("Power"), &stream));
    read_in_pages(stream);
    GIVES(FH_STATUS_MISSING, fh_home_stream(home, fh_str("Gas"), &stream));
    fh_stream_free(stream);
    fh_home_free(home);
    fh_clock_free(clock);
    fh_key_store_free(keys);
    return 0;
}
