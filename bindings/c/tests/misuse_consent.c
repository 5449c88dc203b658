/* What a caller does wrong on the way of a consent comes back as a status, and nothing is written then. */
#include "check.h"

static const FhStatus null = FH_STATUS_NULL_POINTER;
static const FhStr text = {"text", 4}, lost = {NULL, 1};

static void no_recipient(FhKeyStore *keys) {
    FhRecipient *out = NULL;
    FhWatch *watch = NULL;
    FhBuffer *buffer = NULL;
    FhConsents *consents = NULL;
    int64_t time = 7;
    const uint8_t role = FH_ROLE_PROCESSOR;
    GIVES(null, fh_recipient_create(lost, text, role, keys, NULL, NULL, &out));
    GIVES(null, fh_recipient_create(text, lost, role, keys, NULL, NULL, &out));
    GIVES(null, fh_recipient_create(text, text, role, NULL, NULL, NULL, &out));
    GIVES(null, fh_recipient_create(text, text, role, keys, NULL, NULL, NULL));
    GIVES(null, fh_recipient_open(lost, keys, NULL, NULL, &out));
    GIVES(null, fh_recipient_open(text, NULL, NULL, NULL, &out));
    GIVES(null, fh_recipient_open(text, keys, NULL, NULL, NULL));
    GIVES(null, fh_recipient_in_memory(lost, role, keys, NULL, &out));
    GIVES(null, fh_recipient_in_memory(text, role, NULL, NULL, &out));
    GIVES(null, fh_recipient_in_memory(text, role, keys, NULL, NULL));
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_recipient_in_memory(text, 3, keys, NULL, &out));
    GIVES(FH_STATUS_BAD_NAME, fh_recipient_in_memory(fh_str(""), role, keys, NULL, &out));
    GIVES(null, fh_recipient_close(NULL));
    GIVES(null, fh_recipient_now(NULL, &time));
    GIVES(null, fh_recipient_watch(NULL, &watch));
    GIVES(null, fh_recipient_fingerprint(NULL, &buffer));
    GIVES(null, fh_recipient_consents(NULL, &consents));
    CHECK(out == NULL && watch == NULL && buffer == NULL && consents == NULL && time == 7);
}

static void a_recipient(const FhRecipient *recipient, const FhHome *home) {
    FhBuffer *buffer = NULL;
    FhId id;
    FhReadings *readings = NULL;
    FhWindows *windows = NULL;
    FhWishes wishes;
    memset(&wishes, 0, sizeof wishes);
    const FhBytes nothing = {NULL, 1}, empty = {NULL, 0};
    GIVES(null, fh_recipient_now(recipient, NULL));
    GIVES(null, fh_recipient_watch(recipient, NULL));
    GIVES(null, fh_recipient_fingerprint(recipient, NULL));
    GIVES(null, fh_recipient_consents(recipient, NULL));
    GIVES(null, fh_recipient_request(NULL, &wishes, &buffer));
    GIVES(null, fh_recipient_request(recipient, NULL, &buffer));
    GIVES(null, fh_recipient_request(recipient, &wishes, NULL));
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_recipient_request(recipient, &wishes, &buffer));
    GIVES(null, fh_recipient_accept(NULL, empty, &id));
    GIVES(null, fh_recipient_accept(recipient, nothing, &id));
    GIVES(null, fh_recipient_accept(recipient, empty, NULL));
    GIVES(FH_STATUS_NOT_FREEHOLD, fh_recipient_accept(recipient, empty, &id));
    GIVES(null, fh_recipient_read(NULL, NULL, text, 0, 1, 0, &readings));
    GIVES(null, fh_recipient_read(recipient, NULL, lost, 0, 1, 0, &readings));
    GIVES(null, fh_recipient_read(recipient, NULL, text, 0, 1, 0, NULL));
    GIVES(null, fh_recipient_summaries(NULL, NULL, text, 4, 0, 1, 0, &windows));
    GIVES(null, fh_recipient_summaries(recipient, NULL, lost, 4, 0, 1, 0, &windows));
    GIVES(null, fh_recipient_summaries(recipient, NULL, text, 4, 0, 1, 0, NULL));
    GIVES(FH_STATUS_NOT_GRANTED, fh_recipient_read(recipient, NULL, text, 0, 1, 0, &readings));
    GIVES(null, fh_testing_sync(NULL, recipient, NULL));
    GIVES(null, fh_testing_sync(home, NULL, NULL));
    FhReceived received;
    received.struct_size = 8;
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_testing_sync(home, recipient, &received));
    CHECK(buffer == NULL && readings == NULL && windows == NULL && received.struct_size == 8);
}

static void wishes_that_cannot_be(const FhRecipient *recipient) {
    FhAsk ask;
    memset(&ask, 0, sizeof ask);
    ask.kind = fh_str("active_power");
    ask.levels = 1 << FH_LEVEL_RAW;
    FhStr purpose = fh_str("dpv:ServiceProvision");
    FhWishes wishes;
    memset(&wishes, 0, sizeof wishes);
    wishes.struct_size = sizeof wishes;
    wishes.asks = &ask;
    wishes.asks_len = 1;
    wishes.purposes = &purpose;
    wishes.purposes_len = 1;
    const FhWishes good = wishes;
    FhBuffer *buffer = NULL;
    OK(fh_recipient_request(recipient, &good, &buffer));
    fh_buffer_free(buffer);
    buffer = NULL;

    const FhStatus bad = FH_STATUS_BAD_ARGUMENT;
    wishes.asks = NULL;
    GIVES(null, fh_recipient_request(recipient, &wishes, &buffer));
    wishes = good;
    wishes.purposes = NULL;
    GIVES(null, fh_recipient_request(recipient, &wishes, &buffer));
    wishes = good;
    wishes.purposes_len = 0;
    GIVES(bad, fh_recipient_request(recipient, &wishes, &buffer));
    wishes = good;
    wishes.onward = 3;
    GIVES(bad, fh_recipient_request(recipient, &wishes, &buffer));
    wishes = good;
    wishes.basis = fh_str("whim");
    GIVES(bad, fh_recipient_request(recipient, &wishes, &buffer));
    wishes = good;
    wishes.jurisdiction = fh_str("Europe");
    GIVES(bad, fh_recipient_request(recipient, &wishes, &buffer));
    wishes = good;
    wishes.asks_len = 0;
    GIVES(FH_STATUS_MALFORMED, fh_recipient_request(recipient, &wishes, &buffer));
    purpose = fh_str("dpv:WorldDomination");
    GIVES(bad, fh_recipient_request(recipient, &good, &buffer));
    purpose = fh_str("dpv:ServiceProvision");
    ask.reserved[4] = 1;
    GIVES(bad, fh_recipient_request(recipient, &good, &buffer));
    ask.reserved[4] = 0;
    ask.levels = 0;
    GIVES(bad, fh_recipient_request(recipient, &good, &buffer));
    ask.levels = 0x80;
    GIVES(bad, fh_recipient_request(recipient, &good, &buffer));
    CHECK(buffer == NULL);
}

static void a_proposal(const FhHome *home, const FhRecipient *recipient) {
    FhBuffer *request = request_for_hours(recipient), *buffer = NULL;
    FhBytes bytes = bytes_of(request);
    FhProposal *proposal = NULL, *other = NULL;
    FhId id;
    const FhBytes nothing = {NULL, 1};
    OK(fh_home_propose(home, bytes, NULL, &proposal));
    GIVES(null, fh_explain(nothing, text, NULL, &buffer));
    GIVES(null, fh_explain(bytes, lost, NULL, &buffer));
    GIVES(null, fh_explain(bytes, fh_str("Etc/UTC"), NULL, NULL));
    FhFile about = {0};
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_explain(bytes, fh_str("Etc/UTC"), &about, &buffer));
    const uint8_t seed[32] = {0};
    FhRecipient *of_grant = NULL;
    GIVES(null, fh_testing_recipient_of(nothing, seed, NULL, &of_grant));
    GIVES(null, fh_testing_recipient_of(bytes, NULL, NULL, &of_grant));
    GIVES(null, fh_testing_recipient_of(bytes, seed, NULL, NULL));
    GIVES(FH_STATUS_WRONG_FILE, fh_testing_recipient_of(bytes, seed, NULL, &of_grant));
    GIVES(null, fh_home_propose(NULL, bytes, NULL, &other));
    GIVES(null, fh_home_propose(home, nothing, NULL, &other));
    GIVES(null, fh_home_propose(home, bytes, NULL, NULL));
    FhChoices choices;
    memset(&choices, 0, sizeof choices);
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_home_propose(home, bytes, &choices, &other));
    choices.struct_size = sizeof choices;
    choices.streams_len = 1;
    GIVES(null, fh_home_propose(home, bytes, &choices, &other));
    choices.streams = &text;
    GIVES(FH_STATUS_MISSING, fh_home_propose(home, bytes, &choices, &other));
    choices.streams_len = 0;
    choices.purposes_len = 1;
    GIVES(null, fh_home_propose(home, bytes, &choices, &other));
    choices.purposes_len = 0;
    choices.levels = 1 << FH_LEVEL_RAW;
    GIVES(FH_STATUS_NOTHING_TO_GRANT, fh_home_propose(home, bytes, &choices, &other));
    choices.levels = 0;
    choices.reserved[6] = 1;
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_home_propose(home, bytes, &choices, &other));
    GIVES(null, fh_proposal_text(NULL, &(FhStr){NULL, 0}));
    GIVES(null, fh_proposal_text(proposal, NULL));
    GIVES(null, fh_proposal_shown(NULL, &id));
    GIVES(null, fh_proposal_shown(proposal, NULL));
    GIVES(null, fh_proposal_reveals(NULL, &(bool){false}));
    GIVES(null, fh_proposal_reveals(proposal, NULL));
    GIVES(null, fh_proposal_expires(NULL, &(int64_t){0}));
    GIVES(null, fh_proposal_expires(proposal, NULL));
    OK(fh_proposal_shown(proposal, &id));
    GIVES(null, fh_home_approve(NULL, proposal, &id, true, &id, &buffer));
    GIVES(null, fh_home_approve(home, NULL, &id, true, &id, &buffer));
    GIVES(null, fh_home_approve(home, proposal, NULL, true, &id, &buffer));
    GIVES(null, fh_home_approve(home, proposal, &id, true, NULL, &buffer));
    GIVES(null, fh_home_approve(home, proposal, &id, true, &id, NULL));
    GIVES(null, fh_home_revoke(NULL, &id, &buffer));
    GIVES(null, fh_home_revoke(home, NULL, &buffer));
    GIVES(null, fh_home_revoke(home, &id, NULL));
    GIVES(FH_STATUS_MISSING, fh_home_revoke(home, &id, &buffer));
    CHECK(other == NULL && buffer == NULL);
    /* None of these granted anything. */
    FhConsents *consents = NULL;
    size_t count = 7;
    OK(fh_home_consents(home, &consents));
    OK(fh_consents_count(consents, &count));
    CHECK(count == 0);
    fh_consents_free(consents);
    fh_proposal_free(proposal);
    fh_buffer_free(request);
}

static void lists(const FhHome *home) {
    FhConsents *consents = NULL;
    FhStreams *streams = NULL;
    size_t count = 7;
    FhConsent consent;
    FhStreamInfo info;
    consent.struct_size = 0;
    info.struct_size = 0;
    GIVES(null, fh_home_consents(NULL, &consents));
    GIVES(null, fh_home_consents(home, NULL));
    GIVES(null, fh_home_streams(NULL, &streams));
    GIVES(null, fh_home_streams(home, NULL));
    OK(fh_home_consents(home, &consents));
    OK(fh_home_streams(home, &streams));
    GIVES(null, fh_consents_count(NULL, &count));
    GIVES(null, fh_consents_count(consents, NULL));
    GIVES(null, fh_consents_get(consents, 0, NULL));
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_consents_get(consents, 0, &consent));
    consent.struct_size = sizeof consent;
    GIVES(null, fh_consents_get(NULL, 0, &consent));
    GIVES(null, fh_consents_streams(NULL, 0, &streams));
    GIVES(null, fh_consents_streams(consents, 0, NULL));
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_consents_streams(consents, 1, &streams));
    GIVES(null, fh_streams_count(NULL, &count));
    GIVES(null, fh_streams_count(streams, NULL));
    GIVES(null, fh_streams_get(streams, 0, NULL));
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_streams_get(streams, 0, &info));
    info.struct_size = sizeof info;
    GIVES(null, fh_streams_get(NULL, 0, &info));
    CHECK(count == 7);
    OK(fh_streams_get(streams, 0, &info));
    CHECK(info.device.len == 5 && memcmp(info.device.data, "Meter", 5) == 0);
    fh_streams_free(streams);
    fh_consents_free(consents);
}

static void bytes_and_ids(void) {
    FhBytes bytes = {NULL, 7};
    FhId id;
    memset(&id, 7, sizeof id);
    char digits[FH_ID_TEXT];
    GIVES(null, fh_buffer_bytes(NULL, &bytes));
    GIVES(null, fh_id_text(NULL, digits));
    GIVES(null, fh_id_text(&id, NULL));
    GIVES(null, fh_id_parse(lost, &id));
    GIVES(null, fh_id_parse(text, NULL));
    CHECK(bytes.len == 7 && id.bytes[31] == 7);
    GIVES(null, fh_readings_not_yet(NULL, &(bool){false}, &(int64_t){0}));
    GIVES(null, fh_windows_not_yet(NULL, &(bool){false}, &(int64_t){0}));
}

int main(void) {
    FhKeyStore *keys = NULL;
    OK(fh_key_store_memory(&keys));
    FhHome *home = home_in_memory(NULL);
    FhRecipient *recipient = recipient_in_memory(NULL);
    OK(fh_home_add_device(home, fh_str("Meter"), fh_str(NULL), fh_str(NULL)));
    fh_stream_free(stream_in(home, "Power", "active_power"));
    no_recipient(keys);
    a_recipient(recipient, home);
    wishes_that_cannot_be(recipient);
    a_proposal(home, recipient);
    grant(home, recipient);
    lists(home);
    bytes_and_ids();
    fh_buffer_free(NULL);
    fh_consents_free(NULL);
    fh_proposal_free(NULL);
    fh_recipient_free(NULL);
    fh_streams_free(NULL);
    fh_recipient_free(recipient);
    fh_home_free(home);
    fh_key_store_free(keys);
    return 0;
}
