// What came of a step, in the words of tests/scenarios/README.md.
#ifndef FREEHOLD_SCENARIOS_TEXT_HPP
#define FREEHOLD_SCENARIOS_TEXT_HPP

#include <freehold.hpp>

#include <algorithm>
#include <string>

using Lines = std::vector<std::string>;

static const char *const LEVELS[] = {"raw", "minute", "quarter-hour", "half-hour",
                                     "hour", "day",   "month"};
static const char *const FACETS[] = {"readings", "totals", "extremes", "distribution", "index"};
static const char *const FILE_TYPES[] = {"",          "card",   "request", "grant", "revocation",
                                         "extension", "parcel", "have"};
static const char *const STATES[] = {"pending", "live", "revoked", "expired"};

inline std::string hexadecimal(const FhId &id) {
    char text[FH_ID_TEXT] = "";
    freehold::check(fh_id_text(&id, text));
    return text;
}

inline std::string text_of(FhStr text) { return std::string(text.data, text.len); }

__extension__ typedef unsigned __int128 Wide;

// A number of 128 bits, in decimal digits.
inline std::string digits(FhInt128 number) {
    Wide value = static_cast<Wide>(number.high) << 64 | number.low;
    bool negative = number.high < 0;
    value = negative ? -value : value;
    std::string text;
    do {
        text += static_cast<char>('0' + static_cast<int>(value % 10));
        value /= 10;
    } while (value != 0);
    text += negative ? "-" : "";
    std::reverse(text.begin(), text.end());
    return text;
}

inline std::string line(const FhReading &reading) {
    std::string text =
        std::to_string(reading.time_ms) + "+" + std::to_string(reading.duration_ms) + " ";
    switch (reading.value_type) {
    case FH_VALUE_TYPE_NUMBER:
        text += "number " + std::to_string(reading.value.number);
        break;
    case FH_VALUE_TYPE_BOOL:
        text += reading.value.boolean ? "bool true" : "bool false";
        break;
    case FH_VALUE_TYPE_STATE:
        text += "state " + std::to_string(reading.value.state);
        break;
    case FH_VALUE_TYPE_POINT:
        text += "point " + std::to_string(reading.value.point.lat) + " "
                + std::to_string(reading.value.point.lon);
        break;
    case FH_VALUE_TYPE_TEXT:
        text += "text " + text_of(reading.value.text);
        break;
    default:
        text += "none";
    }
    return reading.flags == 0 ? text : text + " flags=" + std::to_string(reading.flags);
}

inline std::string line(const FhWindow &window) {
    auto known = [&](FhFacet facet) { return (window.facets & 1 << facet) != 0; };
    std::string text = std::to_string(window.from_ms) + " " + std::to_string(window.until_ms);
    if (known(FH_FACET_TOTALS)) {
        text += " count=" + std::to_string(window.count) + " sum=" + digits(window.sum)
                + " sum_squares=" + digits(window.sum_squares);
    }
    if (known(FH_FACET_EXTREMES)) {
        text += " min=" + std::to_string(window.min) + " max=" + std::to_string(window.max)
                + " first=" + std::to_string(window.first) + " last="
                + std::to_string(window.last);
    }
    if (known(FH_FACET_DISTRIBUTION)) {
        text += " distribution=";
        for (std::size_t i = 0; i < window.bins_len; i++) {
            text += (i == 0 ? "" : ",") + std::to_string(window.bins[i]);
        }
    }
    return known(FH_FACET_INDEX) ? text + " index=" + std::to_string(window.index) : text;
}

inline std::string line(const FhReceived &received) {
    return "entries=" + std::to_string(received.entries) + " pieces="
           + std::to_string(received.pieces) + " extensions="
           + std::to_string(received.extensions) + " revocations="
           + std::to_string(received.revocations);
}

template <typename Page> Lines lines(const Page &page) {
    Lines all;
    std::int64_t next = 0;
    for (const auto &row : page) {
        all.push_back(line(row));
    }
    if (page.more(next)) {
        all.push_back("next " + std::to_string(next));
    }
    if (page.not_yet(next)) {
        all.push_back("not yet " + std::to_string(next));
    }
    return all;
}

// The lines of a text.
inline Lines split(std::string_view text) {
    Lines all;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = std::min(text.find('\n', at), text.size());
        all.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return all;
}

#endif
