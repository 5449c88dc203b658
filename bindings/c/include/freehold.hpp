// Freehold in C++17: what freehold.h has, in classes that free what they own. An error is thrown as freehold::Error.
#ifndef FREEHOLD_HPP
#define FREEHOLD_HPP

#include <freehold.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace freehold {

// Why a call did nothing: its status, and the library's text.
class Error : public std::runtime_error {
public:
    Error(FhStatus status, const std::string &text) : std::runtime_error(text), status(status) {}

    const FhStatus status;
};

inline void check(FhStatus status) {
    if (status != FH_STATUS_OK) {
        std::string text(fh_last_error_message(nullptr, 0) + 1, '\0');
        fh_last_error_message(text.data(), text.size());
        text.pop_back();
        throw Error(status, text);
    }
}

inline FhStr view(std::string_view text) {
    FhStr str = {text.data(), text.size()};
    return str;
}

// Frees a handle by the function of its type.
template <typename T, void (*Free)(T *)> struct Freeing {
    void operator()(T *handle) const { Free(handle); }
};

template <typename T, void (*Free)(T *)> using Handle = std::unique_ptr<T, Freeing<T, Free>>;

// A clock that stands where it is put.
class Clock {
public:
    explicit Clock(std::int64_t now_ms) {
        FhClock *out = nullptr;
        check(fh_clock_new(now_ms, &out));
        handle.reset(out);
    }

    void set(std::int64_t now_ms) { check(fh_clock_set(handle.get(), now_ms)); }

    Handle<FhClock, fh_clock_free> handle;
};

// Where the key of a store lies.
class KeyStore {
public:
    static KeyStore file(std::string_view path) {
        FhKeyStore *out = nullptr;
        check(fh_key_store_file(view(path), &out));
        return KeyStore(out);
    }

    static KeyStore passphrase(std::string_view path, std::string_view passphrase) {
        FhKeyStore *out = nullptr;
        check(fh_key_store_passphrase(view(path), view(passphrase), &out));
        return KeyStore(out);
    }

    // Where the program keeps the key.
    static KeyStore own(FhKeyStoreCalls calls) {
        calls.struct_size = sizeof calls;
        FhKeyStore *out = nullptr;
        check(fh_key_store_calls(&calls, &out));
        return KeyStore(out);
    }

    static KeyStore memory() {
        FhKeyStore *out = nullptr;
        check(fh_key_store_memory(&out));
        return KeyStore(out);
    }

    Handle<FhKeyStore, fh_key_store_free> handle;

private:
    explicit KeyStore(FhKeyStore *own) : handle(own) {}
};

// A signing key of the program's own, in hardware.
class Signer {
public:
    explicit Signer(FhSignerCalls calls) {
        calls.struct_size = sizeof calls;
        FhSigner *out = nullptr;
        check(fh_signer_calls(&calls, &out));
        handle.reset(out);
    }

    Handle<FhSigner, fh_signer_free> handle;
};

// Rows that last as long as their page; `for (const FhReading &reading : page)`.
template <typename Page, typename Row, void (*Free)(Page *),
          FhStatus (*Rows)(const Page *, const Row **, std::size_t *),
          FhStatus (*More)(const Page *, bool *, std::int64_t *),
          FhStatus (*NotYet)(const Page *, bool *, std::int64_t *)>
class PageOf {
public:
    explicit PageOf(Page *own) : handle(own) { check(Rows(own, &rows, &count)); }

    const Row *begin() const { return rows; }
    const Row *end() const { return count == 0 ? rows : rows + count; }
    std::size_t size() const { return count; }

    // Whether there is more, and if so from when to ask for it.
    bool more(std::int64_t &next_ms) const {
        bool more = false;
        check(More(handle.get(), &more, &next_ms));
        return more;
    }

    // Whether what was asked for goes on after the keys of the recipient, and if so from when.
    bool not_yet(std::int64_t &from_ms) const {
        bool not_yet = false;
        check(NotYet(handle.get(), &not_yet, &from_ms));
        return not_yet;
    }

    Handle<Page, Free> handle;

private:
    const Row *rows = nullptr;
    std::size_t count = 0;
};

using Readings = PageOf<FhReadings, FhReading, fh_readings_free, fh_readings_rows,
                        fh_readings_more, fh_readings_not_yet>;
using Windows = PageOf<FhWindows, FhWindow, fh_windows_free, fh_windows_rows, fh_windows_more,
                       fh_windows_not_yet>;

// The elements of a list that stays as it was made: `list[0]`.
template <typename List, typename Row, void (*Free)(List *),
          FhStatus (*Count)(const List *, std::size_t *),
          FhStatus (*Get)(const List *, std::size_t, Row *)>
class ListOf {
public:
    explicit ListOf(List *own) : handle(own) {}

    std::size_t size() const {
        std::size_t count = 0;
        check(Count(handle.get(), &count));
        return count;
    }

    Row operator[](std::size_t place) const {
        Row row = {};
        row.struct_size = sizeof row;
        check(Get(handle.get(), place, &row));
        return row;
    }

    Handle<List, Free> handle;
};

using Streams =
    ListOf<FhStreams, FhStreamInfo, fh_streams_free, fh_streams_count, fh_streams_get>;
using Parties = ListOf<FhParties, FhParty, fh_parties_free, fh_parties_count, fh_parties_get>;
using Receipts =
    ListOf<FhReceipts, FhReceipt, fh_receipts_free, fh_receipts_count, fh_receipts_get>;
using Erasures =
    ListOf<FhErasures, FhErasure, fh_erasures_free, fh_erasures_count, fh_erasures_get>;

class Consents
    : public ListOf<FhConsents, FhConsent, fh_consents_free, fh_consents_count, fh_consents_get> {
public:
    using ListOf::ListOf;

    // The streams that the consent with this place opens.
    Streams streams(std::size_t place) const {
        FhStreams *out = nullptr;
        check(fh_consents_streams(handle.get(), place, &out));
        return Streams(out);
    }
};

// Bytes or a text: a request, a grant, what a person reads.
class Buffer {
public:
    explicit Buffer(FhBuffer *own) : handle(own) {}

    FhBytes bytes() const {
        FhBytes out = {};
        check(fh_buffer_bytes(handle.get(), &out));
        return out;
    }

    std::string_view text() const {
        FhBytes all = bytes();
        return {reinterpret_cast<const char *>(all.data), all.len};
    }

    Handle<FhBuffer, fh_buffer_free> handle;
};

// What a file is, and what it says.
struct Explained {
    FhFile about;
    Buffer text;
};

// Says what a file is, in words, for a person to read, with times in `zone`.
inline Explained explain(FhBytes file, std::string_view zone) {
    FhFile about = {};
    about.struct_size = sizeof about;
    FhBuffer *out = nullptr;
    check(fh_explain(file, view(zone), &about, &out));
    return Explained{about, Buffer(out)};
}

// Ends what blocks.
class Stop {
public:
    Stop() {
        FhStop *out = nullptr;
        check(fh_stop_new(&out));
        handle.reset(out);
    }

    explicit Stop(std::chrono::milliseconds after) {
        FhStop *out = nullptr;
        check(fh_stop_after(static_cast<std::uint64_t>(after.count()), &out));
        handle.reset(out);
    }

    void stop() const { check(fh_stop_stop(handle.get())); }

    Handle<FhStop, fh_stop_free> handle;
};

// Where a relay is.
class Relay {
public:
    explicit Relay(std::string_view address) {
        FhRelaySpec spec = {};
        spec.address = view(address);
        make(spec);
    }

    explicit Relay(FhRelaySpec spec) { make(spec); }

    Handle<FhRelay, fh_relay_free> handle;

private:
    void make(FhRelaySpec &spec) {
        spec.struct_size = sizeof spec;
        FhRelay *out = nullptr;
        check(fh_relay_new(&spec, &out));
        handle.reset(out);
    }
};

// Exactly what would be granted. Nothing is granted yet.
class Proposal {
public:
    explicit Proposal(FhProposal *own) : handle(own) {}

    // What a person has to be shown.
    std::string_view text() const {
        FhStr out = {};
        check(fh_proposal_text(handle.get(), &out));
        return {out.data, out.len};
    }

    FhId shown() const {
        FhId out = {};
        check(fh_proposal_shown(handle.get(), &out));
        return out;
    }

    Handle<FhProposal, fh_proposal_free> handle;
};

// A consent's id, and the grant as a file for its recipient.
struct Grant {
    FhId consent;
    Buffer file;
};

// A stream of a home.
class Stream {
public:
    explicit Stream(FhStream *own) : handle(own) {}

    FhRecorded record(const std::vector<FhReading> &readings) {
        FhRecorded out = {};
        check(fh_stream_record(handle.get(), readings.data(), readings.size(), &out));
        return out;
    }

    void flush() { check(fh_stream_flush(handle.get())); }

    Readings read(std::int64_t from_ms, std::int64_t until_ms, std::size_t limit = 0) const {
        FhReadings *out = nullptr;
        check(fh_stream_read(handle.get(), from_ms, until_ms, limit, &out));
        return Readings(out);
    }

    Windows summaries(FhLevel level, std::int64_t from_ms, std::int64_t until_ms,
                      std::size_t limit = 0) const {
        FhWindows *out = nullptr;
        check(fh_stream_summaries(handle.get(), level, from_ms, until_ms, limit, &out));
        return Windows(out);
    }

    Handle<FhStream, fh_stream_free> handle;
};

// Waits for something to change.
class Watch {
public:
    explicit Watch(FhWatch *own) : handle(own) {}

    bool wait(std::chrono::milliseconds most) const {
        bool changed = false;
        check(fh_watch_wait(handle.get(), static_cast<std::uint64_t>(most.count()), &changed));
        return changed;
    }

    void close() const { check(fh_watch_close(handle.get())); }

    Handle<FhWatch, fh_watch_free> handle;
};

// A household's store. Without a clock it lives by the operating system's.
class Home {
public:
    explicit Home(FhHome *own) : handle(own) {}

    static Home create(std::string_view path, std::string_view name, const KeyStore &keys,
                       const Clock *clock = nullptr) {
        FhHome *out = nullptr;
        check(fh_home_create(view(path), view(name), keys.handle.get(), of(clock), &out));
        return Home(out);
    }

    static Home open(std::string_view path, const KeyStore &keys, const Clock *clock = nullptr) {
        FhHome *out = nullptr;
        check(fh_home_open(view(path), keys.handle.get(), of(clock), &out));
        return Home(out);
    }

    static Home in_memory(std::string_view name, const KeyStore &keys,
                          const Clock *clock = nullptr) {
        FhHome *out = nullptr;
        check(fh_home_in_memory(view(name), keys.handle.get(), of(clock), &out));
        return Home(out);
    }

    void add_device(std::string_view name, std::string_view maker = {},
                    std::string_view model = {}) {
        check(fh_home_add_device(handle.get(), view(name), view(maker), view(model)));
    }

    Stream add_stream(std::string_view device, std::string_view name, FhStreamSpec spec) {
        spec.struct_size = sizeof spec;
        FhStream *out = nullptr;
        check(fh_home_add_stream(handle.get(), view(device), view(name), &spec, &out));
        return Stream(out);
    }

    // A stream that another party of the household writes.
    Stream add_stream_for(std::string_view writer, std::string_view device,
                          std::string_view name, FhStreamSpec spec) {
        spec.struct_size = sizeof spec;
        FhStream *out = nullptr;
        check(fh_home_add_stream_for(handle.get(), view(writer), view(device), view(name), &spec,
                                     &out));
        return Stream(out);
    }

    Stream stream(std::string_view name) const {
        FhStream *out = nullptr;
        check(fh_home_stream(handle.get(), view(name), &out));
        return Stream(out);
    }

    Watch watch() const {
        FhWatch *out = nullptr;
        check(fh_home_watch(handle.get(), &out));
        return Watch(out);
    }

    Streams streams() const {
        FhStreams *out = nullptr;
        check(fh_home_streams(handle.get(), &out));
        return Streams(out);
    }

    // `choices` may be NULL for the request as it is.
    Proposal propose(FhBytes request, const FhChoices *choices = nullptr) const {
        FhProposal *out = nullptr;
        check(fh_home_propose(handle.get(), request, choices, &out));
        return Proposal(out);
    }

    Grant approve(const Proposal &proposal, const FhId &shown, bool attended) {
        FhId consent = {};
        FhBuffer *out = nullptr;
        check(fh_home_approve(handle.get(), proposal.handle.get(), &shown, attended, &consent,
                              &out));
        return Grant{consent, Buffer(out)};
    }

    // What a recipient is owed, as a file for it. The receipts in what it has are heard.
    Buffer parcel(FhBytes card, FhBytes have) {
        FhBuffer *out = nullptr;
        check(fh_home_parcel(handle.get(), card, have, &out));
        return Buffer(out);
    }

    Consents consents() const {
        FhConsents *out = nullptr;
        check(fh_home_consents(handle.get(), &out));
        return Consents(out);
    }

    Buffer revoke(const FhId &consent) {
        FhBuffer *out = nullptr;
        check(fh_home_revoke(handle.get(), &consent, &out));
        return Buffer(out);
    }

    FhUploaded sync(const Relay &relay, const Stop *stop = nullptr) {
        FhUploaded out = {};
        out.struct_size = sizeof out;
        const FhStop *until = stop == nullptr ? nullptr : stop->handle.get();
        check(fh_home_sync(handle.get(), relay.handle.get(), until, &out));
        return out;
    }

    Parties parties() const {
        FhParties *out = nullptr;
        check(fh_home_parties(handle.get(), &out));
        return Parties(out);
    }

    Receipts receipts() const {
        FhReceipts *out = nullptr;
        check(fh_home_receipts(handle.get(), &out));
        return Receipts(out);
    }

    Erasures erasures() const {
        FhErasures *out = nullptr;
        check(fh_home_erasures(handle.get(), &out));
        return Erasures(out);
    }

    void close() { check(fh_home_close(handle.get())); }

    Handle<FhHome, fh_home_free> handle;

private:
    static const FhClock *of(const Clock *clock) {
        return clock == nullptr ? nullptr : clock->handle.get();
    }
};

// Whoever asks, is granted, and opens exactly that.
class Recipient {
public:
    explicit Recipient(FhRecipient *own) : handle(own) {}

    static Recipient create(std::string_view path, std::string_view name, FhRole role,
                            const KeyStore &keys, const Clock *clock = nullptr,
                            const Signer *signer = nullptr) {
        FhRecipient *out = nullptr;
        check(fh_recipient_create(view(path), view(name), role, keys.handle.get(), of(clock),
                                  of(signer), &out));
        return Recipient(out);
    }

    static Recipient open(std::string_view path, const KeyStore &keys,
                          const Clock *clock = nullptr, const Signer *signer = nullptr) {
        FhRecipient *out = nullptr;
        check(
            fh_recipient_open(view(path), keys.handle.get(), of(clock), of(signer), &out));
        return Recipient(out);
    }

    static Recipient in_memory(std::string_view name, FhRole role, const KeyStore &keys,
                               const Clock *clock = nullptr) {
        FhRecipient *out = nullptr;
        check(fh_recipient_in_memory(view(name), role, keys.handle.get(), of(clock), &out));
        return Recipient(out);
    }

    Buffer request(FhWishes wishes) const {
        wishes.struct_size = sizeof wishes;
        FhBuffer *out = nullptr;
        check(fh_recipient_request(handle.get(), &wishes, &out));
        return Buffer(out);
    }

    FhId accept(FhBytes grant) {
        FhId consent = {};
        check(fh_recipient_accept(handle.get(), grant, &consent));
        return consent;
    }

    Consents consents() const {
        FhConsents *out = nullptr;
        check(fh_recipient_consents(handle.get(), &out));
        return Consents(out);
    }

    // `consent` may be NULL and `stream` empty where only one fits.
    Readings read(const FhId *consent, std::string_view stream, std::int64_t from_ms,
                  std::int64_t until_ms, std::size_t limit = 0) const {
        FhReadings *out = nullptr;
        check(fh_recipient_read(handle.get(), consent, view(stream), from_ms, until_ms, limit,
                                &out));
        return Readings(out);
    }

    Windows summaries(const FhId *consent, std::string_view stream, FhLevel level,
                      std::int64_t from_ms, std::int64_t until_ms, std::size_t limit = 0) const {
        FhWindows *out = nullptr;
        check(fh_recipient_summaries(handle.get(), consent, view(stream), level, from_ms,
                                     until_ms, limit, &out));
        return Windows(out);
    }

    // The card by which it is known, as a file.
    Buffer card() const {
        FhBuffer *out = nullptr;
        check(fh_recipient_card(handle.get(), &out));
        return Buffer(out);
    }

    // What it has, as a file for a home that is asked for a parcel.
    Buffer have() const {
        FhBuffer *out = nullptr;
        check(fh_recipient_have(handle.get(), &out));
        return Buffer(out);
    }

    FhReceived receive(FhBytes parcel) {
        FhReceived out = {};
        out.struct_size = sizeof out;
        check(fh_recipient_receive(handle.get(), parcel, &out));
        return out;
    }

    FhReceived sync(const Relay &relay, const Stop *stop = nullptr) {
        FhReceived out = {};
        out.struct_size = sizeof out;
        const FhStop *until = stop == nullptr ? nullptr : stop->handle.get();
        check(fh_recipient_sync(handle.get(), relay.handle.get(), until, &out));
        return out;
    }

    Watch watch() const {
        FhWatch *out = nullptr;
        check(fh_recipient_watch(handle.get(), &out));
        return Watch(out);
    }

    void close() { check(fh_recipient_close(handle.get())); }

    Handle<FhRecipient, fh_recipient_free> handle;

private:
    static const FhClock *of(const Clock *clock) {
        return clock == nullptr ? nullptr : clock->handle.get();
    }

    static const FhSigner *of(const Signer *signer) {
        return signer == nullptr ? nullptr : signer->handle.get();
    }
};

} // namespace freehold

#endif
