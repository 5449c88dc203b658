/* What is erased is gone at home and at a recipient, and who had it is said. */
#include "check.h"

static const FhStr EVERY = {NULL, 0};

static void reads_the_report(const FhErasureReport *report, const FhId *consent) {
    FhErased erased;
    FhErasedLevel level;
    FhKeyHolder holder;
    FhTrace trace;
    erased.struct_size = sizeof erased;
    level.struct_size = sizeof level;
    holder.struct_size = sizeof holder;
    trace.struct_size = sizeof trace;
    OK(fh_erasure_report_erased(report, &erased));
    CHECK(erased.from_ms == MIDNIGHT + HOUR && erased.until_ms == MIDNIGHT + 2 * HOUR);
    CHECK(erased.levels == 2 && erased.holders == 1 && erased.unsealed == 0);
    CHECK(erased.key_store == FH_KEY_STORE_KIND_MEMORY && erased.traces == 0);
    OK(fh_erasure_report_level(report, 0, &level));
    CHECK(level.level == FH_LEVEL_RAW && level.slots == 1);
    OK(fh_erasure_report_level(report, 1, &level));
    CHECK(level.level == FH_LEVEL_HOUR && level.slots == 1 && level.from_ms == erased.from_ms);
    OK(fh_erasure_report_holder(report, 0, &holder));
    CHECK(memcmp(&holder.consent, consent, sizeof *consent) == 0 && holder.slots == 1);
    CHECK(holder.recipient.len == 11 && holder.facets == 1 << FH_FACET_TOTALS);
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_erasure_report_level(report, 2, &level));
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_erasure_report_holder(report, 1, &holder));
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_erasure_report_trace(report, 0, &trace));
}

static FhConfirmation confirmed(const FhHome *home) {
    FhErasures *erasures = NULL;
    FhErasure erasure;
    FhConfirmation confirmation;
    size_t count = 0;
    erasure.struct_size = sizeof erasure;
    confirmation.struct_size = sizeof confirmation;
    OK(fh_home_erasures(home, &erasures));
    OK(fh_erasures_count(erasures, &count));
    CHECK(count == 1);
    OK(fh_erasures_get(erasures, 0, &erasure));
    CHECK(erasure.stream.len == 5 && memcmp(erasure.stream.data, "Power", 5) == 0);
    CHECK(erasure.from_ms == MIDNIGHT + HOUR && erasure.at_ms == MIDNIGHT + 4 * HOUR);
    CHECK(erasure.confirmations >= 1);
    GIVES(FH_STATUS_BAD_ARGUMENT,
          fh_erasures_confirmation(erasures, 0, erasure.confirmations, &confirmation));
    GIVES(FH_STATUS_BAD_ARGUMENT, fh_erasures_confirmation(erasures, 1, 0, &confirmation));
    for (size_t i = 1; i < erasure.confirmations; i++) {
        OK(fh_erasures_confirmation(erasures, 0, i, &confirmation));
        CHECK(confirmation.is_party);
    }
    OK(fh_erasures_confirmation(erasures, 0, 0, &confirmation));
    CHECK(!confirmation.is_party && confirmation.name.len == 11);
    fh_erasures_free(erasures);
    return confirmation;
}

static size_t hours(const FhRecipient *recipient) {
    FhWindows *page = NULL;
    const FhWindow *rows = NULL;
    size_t count = 0;
    OK(fh_recipient_summaries(recipient, NULL, EVERY, FH_LEVEL_HOUR, MIDNIGHT,
                              MIDNIGHT + 4 * HOUR, 0, &page));
    OK(fh_windows_rows(page, &rows, &count));
    fh_windows_free(page);
    return count;
}

int main(void) {
    FhClock *clock = NULL;
    OK(fh_clock_new(MIDNIGHT + 4 * HOUR, &clock));
    FhHome *home = home_in_memory(clock);
    FhRecipient *recipient = recipient_in_memory(clock);
    OK(fh_home_add_device(home, fh_str("Meter"), EVERY, EVERY));
    FhStream *stream = stream_in(home, "Power", "active_power");
    for (int i = 0; i < 4 * 60; i++) {
        FhReading row = number(MIDNIGHT + i * MINUTE, i);
        OK(fh_stream_record(stream, &row, 1, NULL));
    }
    FhId consent = grant(home, recipient);
    OK(fh_testing_sync(home, recipient, NULL));
    CHECK(hours(recipient) == 4);

    FhErasureReport *report = NULL;
    const int64_t from = MIDNIGHT + HOUR + MINUTE, until = from + MINUTE;
    OK(fh_home_erasable(home, stream, from, until, &report));
    reads_the_report(report, &consent);
    fh_erasure_report_free(report);
    OK(fh_home_erase(home, stream, from, until, &report));
    reads_the_report(report, &consent);
    fh_erasure_report_free(report);
    report = NULL;
    GIVES(FH_STATUS_BAD_TIME, fh_home_erase(home, stream, until, from, &report));
    CHECK(report == NULL && confirmed(home).at_ms == 0);
    OK(fh_testing_sync(home, recipient, NULL));
    CHECK(confirmed(home).at_ms == MIDNIGHT + 4 * HOUR);
    CHECK(hours(recipient) == 3);

    fh_stream_free(stream);
    fh_recipient_free(recipient);
    fh_home_free(home);
    fh_clock_free(clock);
    return 0;
}
