/* The back end of an energy supplier: it asks for half-hourly totals, and writes those that it is granted to a file as they come, until
   the consent is withdrawn.

   supplier ask FOLDER REQUEST                 makes a recipient in FOLDER, and writes what it asks for
   supplier follow FOLDER GRANT RELAY TOTALS   takes the grant in, and follows the relay */
#include <freehold.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Ends the program with the library's reason. */
static void must(FhStatus status, const char *what) {
    if (status != FH_STATUS_OK) {
        char text[256] = "";
        fh_last_error_message(text, sizeof text);
        fprintf(stderr, "supplier: %s: %s (%s)\n", what, text, fh_status_name(status));
        exit(1);
    }
}

static FhKeyStore *keys_in(const char *folder) {
    FhKeyStore *keys = NULL;
    must(fh_key_store_file(fh_str(folder), &keys), folder);
    return keys;
}

static void write_file(const char *path, FhBytes bytes) {
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes.data, 1, bytes.len, file) != bytes.len || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

/* A grant is at most some 100 KB. */
static size_t read_file(const char *path, uint8_t *room, size_t len) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    size_t read = fread(room, 1, len, file);
    fclose(file);
    return read;
}

static void ask(const char *folder, const char *path) {
    FhKeyStore *keys = keys_in(folder);
    FhRecipient *recipient = NULL;
    FhBuffer *request = NULL, *fingerprint = NULL;
    FhBytes bytes;
    must(fh_recipient_create(fh_str(folder), fh_str("Example Energy"), FH_ROLE_CONTROLLER, keys,
                             NULL, NULL, &recipient),
         folder);

    /* Half hours and their totals: neither readings nor when within a half hour, and from no time before 2026. */
    FhAsk half_hours = {0};
    half_hours.kind = fh_str("energy_interval");
    half_hours.levels = 1 << FH_LEVEL_HALF_HOUR;
    half_hours.facets = 1 << FH_FACET_TOTALS;
    half_hours.from_ms = INT64_C(1767225600000);
    FhStr billing = fh_str("dpv:PaymentManagement");
    FhWishes wishes = {0};
    wishes.struct_size = sizeof wishes;
    wishes.asks = &half_hours;
    wishes.asks_len = 1;
    wishes.purposes = &billing;
    wishes.purposes_len = 1;
    wishes.retention_days = 365;
    wishes.words = fh_str("To bill what you use by the half hour.");
    must(fh_recipient_request(recipient, &wishes, &request), "request");
    must(fh_buffer_bytes(request, &bytes), "request");
    write_file(path, bytes);

    /* Customers compare this with what their own screen shows. */
    must(fh_recipient_fingerprint(recipient, &fingerprint), "fingerprint");
    must(fh_buffer_bytes(fingerprint, &bytes), "fingerprint");
    printf("Example Energy asks, with fingerprint %s\n", (const char *)bytes.data);
    fh_buffer_free(fingerprint);
    fh_buffer_free(request);
    fh_recipient_free(recipient);
    fh_key_store_free(keys);
}

/* The one stream that was granted. */
struct stream {
    FhConsents *consents;
    FhStreams *streams;
    FhStreamInfo info;
    bool is_live;
};

/* How the consent stands now. */
static struct stream granted(const FhRecipient *recipient, const FhId *id) {
    struct stream stream = {NULL, NULL, {0}, false};
    size_t count = 0, streams = 0;
    must(fh_recipient_consents(recipient, &stream.consents), "consents");
    must(fh_consents_count(stream.consents, &count), "consents");
    for (size_t i = 0; i < count; i++) {
        FhConsent consent;
        consent.struct_size = sizeof consent;
        must(fh_consents_get(stream.consents, i, &consent), "consents");
        if (memcmp(&consent.id, id, sizeof *id) != 0 || consent.state != FH_CONSENT_STATE_LIVE) {
            continue;
        }
        must(fh_consents_streams(stream.consents, i, &stream.streams), "streams");
        must(fh_streams_count(stream.streams, &streams), "streams");
        if (streams > 0) {
            stream.info.struct_size = sizeof stream.info;
            must(fh_streams_get(stream.streams, 0, &stream.info), "streams");
            stream.is_live = true;
        }
    }
    return stream;
}

static void let_go(struct stream *stream) {
    fh_streams_free(stream->streams);
    fh_consents_free(stream->consents);
}

static void write_time(FILE *file, int64_t ms) {
    char text[32];
    time_t seconds = (time_t)(ms / 1000);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
    fprintf(file, "%s,", text);
}

/* A number that is a whole one times ten to `exponent`, which for a total of energy is below zero. */
static void write_number(FILE *file, uint64_t number, int exponent) {
    uint64_t one = 1;
    for (int i = exponent; i < 0; i++) {
        one *= 10;
    }
    fprintf(file, "%llu", (unsigned long long)(number / one));
    if (exponent < 0) {
        fprintf(file, ".%0*llu", -exponent, (unsigned long long)(number % one));
    }
}

/* Writes every total anew: a reading that came late changes one that was written before. */
static void write_totals(const FhRecipient *recipient, const FhId *id, const FhStreamInfo *stream,
                         const char *path) {
    char fresh[1024];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *file = fopen(fresh, "w");
    if (file == NULL) {
        perror(fresh);
        exit(1);
    }
    fprintf(file, "from,until,%.*s\n", (int)stream->unit.len, stream->unit.data);
    int64_t from = INT64_C(1767225600000), now = 0;
    must(fh_recipient_now(recipient, &now), "clock");
    bool more = from < now;
    while (more) {
        FhWindows *page = NULL;
        const FhWindow *rows = NULL;
        size_t count = 0;
        FhStatus status = fh_recipient_summaries(recipient, id, stream->name, FH_LEVEL_HALF_HOUR,
                                                 from, now, 1000, &page);
        if (status == FH_STATUS_REVOKED) {
            /* Withdrawn meanwhile: what was written before stays. */
            fclose(file);
            remove(fresh);
            return;
        }
        must(status, "totals");
        must(fh_windows_rows(page, &rows, &count), "totals");
        for (size_t i = 0; i < count; i++) {
            write_time(file, rows[i].from_ms);
            write_time(file, rows[i].until_ms);
            write_number(file, rows[i].sum.low, stream->exponent);
            fputc('\n', file);
        }
        must(fh_windows_more(page, &more, &from), "totals");
        fh_windows_free(page);
    }
    if (fclose(file) != 0 || rename(fresh, path) != 0) {
        perror(path);
        exit(1);
    }
}

struct following {
    const FhRecipient *recipient;
    const FhRelay *relay;
    const FhStop *stop;
};

/* Called by threads of the library: it only tells what somebody on duty may want to know. */
static void heard(void *userdata, const FhId *consent, FhStatus status,
                  const FhReceived *received) {
    (void)userdata;
    (void)consent;
    (void)received;
    if (status != FH_STATUS_OK) {
        char text[256] = "";
        fh_last_error_message(text, sizeof text);
        fprintf(stderr, "supplier: the relay: %s\n", text);
    }
}

static void *follow_relay(void *data) {
    const struct following *following = data;
    must(fh_recipient_follow(following->recipient, following->relay, following->stop, NULL, heard),
         "follow");
    return NULL;
}

static void follow(const char *folder, const char *grant, const char *address, const char *path) {
    static uint8_t room[1 << 20];
    FhBytes bytes = {room, read_file(grant, room, sizeof room)};
    FhRelaySpec spec = {0};
    spec.struct_size = sizeof spec;
    spec.address = fh_str(address);
    FhKeyStore *keys = keys_in(folder);
    FhRecipient *recipient = NULL;
    FhRelay *relay = NULL;
    FhStop *stop = NULL;
    FhWatch *watch = NULL;
    FhId consent;
    must(fh_recipient_open(fh_str(folder), keys, NULL, NULL, &recipient), folder);
    must(fh_recipient_watch(recipient, &watch), "watch");
    must(fh_recipient_accept(recipient, bytes, &consent), grant);
    must(fh_relay_new(&spec, &relay), address);
    must(fh_stop_new(&stop), "stop");

    struct following following = {recipient, relay, stop};
    pthread_t thread;
    if (pthread_create(&thread, NULL, follow_relay, &following) != 0) {
        exit(1);
    }
    struct stream stream = granted(recipient, &consent);
    while (stream.is_live) {
        write_totals(recipient, &consent, &stream.info, path);
        /* It also runs out without anybody's doing. */
        bool changed = false;
        must(fh_watch_wait(watch, 60000, &changed), "watch");
        let_go(&stream);
        stream = granted(recipient, &consent);
    }
    let_go(&stream);
    printf("The consent is over; %s stays as it was agreed, for 365 days.\n", path);
    must(fh_stop_stop(stop), "stop");
    pthread_join(thread, NULL);
    fh_watch_free(watch);
    fh_stop_free(stop);
    fh_relay_free(relay);
    fh_recipient_free(recipient);
    fh_key_store_free(keys);
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "ask") == 0) {
        ask(argv[2], argv[3]);
    } else if (argc == 6 && strcmp(argv[1], "follow") == 0) {
        follow(argv[2], argv[3], argv[4], argv[5]);
    } else {
        fprintf(stderr, "supplier ask FOLDER REQUEST\n"
                        "supplier follow FOLDER GRANT RELAY TOTALS\n");
        return 2;
    }
    return 0;
}
