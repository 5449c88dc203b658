/* What a home, a recipient and the library say of themselves; pages; a store that opens with a passphrase. The folder is the first argument. */
#include "check.h"

static const FhStr EVERY = {NULL, 0};

static bool says(FhStr text, const char *expected) {
    return text.len == strlen(expected) && memcmp(text.data, expected, text.len) == 0;
}

static void library(void) {
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", FH_VERSION_MAJOR, FH_VERSION_MINOR,
             FH_VERSION_PATCH);
    CHECK(strcmp(fh_version(), version) == 0);
    CHECK(strcmp(fh_status_name(FH_STATUS_NOT_GRANTED), "not_granted") == 0);
    CHECK(strcmp(fh_status_name(FH_STATUS_OK), "ok") == 0);
    CHECK(strcmp(fh_status_name(-7), "unknown") == 0);
}

static void passphrase(const char *folder) {
    FhKeyStore *keys = NULL, *wrong = NULL;
    FhHome *home = NULL;
    FhStr place = fh_str(folder);
    OK(fh_key_store_passphrase(place, fh_str("four words are enough"), &keys));
    OK(fh_key_store_passphrase(place, fh_str("four others are not"), &wrong));
    OK(fh_home_create(place, fh_str("Flat 4"), keys, NULL, &home));
    OK(fh_home_close(home));
    fh_home_free(home);
    home = NULL;
    GIVES(FH_STATUS_WRONG_PASSPHRASE, fh_home_open(place, wrong, NULL, &home));
    CHECK(home == NULL);
    OK(fh_home_open(place, keys, NULL, &home));
    fh_home_free(home);
    fh_key_store_free(wrong);
    fh_key_store_free(keys);
}

/* Hour by hour, page by page. */
static void pages(const FhStream *stream) {
    int64_t from = MIDNIGHT;
    int count = 0;
    bool more = true;
    while (more) {
        FhWindows *page = NULL;
        const FhWindow *rows = NULL;
        size_t len = 0;
        OK(fh_stream_summaries(stream, FH_LEVEL_HOUR, from, MIDNIGHT + 24 * HOUR, 2, &page));
        OK(fh_windows_rows(page, &rows, &len));
        CHECK(len > 0 && rows[0].from_ms == MIDNIGHT + count * HOUR);
        count += (int)len;
        from = 7;
        OK(fh_windows_more(page, &more, &from));
        CHECK(more ? from == MIDNIGHT + count * HOUR : from == 7);
        fh_windows_free(page);
    }
    CHECK(count == 5);
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    library();
    passphrase(argv[1]);
    FhClock *clock = NULL;
    OK(fh_clock_new(MIDNIGHT + 5 * HOUR, &clock));
    FhHome *home = home_in_memory(clock);
    OK(fh_home_add_device(home, fh_str("Meter"), EVERY, EVERY));
    FhStream *stream = stream_in(home, "Power", "active_power");
    FhReading rows[5 * 60];
    for (int i = 0; i < 5 * 60; i++) {
        rows[i] = number(MIDNIGHT + i * MINUTE, i);
    }
    OK(fh_stream_record(stream, rows, 5 * 60, NULL));
    OK(fh_stream_flush(stream));
    pages(stream);

    FhStreams *streams = NULL;
    FhStreamInfo info;
    size_t count = 0;
    int8_t exponent = 0;
    info.struct_size = sizeof info;
    OK(fh_home_streams(home, &streams));
    OK(fh_streams_count(streams, &count));
    OK(fh_streams_get(streams, 0, &info));
    OK(fh_stream_exponent(stream, &exponent));
    CHECK(count == 1 && says(info.name, "Power") && says(info.device, "Meter"));
    CHECK(says(info.kind, "active_power") && info.exponent == exponent && exponent < 0);
    fh_streams_free(streams);

    FhRecipient *recipient = recipient_in_memory(clock);
    FhBuffer *fingerprint = NULL;
    int64_t now = 0;
    OK(fh_recipient_now(recipient, &now));
    CHECK(now == MIDNIGHT + 5 * HOUR);
    OK(fh_recipient_fingerprint(recipient, &fingerprint));
    CHECK(bytes_of(fingerprint).len > 20);
    fh_buffer_free(fingerprint);

    /* A page of the owner's has all the keys that there will be. */
    FhReadings *page = NULL;
    bool not_yet = true;
    int64_t from = 7;
    OK(fh_stream_read(stream, MIDNIGHT, MIDNIGHT + HOUR, 0, &page));
    OK(fh_readings_not_yet(page, &not_yet, &from));
    CHECK(!not_yet && from == 7);
    fh_readings_free(page);

    fh_recipient_free(recipient);
    fh_stream_free(stream);
    fh_home_free(home);
    fh_clock_free(clock);
    puts("lookups: ok");
    return 0;
}
