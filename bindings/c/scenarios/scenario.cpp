// Runs a scenario of tests/scenarios, and writes what came of each step: scenario FILE FOLDER RELAY. The relay is there already.
#include "json.hpp"
#include "text.hpp"
#include "vectors.hpp"

#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

using freehold::check;
using freehold::view;

namespace {

template <typename T> using Named = std::map<std::string, T>;

template <typename T> T &made(Named<T> &all, const std::string &name) {
    auto found = all.find(name);
    if (found == all.end()) {
        throw std::runtime_error("no step before made " + name);
    }
    return found->second;
}

std::uint8_t place_in(const char *const *names, std::size_t count, const std::string &name) {
    for (std::size_t i = 0; i < count; i++) {
        if (name == names[i]) {
            return static_cast<std::uint8_t>(i);
        }
    }
    throw std::runtime_error("no such name: " + name);
}

FhLevel level(const Json &name) {
    return static_cast<FhLevel>(place_in(LEVELS, std::size(LEVELS), name.text));
}

std::uint8_t bits(const char *const *names, std::size_t count, const Json &list) {
    unsigned all = 0;
    for (const Json &name : list.list) {
        all |= 1U << place_in(names, count, name.text);
    }
    return static_cast<std::uint8_t>(all);
}

std::uint8_t levels(const Json &list) { return bits(LEVELS, std::size(LEVELS), list); }
std::uint8_t facets(const Json &list) { return bits(FACETS, std::size(FACETS), list); }

const std::string &holder(const Json &step) {
    return step[step.has("home") ? "home" : "recipient"].text;
}

bool yes(void *, FhStr) { return true; }

// A stream, with its home and what that calls it.
struct Kept {
    std::string home;
    std::string name;
    freehold::Stream stream;
};

class Stage {
public:
    Stage(std::int64_t now, std::filesystem::path vectors, std::string folder, std::string relay)
        : clock(now), vectors_folder(std::move(vectors)), folder(std::move(folder)),
          relay_address(std::move(relay)) {}

    Lines step(const std::string &verb, const Json &step) {
        if (verb == "clock") {
            clock.set(step["at"].number);
        } else if (verb == "home") {
            const std::string place = path(step["as"].text);
            auto keys = freehold::KeyStore::file(place);
            keep(step["as"].text,
                 freehold::Home::create(place, step["name"].text, keys, &clock));
        } else if (verb == "recipient") {
            make_recipient(step);
        } else if (verb == "reopen") {
            reopen(holder(step));
        } else if (verb == "device") {
            home(step).add_device(step["name"].text);
        } else if (verb == "stream") {
            add_stream(step);
        } else if (verb == "record") {
            return record(step);
        } else if (verb == "flush") {
            stream(step).flush();
        } else if (verb == "read") {
            return read(step);
        } else if (verb == "summaries") {
            return summaries(step);
        } else if (verb == "request") {
            return request(step);
        } else if (verb == "propose") {
            return propose(step);
        } else if (verb == "approve") {
            const auto &proposal = made(proposals, step["proposal"].text);
            auto grant = home(step).approve(proposal, proposal.shown(), true);
            put(grants, step["as"].text, std::move(grant));
        } else if (verb == "accept") {
            const auto &grant = made(grants, step["grant"].text);
            FhId id = recipient(step).accept(grant.file.bytes());
            put(consents, step["as"].text, FhId(id));
            names.emplace_back(hexadecimal(id), "<" + step["as"].text + ">");
        } else if (verb == "carry") {
            return carry(home(step), recipient(step));
        } else if (verb == "relay") {
            put(relays, step["as"].text, freehold::Relay(relay_address));
        } else if (verb == "sync") {
            return sync(step);
        } else if (verb == "consents") {
            return list_consents(step);
        } else if (verb == "revoke") {
            home(step).revoke(made(consents, step["consent"].text));
        } else if (verb == "erase") {
            return erase(step);
        } else if (verb == "erasures") {
            return erasures(step);
        } else if (verb == "join") {
            join(step);
        } else if (verb == "parties") {
            return parties(step);
        } else if (verb == "remove") {
            check(fh_home_remove_party(home(step).handle.get(), view(step["name"].text)));
        } else if (verb == "changed") {
            bool changed = made(watches, holder(step)).wait(std::chrono::milliseconds(0));
            return {changed ? "true" : "false"};
        } else if (verb == "vectors") {
            return vectors(vectors_folder, step, clock);
        } else {
            throw std::runtime_error("no such step: " + verb);
        }
        return {};
    }

    // What is chosen by chance is written as what the scenario calls it.
    std::string named(std::string text) const {
        for (const auto &[chosen, name] : names) {
            for (std::size_t at; (at = text.find(chosen)) != std::string::npos;) {
                text.replace(at, chosen.size(), name);
            }
        }
        return text;
    }

private:
    template <typename T> static void put(Named<T> &all, const std::string &name, T &&value) {
        all.erase(name);
        all.emplace(name, std::move(value));
    }

    std::string path(const std::string &name) const { return folder + "/" + name; }

    freehold::Home &home(const Json &step) { return made(homes, step["home"].text); }

    freehold::Recipient &recipient(const Json &step) {
        return made(recipients, step["recipient"].text);
    }

    freehold::Stream &stream(const Json &step) {
        return made(streams, step["stream"].text).stream;
    }

    void keep(const std::string &name, freehold::Home &&home) {
        put(watches, name, home.watch());
        put(homes, name, std::move(home));
    }

    void keep(const std::string &name, freehold::Recipient &&recipient) {
        put(watches, name, recipient.watch());
        put(recipients, name, std::move(recipient));
    }

    void make_recipient(const Json &step) {
        const std::string place = path(step["as"].text);
        FhRole role = step["role"].text == "processor" ? FH_ROLE_PROCESSOR : FH_ROLE_CONTROLLER;
        auto keys = freehold::KeyStore::file(place);
        auto recipient =
            freehold::Recipient::create(place, step["name"].text, role, keys, &clock);
        FhBuffer *out = nullptr;
        check(fh_recipient_fingerprint(recipient.handle.get(), &out));
        names.emplace_back(freehold::Buffer(out).text(), "<" + step["as"].text + ">");
        keep(step["as"].text, std::move(recipient));
    }

    void reopen(const std::string &name) {
        auto keys = freehold::KeyStore::file(path(name));
        watches.erase(name);
        if (recipients.count(name) != 0) {
            made(recipients, name).close();
            recipients.erase(name);
            keep(name, freehold::Recipient::open(path(name), keys, &clock));
            return;
        }
        Named<std::string> called;
        for (auto &[known, stream] : streams) {
            if (stream.home == name) {
                called[known] = stream.name;
            }
        }
        for (const auto &[known, of_home] : called) {
            streams.erase(known);
        }
        made(homes, name).close();
        homes.erase(name);
        keep(name, freehold::Home::open(path(name), keys, &clock));
        for (const auto &[known, of_home] : called) {
            put(streams, known, Kept{name, of_home, made(homes, name).stream(of_home)});
        }
    }

    void add_stream(const Json &step) {
        FhStreamSpec spec = {};
        spec.kind = view(step["kind"].text);
        spec.zone = view(step["zone"].text);
        spec.levels = levels(step["levels"]);
        spec.facets = step.has("facets") ? facets(step["facets"]) : 0;
        auto stream = home(step).add_stream(step["device"].text, step["name"].text, spec);
        put(streams, step["as"].text,
            Kept{step["home"].text, step["name"].text, std::move(stream)});
    }

    Lines record(const Json &step) {
        std::vector<FhReading> readings;
        for (const Json &value : step["values"].list) {
            FhReading reading = {};
            auto index = static_cast<std::int64_t>(readings.size());
            reading.time_ms = step["from"].number + index * step["every"].number;
            if (step.has("lasting")) {
                reading.duration_ms = static_cast<std::uint32_t>(step["lasting"].number);
            }
            if (value.type == Json::BOOL) {
                reading.value_type = FH_VALUE_TYPE_BOOL;
                reading.value.boolean = value.boolean;
            } else if (value.type == Json::TEXT) {
                reading.value_type = FH_VALUE_TYPE_TEXT;
                reading.value.text = view(value.text);
            } else {
                reading.value_type = FH_VALUE_TYPE_NUMBER;
                reading.value.number = value.number;
            }
            readings.push_back(reading);
        }
        FhRecorded recorded = stream(step).record(readings);
        std::ostringstream text;
        text << "new=" << recorded.added << " duplicates=" << recorded.duplicates
             << " corrected=" << recorded.corrected << " late=" << recorded.late
             << " kept=" << recorded.kept << " dropped=" << recorded.dropped;
        return {text.str()};
    }

    Lines read(const Json &step) {
        auto from = step["from"].number, until = step["until"].number;
        auto limit = static_cast<std::size_t>(step["limit"].number);
        return step.has("stream") ? lines(stream(step).read(from, until, limit))
                                  : lines(recipient(step).read(nullptr, {}, from, until, limit));
    }

    Lines summaries(const Json &step) {
        auto from = step["from"].number, until = step["until"].number;
        auto limit = static_cast<std::size_t>(step["limit"].number);
        FhLevel of = level(step["level"]);
        return step.has("stream")
                   ? lines(stream(step).summaries(of, from, until, limit))
                   : lines(recipient(step).summaries(nullptr, {}, of, from, until, limit));
    }

    Lines request(const Json &step) {
        FhAsk ask = {};
        ask.kind = view(step["kind"].text);
        ask.from_ms = step["from"].number;
        ask.until_ms = step.has("until") ? step["until"].number : 0;
        ask.levels = levels(step["levels"]);
        ask.facets = facets(step["facets"]);
        FhStr purpose = view(step["purpose"].text);
        FhWishes wishes = {};
        wishes.asks = &ask;
        wishes.asks_len = 1;
        wishes.purposes = &purpose;
        wishes.purposes_len = 1;
        wishes.retention_days =
            step.has("retention") ? static_cast<std::uint16_t>(step["retention"].number) : 30;
        auto request = recipient(step).request(wishes);
        auto explained = freehold::explain(request.bytes(), "UTC");
        put(requests, step["as"].text, std::move(request));
        return split(explained.text.text());
    }

    Lines propose(const Json &step) {
        FhChoices choices = {};
        choices.struct_size = sizeof choices;
        FhStr name = {};
        if (step.has("stream")) {
            name = view(made(streams, step["stream"].text).name);
            choices.streams = &name;
            choices.streams_len = 1;
        }
        auto request = made(requests, step["request"].text).bytes();
        auto proposal = home(step).propose(request, &choices);
        Lines text = split(proposal.text());
        put(proposals, step["as"].text, std::move(proposal));
        return text;
    }

    // A parcel from one to the other, and what was erased back.
    static Lines carry(freehold::Home &home, freehold::Recipient &recipient) {
        auto card = recipient.card();
        FhReceived received =
            recipient.receive(home.parcel(card.bytes(), recipient.have().bytes()).bytes());
        check(fh_home_hear_receipts(home.handle.get(), recipient.have().bytes()));
        return {line(received)};
    }

    Lines sync(const Json &step) {
        const auto &relay = made(relays, step["relay"].text);
        if (step.has("home")) {
            return {"entries=" + std::to_string(home(step).sync(relay).entries)};
        }
        return {line(recipient(step).sync(relay))};
    }

    Lines list_consents(const Json &step) {
        Lines all;
        bool at_home = step.has("home");
        auto list = at_home ? home(step).consents() : recipient(step).consents();
        for (std::size_t i = 0; i < list.size(); i++) {
            FhConsent consent = list[i];
            std::string who = text_of(consent.recipient);
            if (!at_home) {
                who.clear();
                auto opened = list.streams(i);
                for (std::size_t j = 0; j < opened.size(); j++) {
                    who += (j == 0 ? "" : ",") + text_of(opened[j].name);
                }
            }
            all.push_back(hexadecimal(consent.id) + " " + who + " " + STATES[consent.state]);
        }
        return all;
    }

    Lines erase(const Json &step) {
        FhErasureReport *out = nullptr;
        check(fh_home_erase(home(step).handle.get(), stream(step).handle.get(),
                            step["from"].number, step["until"].number, &out));
        freehold::Handle<FhErasureReport, fh_erasure_report_free> report(out);
        FhErased erased = {};
        erased.struct_size = sizeof erased;
        check(fh_erasure_report_erased(out, &erased));
        Lines all;
        for (std::size_t i = 0; i < erased.levels; i++) {
            FhErasedLevel level = {};
            level.struct_size = sizeof level;
            check(fh_erasure_report_level(out, i, &level));
            all.push_back(LEVELS[level.level] + (" slots=" + std::to_string(level.slots)));
        }
        return all;
    }

    Lines erasures(const Json &step) {
        Lines all;
        auto list = home(step).erasures();
        for (std::size_t i = 0; i < list.size(); i++) {
            FhErasure erasure = list[i];
            all.push_back(text_of(erasure.stream) + " " + std::to_string(erasure.from_ms) + " "
                          + std::to_string(erasure.until_ms));
            for (std::size_t j = 0; j < erasure.confirmations; j++) {
                FhConfirmation one = {};
                one.struct_size = sizeof one;
                check(fh_erasures_confirmation(list.handle.get(), i, j, &one));
                all.push_back("  " + text_of(one.name)
                              + (one.at_ms == 0 ? " awaited" : " answered"));
            }
        }
        return all;
    }

    void join(const Json &step) {
        bool is_agent = step["role"].text == "agent";
        FhPartyRole role = is_agent ? FH_PARTY_ROLE_AGENT : FH_PARTY_ROLE_DEVICE;
        sockaddr_in here = {};
        socklen_t len = sizeof here;
        here.sin_family = AF_INET;
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        int listener = socket(AF_INET, SOCK_STREAM, 0);
        if (bind(listener, reinterpret_cast<sockaddr *>(&here), len) != 0
            || listen(listener, 1) != 0
            || getsockname(listener, reinterpret_cast<sockaddr *>(&here), &len) != 0) {
            throw std::runtime_error("nowhere to listen");
        }
        const std::string place = "127.0.0.1:" + std::to_string(ntohs(here.sin_port));
        FhInvitation *out = nullptr;
        FhStatus invited = fh_home_invite(home(step).handle.get(), view(place), role, &out);
        if (invited != FH_STATUS_OK) {
            close(listener);
            check(invited);
        }
        freehold::Handle<FhInvitation, fh_invitation_free> invitation(out);
        FhStr offer = {};
        check(fh_invitation_text(out, &offer));
        FhStatus taken = FH_STATUS_OK;
        std::thread host([&] {
            FhTransport *way = nullptr;
            check(fh_transport_socket(accept(listener, nullptr, nullptr), &way));
            taken = fh_invitation_run(out, way, nullptr, yes);
            fh_transport_free(way);
        });
        FhTransport *way = nullptr;
        FhHome *joined = nullptr;
        auto keys = freehold::KeyStore::file(path(step["as"].text));
        check(fh_transport_connect(view(place), 10000, &way));
        FhStatus status = fh_home_join(view(path(step["as"].text)), view(step["name"].text), role,
                                       keys.handle.get(), clock.handle.get(), offer, way, nullptr,
                                       yes, &joined);
        host.join();
        fh_transport_free(way);
        close(listener);
        check(status);
        check(taken);
        keep(step["as"].text, freehold::Home(joined));
    }

    Lines parties(const Json &step) {
        Lines all;
        auto list = home(step).parties();
        for (std::size_t i = 0; i < list.size(); i++) {
            FhParty party = list[i];
            std::string role = party.role == FH_PARTY_ROLE_AGENT ? "agent " : "device ";
            all.push_back(role + text_of(party.name) + (party.removed_ms == 0 ? "" : " removed"));
        }
        return all;
    }

    freehold::Clock clock;
    std::filesystem::path vectors_folder;
    std::string folder;
    std::string relay_address;
    Named<freehold::Home> homes;
    Named<freehold::Recipient> recipients;
    Named<Kept> streams;
    Named<freehold::Buffer> requests;
    Named<freehold::Proposal> proposals;
    Named<freehold::Grant> grants;
    Named<FhId> consents;
    Named<freehold::Relay> relays;
    Named<freehold::Watch> watches;
    std::vector<std::pair<std::string, std::string>> names;
};

} // namespace

int main(int argc, char **argv) {
    if (argc != 4) {
        std::cerr << "scenario FILE FOLDER RELAY\n";
        return 2;
    }
    std::ostringstream source;
    source << std::ifstream(argv[1]).rdbuf();
    const Json scenario = Json::read(source.str());
    const auto vectors = std::filesystem::path(argv[1]).parent_path() / "../vectors";
    std::filesystem::create_directories(argv[2]);
    Stage stage(scenario["clock"].number, vectors, argv[2], argv[3]);
    int number = 0;
    for (const Json &step : scenario["steps"].list) {
        const std::string &verb = step["do"].text;
        Lines came;
        try {
            came = stage.step(verb, step);
        } catch (const freehold::Error &failed) {
            came = error(failed);
        }
        std::cout << ++number << " " << verb << "\n";
        for (const std::string &line : came) {
            std::cout << "  " << stage.named(line) << "\n";
        }
    }
    return 0;
}
