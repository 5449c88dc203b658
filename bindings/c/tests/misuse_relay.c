/* What a caller does wrong with relays, parties, erasures and receipts comes back as a status, and nothing is written then. */
#include "check.h"

static const FhStatus null = FH_STATUS_NULL_POINTER;
static const FhStatus bad = FH_STATUS_BAD_ARGUMENT;
static const FhStr text = {"text", 4}, lost = {NULL, 1};

static bool agrees(void *userdata, FhStr confirmation) {
    (void)userdata;
    (void)confirmation;
    return true;
}

static FhRelay *relays(void) {
    FhRelaySpec spec;
    FhRelay *relay = NULL;
    const FhBytes nothing = {NULL, 1}, byte = {(const uint8_t *)"x", 1};
    memset(&spec, 0, sizeof spec);
    GIVES(null, fh_relay_new(NULL, &relay));
    GIVES(null, fh_relay_new(&spec, NULL));
    GIVES(bad, fh_relay_new(&spec, &relay));
    spec.struct_size = sizeof spec;
    GIVES(bad, fh_relay_new(&spec, &relay));
    spec.address = lost;
    GIVES(null, fh_relay_new(&spec, &relay));
    spec.address = fh_str("127.0.0.1:1#runyqnhbckmkoetzwo5xlzp3qgwl5mlgikbn57fqmo6xcv5twjca");
    spec.admission = lost;
    GIVES(null, fh_relay_new(&spec, &relay));
    spec.admission = text;
    spec.proxy = lost;
    GIVES(null, fh_relay_new(&spec, &relay));
    spec.proxy = text;
    GIVES(bad, fh_relay_new(&spec, &relay));
    spec.proxy = fh_str(NULL);
    spec.roots_len = 1;
    GIVES(null, fh_relay_new(&spec, &relay));
    spec.roots = &nothing;
    GIVES(null, fh_relay_new(&spec, &relay));
    spec.roots = &byte;
    spec.certificate = byte;
    GIVES(bad, fh_relay_new(&spec, &relay));
    spec.roots_len = 0;
    spec.certificate = nothing;
    GIVES(null, fh_relay_new(&spec, &relay));
    spec.certificate.len = 0;
    CHECK(relay == NULL);
    OK(fh_relay_new(&spec, &relay));
    return relay;
}

static void meetings(const FhHome *home, const FhRecipient *recipient, const FhRelay *relay,
                     const FhId *consent) {
    FhStop *stop = NULL;
    bool yes = true;
    GIVES(null, fh_stop_new(NULL));
    GIVES(null, fh_stop_after(1, NULL));
    GIVES(null, fh_stop_stop(NULL));
    OK(fh_stop_after(0, &stop));
    GIVES(null, fh_stop_is_stopped(NULL, &yes));
    GIVES(null, fh_stop_is_stopped(stop, NULL));

    FhUploaded uploaded = {.struct_size = 0};
    FhReceived received = {.struct_size = 0};
    GIVES(null, fh_home_sync(NULL, relay, stop, NULL));
    GIVES(null, fh_home_sync(home, NULL, stop, NULL));
    GIVES(bad, fh_home_sync(home, relay, stop, &uploaded));
    GIVES(null, fh_recipient_sync(NULL, relay, stop, NULL));
    GIVES(null, fh_recipient_sync(recipient, NULL, stop, NULL));
    GIVES(bad, fh_recipient_sync(recipient, relay, stop, &received));
    GIVES(null, fh_home_follow(NULL, relay, stop, NULL, NULL));
    GIVES(null, fh_home_follow(home, NULL, stop, NULL, NULL));
    GIVES(null, fh_home_follow(home, relay, NULL, NULL, NULL));
    OK(fh_home_follow(home, relay, stop, NULL, NULL));
    GIVES(null, fh_recipient_follow(NULL, relay, stop, NULL, NULL));
    GIVES(null, fh_recipient_follow(recipient, NULL, stop, NULL, NULL));
    GIVES(null, fh_recipient_follow(recipient, relay, NULL, NULL, NULL));
    OK(fh_recipient_follow(recipient, relay, stop, NULL, NULL));
    /* Nobody listens at port 1. */
    GIVES(FH_STATUS_UNREACHABLE, fh_home_sync(home, relay, NULL, NULL));

    FhMeeting *meeting = NULL, *other = NULL;
    FhBuffer *buffer = NULL;
    const FhBytes nothing = {NULL, 1}, empty = {NULL, 0};
    OK(fh_home_meet(home, relay, false, &meeting));
    GIVES(null, fh_home_meet(NULL, relay, false, &other));
    GIVES(null, fh_home_meet(home, NULL, false, &other));
    GIVES(null, fh_home_meet(home, relay, false, NULL));
    GIVES(null, fh_recipient_meet(NULL, relay, consent, false, &other));
    GIVES(null, fh_recipient_meet(recipient, NULL, consent, false, &other));
    GIVES(null, fh_recipient_meet(recipient, relay, NULL, false, &other));
    GIVES(null, fh_recipient_meet(recipient, relay, consent, false, NULL));
    GIVES(null, fh_meeting_receive(NULL, empty));
    GIVES(null, fh_meeting_receive(meeting, nothing));
    GIVES(null, fh_meeting_poll(NULL, &buffer));
    GIVES(null, fh_meeting_poll(meeting, NULL));
    GIVES(null, fh_meeting_is_finished(NULL, &yes));
    GIVES(null, fh_meeting_is_finished(meeting, NULL));
    GIVES(null, fh_meeting_is_settled(NULL, &yes));
    GIVES(null, fh_meeting_is_settled(meeting, NULL));
    GIVES(null, fh_meeting_finish(NULL));
    GIVES(null, fh_meeting_uploaded(meeting, NULL));
    GIVES(bad, fh_meeting_uploaded(meeting, &uploaded));
    uploaded.struct_size = sizeof uploaded;
    GIVES(null, fh_meeting_uploaded(NULL, &uploaded));
    GIVES(null, fh_meeting_received(meeting, NULL));
    received.struct_size = sizeof received;
    GIVES(null, fh_meeting_received(NULL, &received));
    CHECK(other == NULL && buffer == NULL && yes);
    fh_meeting_free(meeting);
    fh_stop_free(stop);
}

static void parties(const FhHome *home, const FhKeyStore *keys) {
    FhParties *parties = NULL;
    FhParty party = {.struct_size = 0};
    FhInvitation *invitation = NULL, *other = NULL;
    FhTransport *transport = NULL;
    FhBuffer *buffer = NULL;
    FhHome *joined = NULL;
    FhStr offer = {NULL, 0};
    size_t count = 7;
    GIVES(null, fh_home_parties(NULL, &parties));
    GIVES(null, fh_home_parties(home, NULL));
    OK(fh_home_parties(home, &parties));
    GIVES(null, fh_parties_count(NULL, &count));
    GIVES(null, fh_parties_count(parties, NULL));
    GIVES(null, fh_parties_get(parties, 0, NULL));
    GIVES(bad, fh_parties_get(parties, 0, &party));
    party.struct_size = sizeof party;
    GIVES(null, fh_parties_get(NULL, 0, &party));
    GIVES(bad, fh_parties_get(parties, 1, &party));
    GIVES(null, fh_home_remove_party(NULL, text));
    GIVES(null, fh_home_remove_party(home, lost));

    OK(fh_home_invite(home, text, FH_PARTY_ROLE_AGENT, &invitation));
    GIVES(null, fh_home_invite(NULL, text, FH_PARTY_ROLE_AGENT, &other));
    GIVES(null, fh_home_invite(home, lost, FH_PARTY_ROLE_AGENT, &other));
    GIVES(null, fh_home_invite(home, text, FH_PARTY_ROLE_AGENT, NULL));
    GIVES(bad, fh_home_invite(home, text, 2, &other));
    GIVES(null, fh_invitation_text(NULL, &offer));
    GIVES(null, fh_invitation_text(invitation, NULL));
    OK(fh_invitation_text(invitation, &offer));
    GIVES(null, fh_offer_place(lost, &buffer));
    GIVES(null, fh_offer_place(offer, NULL));
    GIVES(FH_STATUS_BAD_OFFER, fh_offer_place(text, &buffer));
    GIVES(null, fh_transport_connect(lost, 1, &transport));
    GIVES(null, fh_transport_connect(text, 1, NULL));
    GIVES(bad, fh_transport_connect(text, 1, &transport));
    GIVES(FH_STATUS_UNREACHABLE, fh_transport_connect(fh_str("[::1]:1"), 1000, &transport));
    GIVES(null, fh_transport_socket(-1, NULL));
    GIVES(bad, fh_transport_socket(-1, &transport));
    GIVES(null, fh_invitation_run(invitation, NULL, NULL, agrees));
    GIVES(null, fh_home_join(text, text, 0, keys, NULL, offer, NULL, NULL, agrees, &joined));
    GIVES(null, fh_home_join(lost, text, 0, keys, NULL, offer, NULL, NULL, agrees, &joined));
    GIVES(bad, fh_home_join(text, text, 2, keys, NULL, offer, NULL, NULL, agrees, &joined));
    GIVES(null, fh_home_join(text, text, 0, keys, NULL, offer, NULL, NULL, NULL, NULL));
    CHECK(other == NULL && transport == NULL && buffer == NULL && joined == NULL && count == 7);
    fh_invitation_free(invitation);
    fh_parties_free(parties);
}

static void erasures_and_receipts(const FhHome *home, const FhStream *stream) {
    FhErasureReport *report = NULL, *other = NULL;
    FhErased erased = {.struct_size = 0};
    FhErasedLevel level = {.struct_size = sizeof level};
    FhKeyHolder holder = {.struct_size = sizeof holder};
    FhTrace trace = {.struct_size = sizeof trace};
    GIVES(null, fh_home_erasable(NULL, stream, MIDNIGHT, MIDNIGHT + HOUR, &other));
    GIVES(null, fh_home_erasable(home, NULL, MIDNIGHT, MIDNIGHT + HOUR, &other));
    GIVES(null, fh_home_erasable(home, stream, MIDNIGHT, MIDNIGHT + HOUR, NULL));
    GIVES(null, fh_home_erase(NULL, stream, MIDNIGHT, MIDNIGHT + HOUR, &other));
    GIVES(null, fh_home_erase(home, NULL, MIDNIGHT, MIDNIGHT + HOUR, &other));
    GIVES(null, fh_home_erase(home, stream, MIDNIGHT, MIDNIGHT + HOUR, NULL));
    OK(fh_home_erase(home, stream, MIDNIGHT, MIDNIGHT + HOUR, &report));
    GIVES(bad, fh_erasure_report_erased(report, &erased));
    erased.struct_size = sizeof erased;
    GIVES(null, fh_erasure_report_erased(NULL, &erased));
    GIVES(null, fh_erasure_report_erased(report, NULL));
    GIVES(null, fh_erasure_report_level(NULL, 0, &level));
    GIVES(null, fh_erasure_report_level(report, 0, NULL));
    GIVES(null, fh_erasure_report_holder(NULL, 0, &holder));
    GIVES(null, fh_erasure_report_holder(report, 0, NULL));
    GIVES(null, fh_erasure_report_trace(NULL, 0, &trace));
    GIVES(null, fh_erasure_report_trace(report, 0, NULL));
    GIVES(null, fh_home_renew_key(NULL, &(bool){false}));
    GIVES(null, fh_home_renew_key(home, NULL));

    FhErasures *erasures = NULL;
    FhErasure erasure = {.struct_size = sizeof erasure};
    FhConfirmation confirmation = {.struct_size = sizeof confirmation};
    size_t count = 7;
    GIVES(null, fh_home_erasures(NULL, &erasures));
    GIVES(null, fh_home_erasures(home, NULL));
    OK(fh_home_erasures(home, &erasures));
    GIVES(null, fh_erasures_count(NULL, &count));
    GIVES(null, fh_erasures_count(erasures, NULL));
    GIVES(null, fh_erasures_get(NULL, 0, &erasure));
    GIVES(null, fh_erasures_get(erasures, 0, NULL));
    GIVES(bad, fh_erasures_get(erasures, 1, &erasure));
    GIVES(null, fh_erasures_confirmation(NULL, 0, 0, &confirmation));
    GIVES(null, fh_erasures_confirmation(erasures, 0, 0, NULL));

    FhReceipts *receipts = NULL;
    FhReceipt receipt = {.struct_size = sizeof receipt};
    GIVES(null, fh_home_receipts(NULL, &receipts));
    GIVES(null, fh_home_receipts(home, NULL));
    OK(fh_home_receipts(home, &receipts));
    GIVES(null, fh_receipts_count(NULL, &count));
    GIVES(null, fh_receipts_count(receipts, NULL));
    GIVES(null, fh_receipts_get(NULL, 0, &receipt));
    GIVES(null, fh_receipts_get(receipts, 0, NULL));
    GIVES(bad, fh_receipts_get(receipts, 0, &receipt));
    CHECK(other == NULL && count == 7);
    fh_receipts_free(receipts);
    fh_erasures_free(erasures);
    fh_erasure_report_free(report);
}

int main(void) {
    FhKeyStore *keys = NULL;
    OK(fh_key_store_memory(&keys));
    FhHome *home = home_in_memory(NULL);
    FhRecipient *recipient = recipient_in_memory(NULL);
    OK(fh_home_add_device(home, fh_str("Meter"), fh_str(NULL), fh_str(NULL)));
    FhStream *stream = stream_in(home, "Power", "active_power"), *other = NULL;
    FhReading row = number(MIDNIGHT, 1);
    FhStreamSpec spec = spec_of("active_power");
    OK(fh_stream_record(stream, &row, 1, NULL));
    GIVES(null, fh_home_add_stream_for(NULL, text, text, text, &spec, &other));
    GIVES(null, fh_home_add_stream_for(home, lost, text, text, &spec, &other));
    GIVES(null, fh_home_add_stream_for(home, text, lost, text, &spec, &other));
    GIVES(null, fh_home_add_stream_for(home, text, text, lost, &spec, &other));
    GIVES(null, fh_home_add_stream_for(home, text, text, text, NULL, &other));
    GIVES(null, fh_home_add_stream_for(home, text, text, text, &spec, NULL));
    GIVES(FH_STATUS_MISSING, fh_home_add_stream_for(home, text, text, text, &spec, &other));
    CHECK(other == NULL);
    FhId consent = grant(home, recipient);
    FhRelay *relay = relays();
    meetings(home, recipient, relay, &consent);
    parties(home, keys);
    erasures_and_receipts(home, stream);
    fh_erasure_report_free(NULL);
    fh_erasures_free(NULL);
    fh_invitation_free(NULL);
    fh_meeting_free(NULL);
    fh_parties_free(NULL);
    fh_receipts_free(NULL);
    fh_relay_free(NULL);
    fh_stop_free(NULL);
    fh_transport_free(NULL);
    fh_relay_free(relay);
    fh_stream_free(stream);
    fh_recipient_free(recipient);
    fh_home_free(home);
    fh_key_store_free(keys);
    return 0;
}
