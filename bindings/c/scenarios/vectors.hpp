// Vectors through the library's interface, as tests/scenarios/README.md says.
#ifndef FREEHOLD_SCENARIOS_VECTORS_HPP
#define FREEHOLD_SCENARIOS_VECTORS_HPP

#include "json.hpp"
#include "text.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

using Octets = std::vector<std::uint8_t>;

inline FhBytes lend(const Octets &octets) {
    FhBytes bytes = {octets.data(), octets.size()};
    return bytes;
}

inline Octets octets(const std::string &digits) {
    Octets all;
    for (std::size_t at = 0; at + 1 < digits.size(); at += 2) {
        all.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(at, 2), nullptr, 16)));
    }
    return all;
}

// A file with this in it.
inline Octets file(FhFileType type, const Octets &object) {
    Octets all = {'F', 'R', 'H', 'D', static_cast<std::uint8_t>(type), 1};
    all.insert(all.end(), object.begin(), object.end());
    return all;
}

// Puts what it is given behind its length, in groups of seven bits, the least first.
inline void put_length(Octets &all, std::size_t length) {
    for (; length > 127; length >>= 7) {
        all.push_back(static_cast<std::uint8_t>(length | 128));
    }
    all.push_back(static_cast<std::uint8_t>(length));
}

inline void put(Octets &all, const std::string &digits) {
    const Octets bytes = octets(digits);
    put_length(all, bytes.size());
    all.insert(all.end(), bytes.begin(), bytes.end());
}

// A grant of what the bundles of a case are of.
inline Octets grant_of(const Json &input) {
    Octets grant;
    put(grant, input["card"].text);
    put(grant, input["token"].text);
    put_length(grant, input["bundles"].list.size());
    for (const Json &bundle : input["bundles"].list) {
        put(grant, bundle.text);
    }
    return file(FH_FILE_TYPE_GRANT, grant);
}

inline Lines error(const freehold::Error &error) {
    return {std::string("error ") + fh_status_name(error.status) + " " + error.what()};
}

inline void put_lines(Lines &all, const Lines &more) {
    for (const std::string &line : more) {
        all.push_back("  " + line);
    }
}

inline Lines shown(FhFileType type, const Octets &object) {
    const Octets whole = file(type, object);
    const freehold::Explained explained = freehold::explain(lend(whole), "UTC");
    Lines all = split(explained.text.text());
    all.insert(all.begin(),
               FILE_TYPES[explained.about.file_type] + (" " + hexadecimal(explained.about.id)));
    return all;
}

// A recipient that has accepted a grant, what it said then, and the names of its streams.
struct Accepted {
    freehold::Recipient recipient;
    std::string line;
    std::vector<std::string> streams;
};

inline Accepted accepted(const Octets &grant, const Json &input, const freehold::Clock &clock) {
    const Octets seed = octets(input["seed"].text);
    FhRecipient *out = nullptr;
    freehold::check(fh_testing_recipient_of(lend(grant), seed.data(), clock.handle.get(), &out));
    Accepted made = {freehold::Recipient(out), "", {}};
    made.line = hexadecimal(made.recipient.accept(lend(grant))) + " ";
    auto streams = made.recipient.consents().streams(0);
    for (std::size_t i = 0; i < streams.size(); i++) {
        made.streams.push_back(text_of(streams[i].name));
        made.line += (i == 0 ? "" : ",") + made.streams.back();
    }
    return made;
}

inline Lines read(const freehold::Recipient &recipient, const std::string &stream, FhLevel level,
                  const Json &span) {
    const std::int64_t from = span["from"].number, until = span["until"].number;
    try {
        return level == FH_LEVEL_RAW
                   ? lines(recipient.read(nullptr, stream, from, until, 1000))
                   : lines(recipient.summaries(nullptr, stream, level, from, until, 1000));
    } catch (const freehold::Error &failed) {
        return error(failed);
    }
}

// Takes in the parcels that came after a grant, and reads every stream at every level.
inline Lines taken_in(const Json &input, const freehold::Clock &clock, const Json &span) {
    Accepted made = accepted(octets(input["grant"].text), input, clock);
    Lines all = {made.line};
    for (const Json &parcel : input["parcels"].list) {
        const Octets whole = file(FH_FILE_TYPE_PARCEL, octets(parcel.text));
        all.push_back(line(made.recipient.receive(lend(whole))));
    }
    all.push_back(STATES[made.recipient.consents()[0].state]);
    for (const std::string &stream : made.streams) {
        for (std::size_t level = 0; level < std::size(LEVELS); level++) {
            all.push_back(stream + " " + LEVELS[level]);
            put_lines(all, read(made.recipient, stream, static_cast<FhLevel>(level), span));
        }
    }
    return all;
}

// What comes of a case of an operation. What is read is read in the span of the step.
inline Lines of_case(const std::string &operation, const Json &input, const freehold::Clock &clock,
                     const Json &span) {
    try {
        if (operation == "consent/card") {
            return shown(FH_FILE_TYPE_CARD, octets(input["card"].text));
        }
        if (operation == "consent/request") {
            return shown(FH_FILE_TYPE_REQUEST, octets(input["request"].text));
        }
        if (operation == "consent/grant") {
            return {accepted(octets(input["file"].text), input, clock).line};
        }
        if (operation == "consent/bundle") {
            return {accepted(grant_of(input), input, clock).line};
        }
        if (operation == "parcel/open") {
            return taken_in(input, clock, span);
        }
        throw std::runtime_error("the interface does not do " + operation);
    } catch (const freehold::Error &failed) {
        return error(failed);
    }
}

inline Lines vectors(const std::filesystem::path &folder, const Json &step,
                     const freehold::Clock &clock) {
    const std::string &operation = step["of"].text;
    std::vector<std::filesystem::path> files;
    for (const auto &entry : std::filesystem::directory_iterator(folder / operation)) {
        files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    Lines all;
    for (const auto &path : files) {
        std::ifstream source(path);
        const std::string text(std::istreambuf_iterator<char>(source), {});
        all.push_back(path.stem().string());
        put_lines(all, of_case(operation, Json::read(text)["input"], clock, step));
    }
    return all;
}

#endif
