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

    static KeyStore memory() {
        FhKeyStore *out = nullptr;
        check(fh_key_store_memory(&out));
        return KeyStore(out);
    }

    Handle<FhKeyStore, fh_key_store_free> handle;

private:
    explicit KeyStore(FhKeyStore *own) : handle(own) {}
};

// Rows that last as long as their page; `for (const FhReading &reading : page)`.
template <typename Page, typename Row, void (*Free)(Page *),
          FhStatus (*Rows)(const Page *, const Row **, std::size_t *),
          FhStatus (*More)(const Page *, bool *, std::int64_t *)>
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

    Handle<Page, Free> handle;

private:
    const Row *rows = nullptr;
    std::size_t count = 0;
};

using Readings =
    PageOf<FhReadings, FhReading, fh_readings_free, fh_readings_rows, fh_readings_more>;
using Windows = PageOf<FhWindows, FhWindow, fh_windows_free, fh_windows_rows, fh_windows_more>;

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

    void close() { check(fh_home_close(handle.get())); }

    Handle<FhHome, fh_home_free> handle;

private:
    explicit Home(FhHome *own) : handle(own) {}

    static const FhClock *of(const Clock *clock) {
        return clock == nullptr ? nullptr : clock->handle.get();
    }
};

} // namespace freehold

#endif
