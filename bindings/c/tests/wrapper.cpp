// The classes of freehold.hpp: a home in memory, a page, a summary, an error, and the way of a consent over a relay, whose address is the
// second argument.
#include "check.h"

#include <freehold.hpp>

static void consent(freehold::Home &home, const freehold::Clock &clock, const char *address) {
    freehold::Relay relay(address);
    freehold::Recipient recipient = freehold::Recipient::in_memory(
        "ACME Energy", FH_ROLE_CONTROLLER, freehold::KeyStore::memory(), &clock);
    freehold::Buffer request(request_for_hours(recipient.handle.get()));
    freehold::Proposal proposal = home.propose(request.bytes());
    CHECK(proposal.text().find("ACME Energy") != std::string_view::npos);
    freehold::Grant grant = home.approve(proposal, proposal.shown(), true);
    CHECK(recipient.accept(grant.file.bytes()).bytes[0] == grant.consent.bytes[0]);
    CHECK(home.sync(relay).stretches > 0);
    CHECK(recipient.sync(relay).entries > 0);
    freehold::Consents consents = recipient.consents();
    CHECK(consents.size() == 1 && consents[0].state == FH_CONSENT_STATE_LIVE);
    CHECK(consents.streams(0)[0].levels == 1 << FH_LEVEL_HOUR);
    freehold::Windows hours =
        recipient.summaries(nullptr, {}, FH_LEVEL_HOUR, MIDNIGHT, MIDNIGHT + 2 * HOUR);
    CHECK(hours.size() == 2);
    home.revoke(grant.consent);
    freehold::Stop patience(std::chrono::seconds(60));
    home.sync(relay, &patience);
    CHECK(recipient.sync(relay, &patience).revocations == 1);
    try {
        recipient.summaries(nullptr, {}, FH_LEVEL_HOUR, MIDNIGHT, MIDNIGHT + HOUR);
        CHECK(!"an error is thrown");
    } catch (const freehold::Error &error) {
        CHECK(error.status == FH_STATUS_REVOKED);
    }
    CHECK(home.streams().size() == 1 && home.parties().size() == 1);
    CHECK(home.receipts().size() > 0 && home.erasures().size() == 0);
    recipient.close();
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    freehold::Clock clock(MIDNIGHT);
    freehold::Home home = freehold::Home::in_memory("Home", freehold::KeyStore::memory(), &clock);
    home.add_device("Meter", "ACME");
    freehold::Watch watch = home.watch();
    freehold::Stream stream = home.add_stream("Meter", "Power", spec_of("active_power"));
    std::vector<FhReading> readings;
    for (int i = 0; i < 120; i++) {
        readings.push_back(number(MIDNIGHT + i * MINUTE, i));
    }
    CHECK(stream.record(readings).added == 120);
    CHECK(watch.wait(std::chrono::milliseconds(0)));
    clock.set(MIDNIGHT + 3 * HOUR);
    stream.flush();

    std::int64_t next = 0, sum = 0;
    freehold::Readings page = home.stream("Power").read(MIDNIGHT, MIDNIGHT + 3 * HOUR, 100);
    for (const FhReading &reading : page) {
        sum += reading.value.number;
    }
    CHECK(page.size() == 100 && sum == 99 * 100 / 2);
    CHECK(page.more(next) && next == MIDNIGHT + 100 * MINUTE);
    freehold::Windows hours = stream.summaries(FH_LEVEL_HOUR, MIDNIGHT, MIDNIGHT + 3 * HOUR);
    CHECK(hours.size() == 2 && hours.begin()->count == 60 && !hours.more(next));

    try {
        home.stream("Gas");
        CHECK(!"an error is thrown");
    } catch (const freehold::Error &error) {
        CHECK(error.status == FH_STATUS_MISSING && *error.what() != '\0');
    }
    consent(home, clock, argv[2]);
    watch.close();
    home.close();
    return 0;
}
