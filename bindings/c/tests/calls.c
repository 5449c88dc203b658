/* A key store and a clock of the program's own. */
#include "check.h"

#include <pthread.h>

static const FhStr EVERY = {NULL, 0};

struct keychain {
    pthread_mutex_t lock;
    uint8_t key[FH_KEY_BYTES], next[FH_KEY_BYTES];
    bool has_key, has_next;
    uint64_t count;
    int32_t answer;
    int replaced, dropped;
};

static int32_t load(void *userdata, uint8_t *key, bool *found) {
    struct keychain *keychain = userdata;
    pthread_mutex_lock(&keychain->lock);
    memcpy(key, keychain->key, FH_KEY_BYTES);
    *found = keychain->has_key;
    int32_t answer = keychain->answer;
    pthread_mutex_unlock(&keychain->lock);
    return answer;
}

static int32_t prepare(void *userdata, const uint8_t *key) {
    struct keychain *keychain = userdata;
    pthread_mutex_lock(&keychain->lock);
    memcpy(keychain->next, key, FH_KEY_BYTES);
    keychain->has_next = true;
    pthread_mutex_unlock(&keychain->lock);
    return FH_KEY_STORE_ANSWER_DONE;
}

static int32_t prepared(void *userdata, uint8_t *key, bool *found) {
    struct keychain *keychain = userdata;
    pthread_mutex_lock(&keychain->lock);
    memcpy(key, keychain->next, FH_KEY_BYTES);
    *found = keychain->has_next;
    pthread_mutex_unlock(&keychain->lock);
    return FH_KEY_STORE_ANSWER_DONE;
}

static int32_t replace(void *userdata, const uint8_t *key) {
    struct keychain *keychain = userdata;
    pthread_mutex_lock(&keychain->lock);
    memcpy(keychain->key, key, FH_KEY_BYTES);
    memset(keychain->next, 0, FH_KEY_BYTES);
    keychain->has_key = true;
    keychain->has_next = false;
    keychain->replaced++;
    pthread_mutex_unlock(&keychain->lock);
    return FH_KEY_STORE_ANSWER_DONE;
}

static int32_t counter(void *userdata, uint64_t *count) {
    struct keychain *keychain = userdata;
    pthread_mutex_lock(&keychain->lock);
    *count = keychain->count;
    pthread_mutex_unlock(&keychain->lock);
    return FH_KEY_STORE_ANSWER_DONE;
}

static int32_t advance(void *userdata, uint64_t count) {
    struct keychain *keychain = userdata;
    pthread_mutex_lock(&keychain->lock);
    bool is_higher = count > keychain->count;
    keychain->count = is_higher ? count : keychain->count;
    pthread_mutex_unlock(&keychain->lock);
    return is_higher ? FH_KEY_STORE_ANSWER_DONE : FH_KEY_STORE_ANSWER_BACKWARDS;
}

static void dropped(void *userdata) {
    struct keychain *keychain = userdata;
    keychain->dropped++;
}

struct watch {
    int64_t now;
    int asked, dropped;
};

static int64_t now(void *userdata) {
    struct watch *watch = userdata;
    watch->asked++;
    return watch->now;
}

static void watch_dropped(void *userdata) {
    struct watch *watch = userdata;
    watch->dropped++;
}

static void wrong(const FhKeyStoreCalls *good) {
    const FhStatus null = FH_STATUS_NULL_POINTER, bad = FH_STATUS_BAD_ARGUMENT;
    FhKeyStore *keys = NULL;
    FhKeyStoreCalls calls = *good;
    GIVES(null, fh_key_store_calls(NULL, &keys));
    GIVES(null, fh_key_store_calls(&calls, NULL));
    calls.struct_size = 8;
    GIVES(bad, fh_key_store_calls(&calls, &keys));
    calls = *good;
    calls.kind = 4;
    GIVES(bad, fh_key_store_calls(&calls, &keys));
    calls = *good;
    calls.reserved[0] = 1;
    GIVES(bad, fh_key_store_calls(&calls, &keys));
    calls = *good;
    calls.load = NULL;
    GIVES(null, fh_key_store_calls(&calls, &keys));
    calls = *good;
    calls.prepare = NULL;
    GIVES(null, fh_key_store_calls(&calls, &keys));
    calls = *good;
    calls.prepared = NULL;
    GIVES(null, fh_key_store_calls(&calls, &keys));
    calls = *good;
    calls.replace = NULL;
    GIVES(null, fh_key_store_calls(&calls, &keys));
    calls = *good;
    calls.counter = NULL;
    GIVES(null, fh_key_store_calls(&calls, &keys));
    calls = *good;
    calls.advance = NULL;
    GIVES(null, fh_key_store_calls(&calls, &keys));
    FhClock *clock = NULL;
    struct watch watch = {0, 0, 0};
    GIVES(null, fh_clock_calls(NULL, &watch, watch_dropped, &clock));
    GIVES(null, fh_clock_calls(now, &watch, watch_dropped, NULL));
    CHECK(keys == NULL && clock == NULL && watch.dropped == 0);
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    FhStr path = fh_str(argv[1]);
    struct keychain keychain;
    memset(&keychain, 0, sizeof keychain);
    pthread_mutex_init(&keychain.lock, NULL);
    struct watch watch = {MIDNIGHT, 0, 0};
    FhKeyStoreCalls calls;
    memset(&calls, 0, sizeof calls);
    calls.struct_size = sizeof calls;
    calls.userdata = &keychain;
    calls.drop = dropped;
    calls.load = load;
    calls.prepare = prepare;
    calls.prepared = prepared;
    calls.replace = replace;
    calls.counter = counter;
    calls.advance = advance;
    calls.kind = FH_KEY_STORE_KIND_HARDWARE_DELETION;
    wrong(&calls);
    CHECK(keychain.dropped == 0);

    FhKeyStore *keys = NULL;
    FhClock *clock = NULL;
    FhHome *home = NULL;
    OK(fh_key_store_calls(&calls, &keys));
    OK(fh_clock_calls(now, &watch, watch_dropped, &clock));
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_clock_set(clock, 1));
    OK(fh_home_create(path, fh_str("Home"), keys, clock, &home));
    CHECK(keychain.has_key && keychain.replaced == 1);
    OK(fh_home_add_device(home, fh_str("Meter"), EVERY, EVERY));
    FhStream *stream = stream_in(home, "Power", "active_power");
    FhReading row = number(MIDNIGHT, 7);
    OK(fh_stream_record(stream, &row, 1, NULL));
    watch.now = MIDNIGHT + 2 * HOUR;
    int64_t at = 0;
    OK(fh_home_now(home, &at));
    CHECK(at == MIDNIGHT + 2 * HOUR && watch.asked > 0);
    OK(fh_stream_flush(stream));
    CHECK(keychain.count > 0);

    /* An erasure goes on under a new key. */
    uint8_t before[FH_KEY_BYTES];
    memcpy(before, keychain.key, sizeof before);
    FhErasureReport *report = NULL;
    FhErased erased = {.struct_size = sizeof erased};
    OK(fh_home_erase(home, stream, MIDNIGHT, MIDNIGHT + HOUR, &report));
    OK(fh_erasure_report_erased(report, &erased));
    CHECK(erased.key_store == FH_KEY_STORE_KIND_HARDWARE_DELETION);
    CHECK(keychain.replaced == 2 && memcmp(before, keychain.key, sizeof before) != 0);
    fh_erasure_report_free(report);
    OK(fh_home_close(home));
    fh_stream_free(stream);
    fh_home_free(home);
    home = NULL;

    keychain.answer = FH_KEY_STORE_ANSWER_UNAVAILABLE;
    GIVES(FH_STATUS_KEY_STORE, fh_home_open(path, keys, clock, &home));
    keychain.answer = FH_KEY_STORE_ANSWER_REFUSED;
    GIVES(FH_STATUS_WRONG_PASSPHRASE, fh_home_open(path, keys, clock, &home));
    keychain.answer = 99;
    GIVES(FH_STATUS_KEY_STORE, fh_home_open(path, keys, clock, &home));
    keychain.answer = FH_KEY_STORE_ANSWER_DONE;
    CHECK(home == NULL);
    OK(fh_home_open(path, keys, clock, &home));

    /* Whoever has the key store last lets go of it. */
    fh_key_store_free(keys);
    fh_clock_free(clock);
    CHECK(keychain.dropped == 0 && watch.dropped == 0);
    fh_home_free(home);
    CHECK(keychain.dropped == 1 && watch.dropped == 1);
    pthread_mutex_destroy(&keychain.lock);
    return 0;
}
