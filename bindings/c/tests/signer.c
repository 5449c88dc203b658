/* A recipient whose key signs elsewhere, parcels that are carried as files, and what the library says of it. The folder is the first
   argument. */
#include "check.h"

static const FhStr EVERY = {NULL, 0};

/* A key that does as it is told. */
struct hardware {
    FhTestingKey *key;
    int32_t answer;
    int signed_, dropped;
};

static int32_t sign(void *userdata, const uint8_t *message, uint8_t *signature) {
    struct hardware *hardware = userdata;
    hardware->signed_++;
    OK(fh_testing_key_sign(hardware->key, message, signature));
    return hardware->answer;
}

static void dropped(void *userdata) {
    struct hardware *hardware = userdata;
    hardware->dropped++;
}

static FhSignerCalls calls_of(struct hardware *hardware) {
    FhSignerCalls calls;
    memset(&calls, 0, sizeof calls);
    calls.struct_size = sizeof calls;
    calls.userdata = hardware;
    calls.drop = dropped;
    calls.sign = sign;
    OK(fh_testing_key_point(hardware->key, calls.public_key));
    return calls;
}

/* What cannot be a signer. */
static void misuse(struct hardware *hardware) {
    FhSigner *signer = NULL;
    FhSignerCalls calls = calls_of(hardware);
    GIVES(FH_STATUS_NULL_POINTER, fh_signer_calls(NULL, &signer));
    GIVES(FH_STATUS_NULL_POINTER, fh_signer_calls(&calls, NULL));
    calls.public_key[0] = 2;
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_signer_calls(&calls, &signer));
    calls = calls_of(hardware);
    calls.sign = NULL;
    GIVES(FH_STATUS_NULL_POINTER, fh_signer_calls(&calls, &signer));
    calls = calls_of(hardware);
    calls.reserved[0] = 1;
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_signer_calls(&calls, &signer));
    calls = calls_of(hardware);
    calls.struct_size = sizeof calls - 8;
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_signer_calls(&calls, &signer));
    CHECK(signer == NULL && hardware->dropped == 0);
    fh_signer_free(NULL);
    uint8_t signature[FH_SIGNATURE_BYTES];
    GIVES(FH_STATUS_NULL_POINTER, fh_testing_key_sign(hardware->key, NULL, signature));
    GIVES(FH_STATUS_NULL_POINTER, fh_testing_key_point(hardware->key, NULL));
    fh_testing_key_free(NULL);
}

/* Lines of the log, and whether one of them has this text. */
struct lines {
    int count, others, dropped;
};

static void heard(void *userdata, uint8_t level, FhStr part, FhStr text) {
    struct lines *lines = userdata;
    CHECK(level >= FH_LOG_LEVEL_ERROR && level <= FH_LOG_LEVEL_INFO);
    CHECK(part.len > 8 && memcmp(part.data, "freehold", 8) == 0 && text.len > 0);
    lines->count++;
}

static void heard_otherwise(void *userdata, uint8_t level, FhStr part, FhStr text) {
    struct lines *lines = userdata;
    (void)level, (void)part, (void)text;
    lines->others++;
}

static void forgotten(void *userdata) {
    struct lines *lines = userdata;
    lines->dropped++;
}

static size_t hours_open(const FhRecipient *recipient) {
    FhWindows *hours = NULL;
    const FhWindow *rows = NULL;
    size_t count = 0;
    OK(fh_recipient_summaries(recipient, NULL, EVERY, FH_LEVEL_HOUR, MIDNIGHT,
                              MIDNIGHT + 24 * HOUR, 0, &hours));
    OK(fh_windows_rows(hours, &rows, &count));
    fh_windows_free(hours);
    return count;
}

/* Takes a parcel from the home to the recipient, as two files. */
static FhStatus carry(const FhHome *home, const FhRecipient *recipient, FhReceived *received) {
    FhBuffer *card = NULL, *have = NULL, *parcel = NULL;
    OK(fh_recipient_card(recipient, &card));
    OK(fh_recipient_have(recipient, &have));
    OK(fh_home_parcel(home, bytes_of(card), bytes_of(have), &parcel));
    FhStatus status = fh_recipient_receive(recipient, bytes_of(parcel), received);
    fh_buffer_free(have);
    OK(fh_recipient_have(recipient, &have));
    OK(fh_home_hear_receipts(home, bytes_of(have)));
    /* One in the place of the other is none. */
    GIVES(FH_STATUS_WRONG_FILE, fh_home_hear_receipts(home, bytes_of(parcel)));
    GIVES(FH_STATUS_WRONG_FILE, fh_recipient_receive(recipient, bytes_of(have), NULL));
    fh_buffer_free(parcel);
    parcel = NULL;
    GIVES(FH_STATUS_WRONG_FILE, fh_home_parcel(home, bytes_of(have), bytes_of(have), &parcel));
    CHECK(parcel == NULL);
    fh_buffer_free(have);
    fh_buffer_free(card);
    return status;
}

static size_t awaited(const FhHome *home) {
    FhErasures *erasures = NULL;
    FhErasure erasure;
    erasure.struct_size = sizeof erasure;
    OK(fh_home_erasures(home, &erasures));
    OK(fh_erasures_get(erasures, 0, &erasure));
    size_t awaited = 0;
    for (size_t who = 0; who < erasure.confirmations; who++) {
        FhConfirmation of;
        of.struct_size = sizeof of;
        OK(fh_erasures_confirmation(erasures, 0, who, &of));
        awaited += !of.is_party && of.at_ms == 0 ? 1 : 0;
    }
    fh_erasures_free(erasures);
    return awaited;
}

int main(int argc, char **argv) {
    CHECK(argc > 1);
    struct lines lines = {0, 0, 0};
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_log_to(heard, 9, &lines, forgotten));
    CHECK(lines.dropped == 0);
    OK(fh_log_to(heard, FH_LOG_LEVEL_INFO, &lines, forgotten));

    struct hardware hardware = {NULL, FH_SIGNER_ANSWER_DONE, 0, 0};
    OK(fh_testing_key_new(&hardware.key));
    misuse(&hardware);
    FhSignerCalls calls = calls_of(&hardware);
    FhSigner *signer = NULL;
    FhClock *clock = NULL;
    FhKeyStore *keys = NULL;
    FhRecipient *recipient = NULL;
    OK(fh_signer_calls(&calls, &signer));
    OK(fh_clock_new(MIDNIGHT + 3 * HOUR, &clock));
    OK(fh_key_store_memory(&keys));
    FhStr folder = fh_str(argv[1]), name = fh_str("ACME Energy");
    hardware.answer = FH_SIGNER_ANSWER_UNAVAILABLE;
    GIVES(FH_STATUS_SIGNER_UNAVAILABLE, fh_recipient_create(folder, name, FH_ROLE_CONTROLLER, keys,
                                                            clock, signer, &recipient));
    hardware.answer = FH_SIGNER_ANSWER_DONE;
    char place[512];
    CHECK(snprintf(place, sizeof place, "%s/second", argv[1]) < (int)sizeof place);
    folder = fh_str(place);
    fh_key_store_free(keys);
    OK(fh_key_store_memory(&keys));
    OK(fh_recipient_create(folder, name, FH_ROLE_CONTROLLER, keys, clock, signer, &recipient));

    FhHome *home = home_in_memory(clock);
    OK(fh_home_add_device(home, fh_str("Meter"), EVERY, EVERY));
    FhStream *stream = stream_in(home, "Power", "active_power");
    FhReading rows[120];
    for (int i = 0; i < 120; i++) {
        rows[i] = number(MIDNIGHT + i * MINUTE, 1);
    }
    OK(fh_stream_record(stream, rows, 120, NULL));
    grant(home, recipient);
    CHECK(hardware.signed_ > 1);
    FhReceived received;
    received.struct_size = sizeof received;
    OK(carry(home, recipient, &received));
    CHECK(received.entries > 0 && hours_open(recipient) == 2);

    /* What is erased goes, whether it is signed for or not. */
    FhErasureReport *report = NULL;
    OK(fh_home_erase(home, stream, MIDNIGHT, MIDNIGHT + HOUR, &report));
    fh_erasure_report_free(report);
    CHECK(awaited(home) == 1);
    hardware.answer = FH_SIGNER_ANSWER_REFUSED;
    GIVES(FH_STATUS_SIGNER_REFUSED, carry(home, recipient, NULL));
    CHECK(hours_open(recipient) == 1 && awaited(home) == 1);
    hardware.answer = 77;
    GIVES(FH_STATUS_NOT_SIGNED, carry(home, recipient, NULL));
    hardware.answer = FH_SIGNER_ANSWER_DONE;
    OK(carry(home, recipient, NULL));
    CHECK(awaited(home) == 0);

    /* The store opens with its signer alone. */
    OK(fh_recipient_close(recipient));
    fh_recipient_free(recipient);
    recipient = NULL;
    GIVES(FH_STATUS_WRONG_SIGNER, fh_recipient_open(folder, keys, clock, NULL, &recipient));
    OK(fh_recipient_open(folder, keys, clock, signer, &recipient));
    CHECK(hours_open(recipient) == 1);

    fh_signer_free(signer);
    CHECK(hardware.dropped == 0);
    fh_recipient_free(recipient);
    CHECK(hardware.dropped == 1);
    fh_testing_key_free(hardware.key);

    /* Erased, and no receipt: that is said, and no more once nobody hears. */
    CHECK(lines.count > 1 && lines.dropped == 0);
    OK(fh_log_to(heard_otherwise, FH_LOG_LEVEL_DEBUG, &lines, forgotten));
    CHECK(lines.dropped == 1);
    OK(fh_home_close(home));
    CHECK(lines.others > 0);
    OK(fh_log_to(NULL, 0, NULL, NULL));
    CHECK(lines.dropped == 2);

    fh_stream_free(stream);
    fh_home_free(home);
    fh_key_store_free(keys);
    fh_clock_free(clock);
    puts("signer: ok");
    return 0;
}
