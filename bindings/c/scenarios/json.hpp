// As much of JSON as the scenarios need: objects, lists, whole numbers, booleans, texts of which escapes stay as they are.
#ifndef FREEHOLD_SCENARIOS_JSON_HPP
#define FREEHOLD_SCENARIOS_JSON_HPP

#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

struct Json {
    enum Type { NUMBER, BOOL, TEXT, LIST, OBJECT } type = NUMBER;
    std::int64_t number = 0;
    bool boolean = false;
    std::string text;
    std::vector<Json> list;
    std::map<std::string, Json> members;

    bool has(const std::string &name) const { return members.count(name) != 0; }

    const Json &operator[](const std::string &name) const {
        auto found = members.find(name);
        if (found == members.end()) {
            throw std::runtime_error("no member " + name);
        }
        return found->second;
    }

    static Json read(const std::string &source) {
        const char *at = source.c_str();
        return value(at);
    }

private:
    static char next(const char *&at) {
        while (std::isspace(static_cast<unsigned char>(*at)) || *at == ',' || *at == ':') {
            at++;
        }
        return *at;
    }

    static std::string quoted(const char *&at) {
        std::string text;
        for (at++; *at != '"'; at++) {
            if (*at == '\\') {
                text += *at++;
            }
            if (*at == '\0') {
                throw std::runtime_error("a text that does not end");
            }
            text += *at;
        }
        at++;
        return text;
    }

    static Json value(const char *&at) {
        Json json;
        switch (next(at)) {
        case '{':
            json.type = OBJECT;
            for (at++; next(at) != '}';) {
                std::string name = quoted(at);
                json.members.emplace(std::move(name), value(at));
            }
            at++;
            break;
        case '[':
            json.type = LIST;
            for (at++; next(at) != ']';) {
                json.list.push_back(value(at));
            }
            at++;
            break;
        case '"':
            json.type = TEXT;
            json.text = quoted(at);
            break;
        case 'n':
            at += 4;
            break;
        case 't':
        case 'f':
            json.type = BOOL;
            json.boolean = *at == 't';
            at += json.boolean ? 4 : 5;
            break;
        default:
            char *end = nullptr;
            json.number = std::strtoll(at, &end, 10);
            if (end == at) {
                throw std::runtime_error("not JSON");
            }
            at = end;
        }
        return json;
    }
};

#endif
