/* The way of a consent: asked for, shown, approved, accepted, used, withdrawn. */
#include "check.h"

enum { MINUTES = 3 * 60 };

static const FhStr EVERY = {NULL, 0};

static void record(const FhStream *stream) {
    FhReading rows[MINUTES];
    for (int i = 0; i < MINUTES; i++) {
        rows[i] = number(MIDNIGHT + i * MINUTE, i);
    }
    OK(fh_stream_record(stream, rows, MINUTES, NULL));
    OK(fh_stream_flush(stream));
}

static bool holds(FhStr text, const char *part) {
    /* What the library gives of texts that a person is shown ends with a NUL only in a buffer. */
    size_t len = strlen(part);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.data + i, part, len) == 0) {
            return true;
        }
    }
    return false;
}

static void reads_the_request(FhBytes request) {
    FhBuffer *text = NULL;
    FhFile about = {0};
    about.struct_size = sizeof about;
    OK(fh_explain(request, fh_str("Europe/London"), &about, &text));
    CHECK(about.file_type == FH_FILE_TYPE_REQUEST && about.id.bytes[0] + about.id.bytes[31] != 0);
    FhBytes bytes = bytes_of(text);
    FhStr words = {(const char *)bytes.data, bytes.len};
    CHECK(holds(words, "Nothing has been granted") && holds(words, "ACME Energy"));
    CHECK(strlen(words.data) == words.len);
    fh_buffer_free(text);
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_explain(request, fh_str("Europe/Atlantis"), NULL, &text));
    FhBytes noise = {(const uint8_t *)"noise and more of it", 20};
    GIVES(FH_STATUS_NOT_FREEHOLD, fh_explain(noise, fh_str("Etc/UTC"), NULL, &text));
}

static FhId approves(const FhHome *home, FhBytes request, FhBuffer **file) {
    FhStr streams[] = {fh_str("Power")};
    FhChoices choices;
    memset(&choices, 0, sizeof choices);
    choices.struct_size = sizeof choices;
    choices.streams = streams;
    choices.streams_len = 1;
    choices.data_until_ms = MIDNIGHT + 2 * HOUR;
    choices.expires_ms = MIDNIGHT + 20 * HOUR;
    choices.retention_days = 7;
    choices.narrows_retention = 1;
    FhProposal *proposal = NULL;
    OK(fh_home_propose(home, request, &choices, &proposal));
    FhStr text;
    FhId shown, consent;
    int64_t expires = 0;
    bool reveals = true;
    OK(fh_proposal_text(proposal, &text));
    CHECK(holds(text, "ACME Energy") && holds(text, "7 days"));
    OK(fh_proposal_shown(proposal, &shown));
    OK(fh_proposal_expires(proposal, &expires));
    CHECK(expires == MIDNIGHT + 20 * HOUR);
    OK(fh_proposal_reveals(proposal, &reveals));
    CHECK(!reveals);
    /* Not what was shown. */
    shown.bytes[0] ^= 1;
    GIVES(FH_STATUS_PROPOSAL_DIFFERS,
          fh_home_approve(home, proposal, &shown, true, &consent, file));
    CHECK(*file == NULL);
    shown.bytes[0] ^= 1;
    OK(fh_home_approve(home, proposal, &shown, true, &consent, file));
    fh_proposal_free(proposal);
    return consent;
}

static FhConsent only(FhConsents *consents) {
    size_t count = 0;
    FhConsent row;
    memset(&row, 0, sizeof row);
    row.struct_size = sizeof row;
    OK(fh_consents_count(consents, &count));
    CHECK(count == 1);
    OK(fh_consents_get(consents, 0, &row));
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_consents_get(consents, 1, &row));
    return row;
}

static void at_home(const FhHome *home, FhId consent, FhConsentState state) {
    FhConsents *consents = NULL;
    OK(fh_home_consents(home, &consents));
    FhConsent row = only(consents);
    CHECK(memcmp(&row.id, &consent, sizeof consent) == 0);
    CHECK(row.state == state && row.attended);
    CHECK(row.recipient.len == 11 && memcmp(row.recipient.data, "ACME Energy", 11) == 0);
    char text[FH_ID_TEXT] = "";
    FhId again;
    OK(fh_id_text(&row.id, text));
    OK(fh_id_parse(fh_str(text), &again));
    CHECK(strlen(text) == 64 && memcmp(&again, &consent, sizeof again) == 0);
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_id_parse(fh_str("12"), &again));
    fh_consents_free(consents);
}

static void at_the_recipient(const FhRecipient *recipient, FhConsentState state, size_t streams) {
    FhConsents *consents = NULL;
    FhStreams *opened = NULL;
    size_t count = 7;
    OK(fh_recipient_consents(recipient, &consents));
    FhConsent row = only(consents);
    CHECK(row.state == state);
    OK(fh_consents_streams(consents, 0, &opened));
    OK(fh_streams_count(opened, &count));
    CHECK(count == streams);
    if (count > 0) {
        FhStreamInfo info;
        info.struct_size = sizeof info;
        OK(fh_streams_get(opened, 0, &info));
        CHECK(info.name.len == 5 && memcmp(info.name.data, "Power", 5) == 0);
        CHECK(info.unit.len == 1 && *info.unit.data == 'W' && info.device.len == 0);
        CHECK(info.levels == 1 << FH_LEVEL_HOUR && info.facets == 1 << FH_FACET_TOTALS);
    }
    fh_streams_free(opened);
    fh_consents_free(consents);
}

static void opens_what_was_granted(const FhRecipient *recipient, FhId consent) {
    FhWindows *hours = NULL;
    FhReadings *readings = NULL;
    const FhWindow *rows = NULL;
    size_t count = 0;
    bool not_yet = true;
    int64_t from = 0;
    OK(fh_recipient_summaries(recipient, &consent, fh_str("Power"), FH_LEVEL_HOUR, MIDNIGHT,
                              MIDNIGHT + 2 * HOUR, 0, &hours));
    OK(fh_windows_rows(hours, &rows, &count));
    CHECK(count == 2 && rows[1].count == 60 && rows[1].sum.low == 60 * 60 + 59 * 60 / 2);
    /* Totals were granted, and nothing else. */
    CHECK(rows[1].facets == 1 << FH_FACET_TOTALS);
    OK(fh_windows_not_yet(hours, &not_yet, &from));
    CHECK(!not_yet);
    fh_windows_free(hours);
    GIVES(FH_STATUS_OUTSIDE_WINDOW,
          fh_recipient_summaries(recipient, NULL, EVERY, FH_LEVEL_HOUR, MIDNIGHT,
                                 MIDNIGHT + 3 * HOUR, 0, &hours));
    GIVES(FH_STATUS_NOT_GRANTED, fh_recipient_read(recipient, NULL, EVERY, MIDNIGHT,
                                                   MIDNIGHT + HOUR, 0, &readings));
}

int main(void) {
    FhClock *clock = NULL;
    OK(fh_clock_new(MIDNIGHT, &clock));
    FhHome *home = home_in_memory(clock);
    FhRecipient *recipient = recipient_in_memory(clock), *other = recipient_in_memory(clock);
    OK(fh_home_add_device(home, fh_str("Meter"), EVERY, EVERY));
    FhStream *stream = stream_in(home, "Power", "active_power");
    OK(fh_clock_set(clock, MIDNIGHT + 4 * HOUR));
    record(stream);

    FhBuffer *request = request_for_hours(recipient), *grant = NULL, *revocation = NULL;
    reads_the_request(bytes_of(request));
    FhId consent = approves(home, bytes_of(request), &grant), accepted;
    GIVES(FH_STATUS_WRONG_RECIPIENT, fh_recipient_accept(other, bytes_of(grant), &accepted));
    OK(fh_recipient_accept(recipient, bytes_of(grant), &accepted));
    CHECK(memcmp(&consent, &accepted, sizeof consent) == 0);
    at_home(home, consent, FH_CONSENT_STATE_LIVE);
    at_the_recipient(recipient, FH_CONSENT_STATE_LIVE, 1);

    FhWatch *watch = NULL;
    bool changed = false;
    OK(fh_recipient_watch(recipient, &watch));
    FhReceived received;
    received.struct_size = sizeof received;
    OK(fh_testing_sync(home, recipient, &received));
    CHECK(received.entries > 0 && received.pieces > 0 && received.revocations == 0);
    OK(fh_watch_wait(watch, 0, &changed));
    CHECK(changed);
    opens_what_was_granted(recipient, consent);

    OK(fh_home_revoke(home, &consent, &revocation));
    at_home(home, consent, FH_CONSENT_STATE_REVOKED);
    OK(fh_testing_sync(home, recipient, &received));
    CHECK(received.revocations == 1);
    at_the_recipient(recipient, FH_CONSENT_STATE_REVOKED, 0);
    FhWindows *hours = NULL;
    GIVES(FH_STATUS_REVOKED, fh_recipient_summaries(recipient, &consent, EVERY, FH_LEVEL_HOUR,
                                                    MIDNIGHT, MIDNIGHT + HOUR, 0, &hours));
    GIVES(FH_STATUS_REVOKED, fh_recipient_accept(recipient, bytes_of(grant), &accepted));
    FhBuffer *again = NULL;
    GIVES(FH_STATUS_REVOKED, fh_home_revoke(home, &consent, &again));
    CHECK(hours == NULL && again == NULL);

    fh_watch_free(watch);
    fh_buffer_free(revocation);
    fh_buffer_free(grant);
    fh_buffer_free(request);
    fh_stream_free(stream);
    fh_recipient_free(other);
    fh_recipient_free(recipient);
    fh_home_free(home);
    fh_clock_free(clock);
    return 0;
}
