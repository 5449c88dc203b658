// Runs a scenario of tests/scenarios, and writes what came of each step: scenario FILE FOLDER RELAY. The relay is there already.
#include "json.hpp"
#include "own.hpp"
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
    // Empty while the home is closed.
    std::optional<freehold::Stream> stream;
};

const char *const PASSPHRASE = "correct horse battery staple";

// Longer than anything takes that ends by itself.
const std::chrono::milliseconds PATIENCE(60000);

class Stage {
public:
    Stage(const Json &scenario, std::filesystem::path vectors, std::string folder,
          std::string relay)
        : own_clock{{scenario["clock"].number}}, is_own(scenario.has("own_clock")),
          clock(scenario["clock"].number), vectors_folder(std::move(vectors)), folder(std::move(folder)),
          relay_address(std::move(relay)) {
        if (is_own) {
            clock.handle = own_clock.clock();
        }
    }

    Lines step(const std::string &verb, const Json &step) {
        if (verb == "clock") {
            own_clock.now = step["at"].number;
            if (!is_own) {
                clock.set(step["at"].number);
            }
        } else if (verb == "home") {
            make_home(step);
        } else if (verb == "recipient") {
            make_recipient(step);
        } else if (verb == "own") {
            made(brought, step["of"].text)->presence = presence(step["is"].text);
        } else if (verb == "now") {
            return now(step);
        } else if (verb == "reopen") {
            reopen(step);
        } else if (verb == "device") {
            home(step).add_device(step["name"].text);
        } else if (verb == "stream") {
            add_stream(step);
        } else if (verb == "streams") {
            return list_streams(step);
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
            put(consents, step["as"].text, hexadecimal(id));
            names.emplace_back(hexadecimal(id), "<" + step["as"].text + ">");
        } else if (verb == "carry") {
            return carry(home(step), recipient(step));
        } else if (verb == "relay") {
            put(relays, step["as"].text, freehold::Relay(relay_address));
        } else if (verb == "sync") {
            return sync(step);
        } else if (verb == "follow") {
            return follow(step);
        } else if (verb == "receipts") {
            return receipts(step);
        } else if (verb == "consents") {
            return list_consents(step);
        } else if (verb == "revoke") {
            home(step).revoke(consent_of(step));
        } else if (verb == "erase" || verb == "erasable") {
            return erase(step);
        } else if (verb == "renew") {
            bool renewed = false;
            check(fh_home_renew_key(home(step).handle.get(), &renewed));
            return {renewed ? "true" : "false"};
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
        return made(streams, step["stream"].text).stream.value();
    }

    FhId consent_of(const Json &step) {
        FhId id = {};
        check(fh_id_parse(view(made(consents, step["consent"].text)), &id));
        return id;
    }

    void keep(const std::string &name, freehold::Home &&home) {
        put(watches, name, home.watch());
        put(homes, name, std::move(home));
    }

    void keep(const std::string &name, freehold::Recipient &&recipient) {
        put(watches, name, recipient.watch());
        put(recipients, name, std::move(recipient));
    }

    void make_home(const Json &step) {
        const std::string &name = step["as"].text, &called = step["name"].text;
        auto keys = keys_of(name, step.has("keys") ? step["keys"].text : "");
        keep(name, is_in_memory(step) ? freehold::Home::in_memory(called, keys, &clock)
                                      : freehold::Home::create(path(name), called, keys, &clock));
    }

    static bool is_in_memory(const Json &step) {
        return step.has("keys") && step["keys"].text == "memory";
    }

    // The key store of a home or a recipient: the same again for what is opened again.
    freehold::KeyStore keys_of(const std::string &name, std::string how) {
        if (brought.count(name) == 0) {
            put(brought, name, std::make_unique<Brought>());
        }
        put(kept_how, name, std::string(how));
        if (how == "memory") {
            return freehold::KeyStore::memory();
        }
        if (how == "own") {
            return made(brought, name)->keys();
        }
        return how == "passphrase" ? freehold::KeyStore::passphrase(path(name), PASSPHRASE)
                                   : freehold::KeyStore::file(path(name));
    }

    void make_recipient(const Json &step) {
        const std::string &name = step["as"].text, &called = step["name"].text;
        FhRole role = step["role"].text == "processor" ? FH_ROLE_PROCESSOR : FH_ROLE_CONTROLLER;
        auto keys = keys_of(name, step.has("keys") ? step["keys"].text : "");
        if (step.has("signer")) {
            put(signers, name, made(brought, name)->signer());
        }
        auto recipient = is_in_memory(step)
                             ? freehold::Recipient::in_memory(called, role, keys, &clock)
                             : freehold::Recipient::create(path(name), called, role, keys, &clock,
                                                           signer_of(name));
        FhBuffer *out = nullptr;
        check(fh_recipient_fingerprint(recipient.handle.get(), &out));
        names.emplace_back(freehold::Buffer(out).text(), "<" + name + ">");
        keep(name, std::move(recipient));
    }

    const freehold::Signer *signer_of(const std::string &name) {
        auto found = signers.find(name);
        return found == signers.end() ? nullptr : &found->second;
    }

    Lines now(const Json &step) {
        std::int64_t now = 0;
        check(step.has("home") ? fh_home_now(home(step).handle.get(), &now)
                               : fh_recipient_now(recipient(step).handle.get(), &now));
        return {std::to_string(now)};
    }

    void reopen(const Json &step) {
        const std::string &name = holder(step);
        auto keys = step.has("passphrase")
                        ? freehold::KeyStore::passphrase(path(name), step["passphrase"].text)
                        : keys_of(name, made(kept_how, name));
        if (watches.count(name) != 0) {
            made(watches, name).close();
            watches.erase(name);
        }
        if (step.has("recipient")) {
            if (recipients.count(name) != 0) {
                made(recipients, name).close();
                recipients.erase(name);
            }
            keep(name,
                 freehold::Recipient::open(path(name), keys, &clock, signer_of(name)));
            return;
        }
        for (auto &[known, stream] : streams) {
            if (stream.home == name) {
                stream.stream.reset();
            }
        }
        if (homes.count(name) != 0) {
            made(homes, name).close();
            homes.erase(name);
        }
        keep(name, freehold::Home::open(path(name), keys, &clock));
        for (auto &[known, stream] : streams) {
            if (stream.home == name) {
                stream.stream = made(homes, name).stream(stream.name);
            }
        }
    }

    void add_stream(const Json &step) {
        FhStreamSpec spec = {};
        spec.kind = view(step["kind"].text);
        spec.zone = view(step["zone"].text);
        spec.levels = levels(step["levels"]);
        spec.facets = step.has("facets") ? facets(step["facets"]) : 0;
        const std::string &device = step["device"].text, &name = step["name"].text;
        auto stream = step.has("for")
                          ? home(step).add_stream_for(step["for"].text, device, name, spec)
                          : home(step).add_stream(device, name, spec);
        put(streams, step["as"].text, Kept{step["home"].text, name, std::move(stream)});
    }

    Lines list_streams(const Json &step) {
        Lines all;
        auto list = home(step).streams();
        for (std::size_t i = 0; i < list.size(); i++) {
            FhStreamInfo info = list[i];
            std::string levels;
            for (std::size_t level = 0; level < std::size(LEVELS); level++) {
                if ((info.levels & 1U << level) != 0) {
                    levels += (levels.empty() ? "" : ",") + std::string(LEVELS[level]);
                }
            }
            std::int8_t exponent = 0;
            auto stream = home(step).stream(text_of(info.name));
            check(fh_stream_exponent(stream.handle.get(), &exponent));
            all.push_back(text_of(info.name) + " " + text_of(info.kind) + " " + text_of(info.zone)
                          + " " + levels + " exponent=" + std::to_string(exponent));
        }
        return all;
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
        bool reveals = false;
        std::int64_t expires = 0;
        check(fh_proposal_reveals(proposal.handle.get(), &reveals));
        check(fh_proposal_expires(proposal.handle.get(), &expires));
        text.push_back(std::string("reveals=") + (reveals ? "true" : "false")
                       + " expires=" + std::to_string(expires));
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
        if (step.has("over")) {
            return sync_over(step, relay);
        }
        if (step.has("home")) {
            return {"entries=" + std::to_string(home(step).sync(relay).entries)};
        }
        return {line(recipient(step).sync(relay))};
    }

    Lines sync_over(const Json &step, const freehold::Relay &relay) {
        std::optional<OwnPipe> pipe;
        Way way;
        if (step["over"].text == "meeting") {
            return meet(step, relay);
        }
        if (step["over"].text == "own") {
            way = pipe.emplace(relay_address).way();
        } else {
            FhTransport *out = nullptr;
            const std::string place = relay_address.substr(0, relay_address.find('#'));
            check(fh_transport_connect(view(place), 10000, &out));
            way.reset(out);
        }
        freehold::Stop stop;
        if (step.has("home")) {
            FhUploaded uploaded = {};
            uploaded.struct_size = sizeof uploaded;
            check(fh_home_sync_over(home(step).handle.get(), relay.handle.get(), way.get(), false,
                                    stop.handle.get(), &uploaded));
            return {"entries=" + std::to_string(uploaded.entries)};
        }
        const FhId consent = consent_of(step);
        FhReceived received = {};
        received.struct_size = sizeof received;
        check(fh_recipient_sync_over(recipient(step).handle.get(), relay.handle.get(),
                                     &consent, way.get(), false,
                                     stop.handle.get(), &received));
        return {line(received)};
    }

    Lines meet(const Json &step, const freehold::Relay &relay) {
        OwnPipe pipe(relay_address);
        FhMeeting *out = nullptr;
        if (step.has("home")) {
            check(fh_home_meet(home(step).handle.get(), relay.handle.get(), true, &out));
        } else {
            const FhId consent = consent_of(step);
            check(fh_recipient_meet(recipient(step).handle.get(), relay.handle.get(), &consent,
                                    true, &out));
        }
        const freehold::Handle<FhMeeting, fh_meeting_free> meeting(out);
        Carrier::carry(out, pipe);
        if (step.has("home")) {
            FhUploaded uploaded = {};
            uploaded.struct_size = sizeof uploaded;
            check(fh_meeting_uploaded(out, &uploaded));
            return {"entries=" + std::to_string(uploaded.entries)};
        }
        FhReceived received = {};
        received.struct_size = sizeof received;
        check(fh_meeting_received(out, &received));
        return {line(received)};
    }

    // How far something is followed.
    struct Followed {
        freehold::Stop stop{PATIENCE};
        std::uint64_t wanted = 1;
        std::atomic<std::uint64_t> came{0};

        void is_not_given_up() const {
            bool is_stopped = false;
            check(fh_stop_is_stopped(stop.handle.get(), &is_stopped));
            if (!is_stopped) {
                throw std::runtime_error("it ended by itself");
            }
        }

        void more(std::uint64_t some) {
            if (came.fetch_add(some) + some >= wanted) {
                stop.stop();
            }
        }
    };

    Lines follow(const Json &step) {
        const auto &relay = made(relays, step["relay"].text);
        Followed followed;
        const FhStop *stop = followed.stop.handle.get();
        if (step.has("home")) {
            auto heard = [](void *it, FhStatus, const FhUploaded *told) {
                static_cast<Followed *>(it)->more(told == nullptr ? 0 : told->stretches);
            };
            check(fh_home_follow(home(step).handle.get(), relay.handle.get(), stop, &followed,
                                 heard));
            followed.is_not_given_up();
            return {std::string("brought=") + (followed.came > 0 ? "true" : "false")};
        }
        followed.wanted = static_cast<std::uint64_t>(step["entries"].number);
        auto heard = [](void *it, const FhId *, FhStatus, const FhReceived *told) {
            static_cast<Followed *>(it)->more(told == nullptr ? 0 : told->entries);
        };
        check(fh_recipient_follow(recipient(step).handle.get(), relay.handle.get(), stop,
                                  &followed, heard));
        return {"entries=" + std::to_string(followed.came)};
    }

    Lines receipts(const Json &step) {
        Lines all;
        auto list = home(step).receipts();
        for (std::size_t i = 0; i < list.size(); i++) {
            FhReceipt receipt = list[i];
            const std::string count = std::to_string(receipt.count);
            switch (receipt.event) {
            case FH_RECEIPT_EVENT_FETCHED:
                all.push_back("fetched " + named(hexadecimal(receipt.consent)) + " "
                              + text_of(receipt.stream) + " " + LEVELS[receipt.level] + " "
                              + std::to_string(receipt.from_ms) + " "
                              + std::to_string(receipt.until_ms) + " entries=" + count);
                break;
            case FH_RECEIPT_EVENT_LETTERS:
                all.push_back("letters " + named(hexadecimal(receipt.consent)) + " " + count);
                break;
            case FH_RECEIPT_EVENT_DONE:
                all.emplace_back("done");
                break;
            default:
                all.emplace_back("other");
            }
        }
        // Logs have ids by chance, and come in their order.
        std::sort(all.begin(), all.end());
        return all;
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
        auto act = step["do"].text == "erasable" ? fh_home_erasable : fh_home_erase;
        check(act(home(step).handle.get(), stream(step).handle.get(), step["from"].number,
                  step["until"].number, &out));
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
        for (std::size_t i = 0; i < erased.holders; i++) {
            FhKeyHolder holder = {};
            holder.struct_size = sizeof holder;
            check(fh_erasure_report_holder(out, i, &holder));
            all.push_back("holder " + text_of(holder.recipient) + " " + LEVELS[holder.level]
                          + " slots=" + std::to_string(holder.slots));
        }
        for (std::size_t i = 0; i < erased.traces; i++) {
            FhTrace trace = {};
            trace.struct_size = sizeof trace;
            check(fh_erasure_report_trace(out, i, &trace));
            all.push_back(trace.is_index ? "trace index"
                                         : "trace " + text_of(trace.recipient) + " "
                                               + LEVELS[trace.coarse] + " " + LEVELS[trace.fine]);
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
        auto keys = keys_of(step["as"].text, "");
        FhBuffer *told = nullptr;
        check(fh_offer_place(offer, &told));
        check(fh_transport_connect(view(freehold::Buffer(told).text()), 10000, &way));
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

    OwnClock own_clock;
    bool is_own;
    freehold::Clock clock;
    // Whether the key store and the signer that the program brought for a home or a recipient can be used.
    Named<std::unique_ptr<Brought>> brought;
    Named<std::string> kept_how;
    Named<freehold::Signer> signers;
    std::filesystem::path vectors_folder;
    std::string folder;
    std::string relay_address;
    Named<freehold::Home> homes;
    Named<freehold::Recipient> recipients;
    Named<Kept> streams;
    Named<freehold::Buffer> requests;
    Named<freehold::Proposal> proposals;
    Named<freehold::Grant> grants;
    // As a program keeps them: by their text.
    Named<std::string> consents;
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
    Stage stage(scenario, vectors, argv[2], argv[3]);
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
