// The classes of freehold.hpp: a home in memory, a page, a summary, an error.
#include "check.h"

#include <freehold.hpp>

int main() {
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
    watch.close();
    home.close();
    return 0;
}
