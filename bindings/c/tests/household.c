/* A device is taken into a household, records, is read by the agent, and is removed. The first argument is a folder that is not there,
   the second the address of a relay. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static const FhStr EVERY = {NULL, 0};

struct other {
    const char *path;
    const FhClock *clock;
    FhStr offer;
    bool agrees;
    char confirmation[64];
    FhStatus status;
    FhHome *home;
};

static bool shown(void *userdata, FhStr confirmation) {
    struct other *other = userdata;
    CHECK(confirmation.len > 0 && confirmation.len < sizeof other->confirmation);
    memcpy(other->confirmation, confirmation.data, confirmation.len);
    other->confirmation[confirmation.len] = '\0';
    return other->agrees;
}

static void *joins(void *data) {
    struct other *other = data;
    FhBuffer *place = NULL;
    FhTransport *transport = NULL;
    FhKeyStore *keys = NULL;
    OK(fh_offer_place(other->offer, &place));
    FhBytes bytes = bytes_of(place);
    FhStr at = {(const char *)bytes.data, bytes.len};
    OK(fh_transport_connect(at, 30000, &transport));
    OK(fh_key_store_file(fh_str(other->path), &keys));
    other->status = fh_home_join(fh_str(other->path), fh_str("Kitchen sensor"),
                                 FH_PARTY_ROLE_DEVICE, keys, other->clock, other->offer, transport,
                                 other, shown, &other->home);
    fh_key_store_free(keys);
    fh_transport_free(transport);
    fh_buffer_free(place);
    return NULL;
}

/* Listens on loopback, and writes where. */
static int listening(char *place, size_t room) {
    struct sockaddr_in here;
    memset(&here, 0, sizeof here);
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t len = sizeof here;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(listener >= 0 && bind(listener, (struct sockaddr *)&here, len) == 0);
    CHECK(listen(listener, 1) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&here, &len) == 0);
    snprintf(place, room, "127.0.0.1:%d", ntohs(here.sin_port));
    return listener;
}

/* The device joins if its person agrees. */
static FhHome *pair(FhHome *home, const FhClock *clock, const char *path, bool agrees) {
    char place[64];
    int listener = listening(place, sizeof place);
    FhInvitation *invitation = NULL;
    FhTransport *transport = NULL;
    struct other other = {.path = path, .clock = clock, .agrees = agrees};
    struct other own = {.agrees = true};
    OK(fh_home_invite(home, fh_str(place), FH_PARTY_ROLE_DEVICE, &invitation));
    OK(fh_invitation_text(invitation, &other.offer));
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, joins, &other) == 0);
    OK(fh_transport_socket(accept(listener, NULL, NULL), &transport));
    FhStatus status = fh_invitation_run(invitation, transport, &own, shown);
    fh_transport_free(transport);
    pthread_join(thread, NULL);
    CHECK(strlen(own.confirmation) > 0 && strcmp(own.confirmation, other.confirmation) == 0);
    if (agrees) {
        CHECK(status == FH_STATUS_OK && other.status == FH_STATUS_OK);
    } else {
        CHECK(status != FH_STATUS_OK && other.status == FH_STATUS_NOT_PAIRED);
        CHECK(other.home == NULL);
    }
    fh_invitation_free(invitation);
    close(listener);
    return other.home;
}

static void parties(const FhHome *home, bool removed) {
    FhParties *parties = NULL;
    FhParty party;
    size_t count = 0;
    party.struct_size = sizeof party;
    OK(fh_home_parties(home, &parties));
    OK(fh_parties_count(parties, &count));
    CHECK(count == 2);
    OK(fh_parties_get(parties, 0, &party));
    CHECK(party.is_self && party.role == FH_PARTY_ROLE_AGENT && party.removed_ms == 0);
    OK(fh_parties_get(parties, 1, &party));
    CHECK(!party.is_self && party.role == FH_PARTY_ROLE_DEVICE && party.index == 1);
    CHECK(party.name.len == 14 && memcmp(party.name.data, "Kitchen sensor", 14) == 0);
    CHECK((party.removed_ms != 0) == removed && party.since_ms > 0);
    fh_parties_free(parties);
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    FhRelaySpec spec;
    memset(&spec, 0, sizeof spec);
    spec.struct_size = sizeof spec;
    spec.address = fh_str(argv[2]);
    FhRelay *relay = NULL;
    OK(fh_relay_new(&spec, &relay));
    FhClock *clock = NULL;
    OK(fh_clock_new(MIDNIGHT, &clock));
    FhHome *home = home_in_memory(clock);
    CHECK(pair(home, clock, argv[1], false) == NULL);
    FhHome *device = pair(home, clock, argv[1], true);
    parties(home, false);

    FhBuffer *grant_of_device = NULL;
    FhId none;
    memset(&none, 0, sizeof none);
    GIVES(FH_STATUS_NOT_AN_AGENT, fh_home_revoke(device, &none, &grant_of_device));
    FhInvitation *invitation = NULL;
    GIVES(FH_STATUS_NOT_AN_AGENT,
          fh_home_invite(device, fh_str("127.0.0.1:1"), FH_PARTY_ROLE_DEVICE, &invitation));
    CHECK(invitation == NULL && grant_of_device == NULL);

    /* The agent keeps the list of streams; the device hears of its own. */
    OK(fh_home_add_device(home, fh_str("Meter"), EVERY, EVERY));
    FhStreamSpec description = spec_of("active_power");
    FhStream *stream = NULL, *written = NULL;
    OK(fh_home_add_stream_for(home, fh_str("Kitchen sensor"), fh_str("Meter"), fh_str("Power"),
                              &description, &stream));
    FhReading row = number(MIDNIGHT, 42);
    GIVES(FH_STATUS_WRITTEN_ELSEWHERE, fh_stream_record(stream, &row, 1, NULL));
    OK(fh_home_sync(home, relay, NULL, NULL));
    OK(fh_home_sync(device, relay, NULL, NULL));
    OK(fh_home_stream(device, fh_str("Power"), &written));
    OK(fh_stream_record(written, &row, 1, NULL));
    OK(fh_clock_set(clock, MIDNIGHT + 2 * HOUR));
    OK(fh_stream_flush(written));
    /* The agent first has to hear of the logs that the device has begun. */
    FhUploaded uploaded = {.struct_size = sizeof uploaded};
    for (int round = 0; round < 3 && uploaded.entries == 0; round++) {
        OK(fh_home_sync(device, relay, NULL, NULL));
        OK(fh_home_sync(home, relay, NULL, &uploaded));
    }
    CHECK(uploaded.entries > 0);
    FhReadings *page = NULL;
    const FhReading *rows = NULL;
    size_t count = 0;
    OK(fh_stream_read(stream, MIDNIGHT, MIDNIGHT + HOUR, 0, &page));
    OK(fh_readings_rows(page, &rows, &count));
    CHECK(count == 1 && rows[0].value.number == 42);
    fh_readings_free(page);

    GIVES(FH_STATUS_MISSING, fh_home_remove_party(home, fh_str("Fridge")));
    OK(fh_home_remove_party(home, fh_str("Kitchen sensor")));
    parties(home, true);
    bool renewed = true;
    OK(fh_home_renew_key(home, &renewed));
    CHECK(!renewed);
    fh_stream_free(written);
    fh_stream_free(stream);
    fh_home_free(device);
    fh_home_free(home);
    fh_clock_free(clock);
    fh_relay_free(relay);
    return 0;
}
