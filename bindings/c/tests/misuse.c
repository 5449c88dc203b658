/* What a caller does wrong comes back as a status, and nothing is written then. */
#include "check.h"

static void every_null(void) {
    const FhStatus null = FH_STATUS_NULL_POINTER;
    FhKeyStore *keys = NULL;
    FhClock *clock = NULL;
    OK(fh_key_store_memory(&keys));
    OK(fh_clock_new(MIDNIGHT, &clock));
    FhHome *home = home_in_memory(clock);
    OK(fh_home_add_device(home, fh_str("Meter"), fh_str(NULL), fh_str(NULL)));
    FhStream *stream = stream_in(home, "Power", "active_power");
    FhStream *other = NULL;
    FhWatch *watch = NULL;
    OK(fh_home_watch(home, &watch));
    FhReadings *readings = NULL;
    FhWindows *windows = NULL;
    OK(fh_stream_read(stream, 0, 1, 0, &readings));
    OK(fh_stream_summaries(stream, FH_LEVEL_HOUR, 0, 1, 0, &windows));

    const FhStr text = fh_str("text"), lost = {NULL, 1};
    FhStreamSpec spec = spec_of("active_power");
    const FhReading *rows = NULL;
    const FhWindow *slots = NULL;
    size_t count = 7;
    int64_t time = 7;
    int8_t exponent = 7;
    bool yes = true;

    GIVES(null, fh_clock_new(0, NULL));
    GIVES(null, fh_clock_set(NULL, 0));
    GIVES(null, fh_key_store_file(text, NULL));
    GIVES(null, fh_key_store_file(lost, &keys));
    GIVES(null, fh_key_store_passphrase(text, text, NULL));
    GIVES(null, fh_key_store_passphrase(text, lost, &keys));
    GIVES(null, fh_key_store_memory(NULL));
    GIVES(null, fh_home_create(lost, text, keys, NULL, &home));
    GIVES(null, fh_home_create(text, lost, keys, NULL, &home));
    GIVES(null, fh_home_create(text, text, NULL, NULL, &home));
    GIVES(null, fh_home_create(text, text, keys, NULL, NULL));
    GIVES(null, fh_home_open(lost, keys, NULL, &home));
    GIVES(null, fh_home_open(text, NULL, NULL, &home));
    GIVES(null, fh_home_open(text, keys, NULL, NULL));
    GIVES(null, fh_home_in_memory(lost, keys, NULL, &home));
    GIVES(null, fh_home_in_memory(text, NULL, NULL, &home));
    GIVES(null, fh_home_in_memory(text, keys, NULL, NULL));
    GIVES(null, fh_home_close(NULL));
    GIVES(null, fh_home_now(NULL, &time));
    GIVES(null, fh_home_now(home, NULL));
    GIVES(null, fh_home_watch(NULL, &watch));
    GIVES(null, fh_home_watch(home, NULL));
    GIVES(null, fh_home_add_device(NULL, text, text, text));
    GIVES(null, fh_home_add_device(home, lost, text, text));
    GIVES(null, fh_home_add_device(home, text, lost, text));
    GIVES(null, fh_home_add_device(home, text, text, lost));
    GIVES(null, fh_home_add_stream(NULL, text, text, &spec, &other));
    GIVES(null, fh_home_add_stream(home, lost, text, &spec, &other));
    GIVES(null, fh_home_add_stream(home, text, lost, &spec, &other));
    GIVES(null, fh_home_add_stream(home, text, text, NULL, &other));
    GIVES(null, fh_home_add_stream(home, text, text, &spec, NULL));
    GIVES(null, fh_home_stream(NULL, text, &other));
    GIVES(null, fh_home_stream(home, lost, &other));
    GIVES(null, fh_home_stream(home, text, NULL));
    GIVES(null, fh_stream_record(NULL, NULL, 0, NULL));
    GIVES(null, fh_stream_record(stream, NULL, 1, NULL));
    GIVES(null, fh_stream_flush(NULL));
    GIVES(null, fh_stream_exponent(NULL, &exponent));
    GIVES(null, fh_stream_exponent(stream, NULL));
    GIVES(null, fh_stream_read(NULL, 0, 1, 0, &readings));
    GIVES(null, fh_stream_read(stream, 0, 1, 0, NULL));
    GIVES(null, fh_stream_summaries(NULL, FH_LEVEL_HOUR, 0, 1, 0, &windows));
    GIVES(null, fh_stream_summaries(stream, FH_LEVEL_HOUR, 0, 1, 0, NULL));
    GIVES(null, fh_readings_rows(NULL, &rows, &count));
    GIVES(null, fh_readings_rows(readings, NULL, &count));
    GIVES(null, fh_readings_rows(readings, &rows, NULL));
    GIVES(null, fh_readings_more(NULL, &yes, &time));
    GIVES(null, fh_readings_more(readings, NULL, &time));
    GIVES(null, fh_readings_more(readings, &yes, NULL));
    GIVES(null, fh_windows_rows(NULL, &slots, &count));
    GIVES(null, fh_windows_rows(windows, NULL, &count));
    GIVES(null, fh_windows_rows(windows, &slots, NULL));
    GIVES(null, fh_windows_more(NULL, &yes, &time));
    GIVES(null, fh_windows_more(windows, NULL, &time));
    GIVES(null, fh_windows_more(windows, &yes, NULL));
    GIVES(null, fh_watch_wait(NULL, 0, &yes));
    GIVES(null, fh_watch_wait(watch, 0, NULL));
    GIVES(null, fh_watch_close(NULL));
    /* Nothing was written. */
    CHECK(rows == NULL && slots == NULL && other == NULL);
    CHECK(count == 7 && time == 7 && exponent == 7 && yes);

    fh_windows_free(windows);
    fh_readings_free(readings);
    fh_watch_free(watch);
    fh_stream_free(stream);
    fh_home_free(home);
    fh_clock_free(clock);
    fh_key_store_free(keys);
}

static void frees_of_null(void) {
    fh_clock_free(NULL);
    fh_home_free(NULL);
    fh_key_store_free(NULL);
    fh_readings_free(NULL);
    fh_stream_free(NULL);
    fh_watch_free(NULL);
    fh_windows_free(NULL);
}

static void bad_arguments(void) {
    FhHome *home = home_in_memory(NULL);
    OK(fh_home_add_device(home, fh_str("Meter"), fh_str(NULL), fh_str(NULL)));
    GIVES(FH_STATUS_EXISTS, fh_home_add_device(home, fh_str("Meter"), fh_str(NULL), fh_str(NULL)));
    GIVES(FH_STATUS_NOT_UTF8, fh_home_add_device(home, fh_str("\xff"), fh_str(NULL), fh_str(NULL)));

    FhStream *stream = NULL;
    FhStreamSpec spec = spec_of("active_power");
    spec.struct_size = 8;
    GIVES(FH_STATUS_BAD_ARGUMENT,
          fh_home_add_stream(home, fh_str("Meter"), fh_str("Power"), &spec, &stream));
    spec = spec_of("no_such_kind");
    GIVES(FH_STATUS_MISSING,
          fh_home_add_stream(home, fh_str("Meter"), fh_str("Power"), &spec, &stream));
    spec = spec_of("active_power");
    spec.levels = 0xff;
    GIVES(FH_STATUS_BAD_ARGUMENT,
          fh_home_add_stream(home, fh_str("Meter"), fh_str("Power"), &spec, &stream));
    spec = spec_of("active_power");
    spec.reserved[6] = 1;
    GIVES(FH_STATUS_BAD_ARGUMENT,
          fh_home_add_stream(home, fh_str("Meter"), fh_str("Power"), &spec, &stream));
    CHECK(stream == NULL);

    stream = stream_in(home, "Power", "active_power");
    FhReading rows[] = {number(MIDNIGHT, 1), number(MIDNIGHT + 1, 2)};
    rows[1].value_type = 9;
    FhRecorded recorded = {.added = 7};
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_stream_record(stream, rows, 2, &recorded));
    rows[1].value_type = FH_VALUE_TYPE_STATE;
    GIVES(FH_STATUS_BAD_READING, fh_stream_record(stream, rows, 2, &recorded));
    rows[1] = number(-1, 2);
    GIVES(FH_STATUS_BAD_TIME, fh_stream_record(stream, rows, 2, &recorded));
    rows[1] = number(MIDNIGHT + 1, 2);
    rows[1].reserved = 1;
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_stream_record(stream, rows, 2, &recorded));
    rows[1] = number(MIDNIGHT + 1, 2);
    rows[1].flags = 0xffff;
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_stream_record(stream, rows, 2, &recorded));
    CHECK(recorded.added == 7);
    FhWindows *windows = NULL;
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_stream_summaries(stream, 99, 0, 1, 0, &windows));
    GIVES(FH_STATUS_NO_SUCH_LEVEL, fh_stream_summaries(stream, FH_LEVEL_DAY, 0, 1, 0, &windows));
    CHECK(windows == NULL);
    fh_stream_free(stream);
    fh_home_free(home);
}

static void texts(void) {
    FhHome *home = NULL;
    FhKeyStore *keys = NULL;
    OK(fh_key_store_memory(&keys));
    GIVES(FH_STATUS_MISSING, fh_home_open(fh_str("/no/such/folder"), keys, NULL, &home));
    fh_key_store_free(keys);
    char text[256] = "", begin[5] = "";
    size_t len = fh_last_error_message(text, sizeof text);
    CHECK(len > 5 && strlen(text) == len);
    CHECK(fh_last_error_message(begin, sizeof begin) == len && strlen(begin) == 4);
    CHECK(strncmp(text, begin, 4) == 0);
    CHECK(fh_last_error_message(NULL, 0) == len);
    CHECK(strcmp(fh_status_name(FH_STATUS_MISSING), "missing") == 0);
    CHECK(strcmp(fh_status_name(12345), "unknown") == 0);
    snprintf(text, sizeof text, "%d.%d.%d", FH_VERSION_MAJOR, FH_VERSION_MINOR, FH_VERSION_PATCH);
    CHECK(strcmp(fh_version(), text) == 0);
}

int main(void) {
    CHECK(sizeof(FhReading) == 32 || sizeof(void *) != 8);
    every_null();
    frees_of_null();
    bad_arguments();
    texts();
    return 0;
}
