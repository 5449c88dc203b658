// What a program brings itself: a clock, key stores, signers, a transport.
#ifndef FREEHOLD_SCENARIOS_OWN_HPP
#define FREEHOLD_SCENARIOS_OWN_HPP

#include <freehold.hpp>

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <optional>
#include <stdexcept>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

// Whether what a program brought can be used.
enum class Presence { THERE, AWAY, REFUSING };

inline Presence presence(const std::string &word) {
    if (word == "there") {
        return Presence::THERE;
    }
    return word == "away" ? Presence::AWAY : Presence::REFUSING;
}

// A clock of the program's.
struct OwnClock {
    std::atomic<std::int64_t> now;

    static std::int64_t says(void *userdata) { return static_cast<OwnClock *>(userdata)->now; }

    freehold::Handle<FhClock, fh_clock_free> clock() {
        FhClock *out = nullptr;
        freehold::check(fh_clock_calls(says, this, nullptr, &out));
        return freehold::Handle<FhClock, fh_clock_free>(out);
    }
};

// Keys in the program's memory, and a signing key in what stands for hardware.
class Brought {
public:
    std::atomic<Presence> presence{Presence::THERE};

    Brought() {
        FhTestingKey *out = nullptr;
        freehold::check(fh_testing_key_new(&out));
        signing.reset(out);
    }

    freehold::KeyStore keys() {
        FhKeyStoreCalls calls = {};
        calls.userdata = this;
        calls.kind = FH_KEY_STORE_KIND_MEMORY;
        calls.load = [](void *own, std::uint8_t *key, bool *found) {
            return asked(own, [=](Brought &it) { return given(it.key, key, found); });
        };
        calls.prepare = [](void *own, const std::uint8_t *key) {
            return asked(own, [=](Brought &it) {
                std::memcpy(it.next.emplace().data(), key, FH_KEY_BYTES);
                return FH_KEY_STORE_ANSWER_DONE;
            });
        };
        calls.prepared = [](void *own, std::uint8_t *key, bool *found) {
            return asked(own, [=](Brought &it) { return given(it.next, key, found); });
        };
        calls.replace = [](void *own, const std::uint8_t *key) {
            return asked(own, [=](Brought &it) {
                std::memcpy(it.key.emplace().data(), key, FH_KEY_BYTES);
                it.next.reset();
                return FH_KEY_STORE_ANSWER_DONE;
            });
        };
        calls.counter = [](void *own, std::uint64_t *count) {
            return asked(own, [=](Brought &it) {
                *count = it.count;
                return FH_KEY_STORE_ANSWER_DONE;
            });
        };
        calls.advance = [](void *own, std::uint64_t count) {
            return asked(own, [=](Brought &it) {
                if (count <= it.count) {
                    return FH_KEY_STORE_ANSWER_BACKWARDS;
                }
                it.count = count;
                return FH_KEY_STORE_ANSWER_DONE;
            });
        };
        return freehold::KeyStore::own(calls);
    }

    freehold::Signer signer() {
        FhSignerCalls calls = {};
        calls.userdata = this;
        freehold::check(fh_testing_key_point(signing.get(), calls.public_key));
        calls.sign = [](void *own, const std::uint8_t *message, std::uint8_t *signature) {
            const Brought &it = *static_cast<Brought *>(own);
            switch (it.presence.load()) {
            case Presence::AWAY:
                return static_cast<std::int32_t>(FH_SIGNER_ANSWER_UNAVAILABLE);
            case Presence::REFUSING:
                return static_cast<std::int32_t>(FH_SIGNER_ANSWER_REFUSED);
            default:
                break;
            }
            return fh_testing_key_sign(it.signing.get(), message, signature) == FH_STATUS_OK
                       ? static_cast<std::int32_t>(FH_SIGNER_ANSWER_DONE)
                       : static_cast<std::int32_t>(FH_SIGNER_ANSWER_FAILED);
        };
        return freehold::Signer(calls);
    }

private:
    using Key = std::array<std::uint8_t, FH_KEY_BYTES>;

    template <typename Act> static std::int32_t asked(void *own, Act act) {
        Brought &it = *static_cast<Brought *>(own);
        switch (it.presence.load()) {
        case Presence::AWAY:
            return FH_KEY_STORE_ANSWER_UNAVAILABLE;
        case Presence::REFUSING:
            return FH_KEY_STORE_ANSWER_REFUSED;
        default:
            break;
        }
        std::lock_guard<std::mutex> alone(it.lock);
        return act(it);
    }

    static FhKeyStoreAnswer given(const std::optional<Key> &kept, std::uint8_t *key, bool *found) {
        *found = kept.has_value();
        if (kept) {
            std::memcpy(key, kept->data(), FH_KEY_BYTES);
        }
        return FH_KEY_STORE_ANSWER_DONE;
    }

    freehold::Handle<FhTestingKey, fh_testing_key_free> signing;
    std::mutex lock;
    std::optional<Key> key;
    std::optional<Key> next;
    std::uint64_t count = 0;
};

using Way = freehold::Handle<FhTransport, fh_transport_free>;

// A connection of the program's to the relay at `HOST:PORT#KEY`, on loopback.
class OwnPipe {
public:
    explicit OwnPipe(const std::string &address) {
        const std::size_t colon = address.find(':'), mark = address.find('#');
        sockaddr_in there = {};
        there.sin_family = AF_INET;
        there.sin_port = htons(static_cast<std::uint16_t>(
            std::stoi(address.substr(colon + 1, mark - colon - 1))));
        inet_pton(AF_INET, address.substr(0, colon).c_str(), &there.sin_addr);
        place = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(place, reinterpret_cast<sockaddr *>(&there), sizeof there) != 0) {
            throw std::runtime_error("no connection");
        }
    }

    ~OwnPipe() { close(place); }
    OwnPipe(const OwnPipe &) = delete;
    OwnPipe &operator=(const OwnPipe &) = delete;

    Way way() {
        FhTransportCalls calls = {};
        calls.struct_size = sizeof calls;
        calls.userdata = this;
        calls.send = sends;
        calls.receive = receives;
        FhTransport *out = nullptr;
        freehold::check(fh_transport_calls(&calls, &out));
        return Way(out);
    }

private:
    static std::int32_t sends(void *own, const std::uint8_t *bytes, std::size_t len) {
        while (len > 0) {
            ssize_t sent = send(static_cast<OwnPipe *>(own)->place, bytes, len, MSG_NOSIGNAL);
            if (sent <= 0) {
                return FH_TRANSPORT_ANSWER_FAILED;
            }
            bytes += sent;
            len -= static_cast<std::size_t>(sent);
        }
        return FH_TRANSPORT_ANSWER_DONE;
    }

    static std::int32_t receives(void *own, std::uint8_t *buffer, std::size_t room,
                                 std::uint64_t wait_ms, std::size_t *came) {
        pollfd ready = {static_cast<OwnPipe *>(own)->place, POLLIN, 0};
        *came = 0;
        if (poll(&ready, 1, static_cast<int>(wait_ms)) == 0) {
            return FH_TRANSPORT_ANSWER_DONE;
        }
        ssize_t len = recv(ready.fd, buffer, room, 0);
        if (len <= 0) {
            return len == 0 ? FH_TRANSPORT_ANSWER_CLOSED : FH_TRANSPORT_ANSWER_FAILED;
        }
        *came = static_cast<std::size_t>(len);
        return FH_TRANSPORT_ANSWER_DONE;
    }

    int place = -1;

    friend class Carrier;
};

// Carries a meeting over a connection of the program's, and ends it once everything has gone and come.
class Carrier {
public:
    static void carry(const FhMeeting *meeting, OwnPipe &pipe) {
        for (bool is_ending = false, is_finished = false, is_settled = false;;) {
            send_all(meeting, pipe);
            freehold::check(fh_meeting_is_finished(meeting, &is_finished));
            if (is_finished) {
                return;
            }
            freehold::check(fh_meeting_is_settled(meeting, &is_settled));
            if (is_settled && !is_ending) {
                freehold::check(fh_meeting_finish(meeting));
                is_ending = true;
                continue;
            }
            std::uint8_t room[4096];
            std::size_t came = 0;
            if (OwnPipe::receives(&pipe, room, sizeof room, 60000, &came)
                != FH_TRANSPORT_ANSWER_DONE) {
                throw std::runtime_error("the relay has gone");
            }
            freehold::check(fh_meeting_receive(meeting, FhBytes{room, came}));
        }
    }

private:
    static void send_all(const FhMeeting *meeting, OwnPipe &pipe) {
        for (std::size_t len = 1; len > 0;) {
            FhBuffer *out = nullptr;
            freehold::check(fh_meeting_poll(meeting, &out));
            const freehold::Buffer said(out);
            len = said.bytes().len;
            OwnPipe::sends(&pipe, said.bytes().data, len);
        }
    }
};

#endif
