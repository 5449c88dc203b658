package org.freehold.scenarios

/** What a scenario is written in: objects, lists, texts, whole numbers, booleans and nothing. */
class Json(
    private val value: Any,
) {
    operator fun get(name: String): Json = find(name) ?: error("no $name in $value")

    fun find(name: String): Json? = (value as Map<*, *>)[name] as Json?

    operator fun contains(name: String): Boolean = find(name) != null

    val list: List<Json> get() = (value as List<*>).map { it as Json }
    val text: String get() = value as String
    val number: Long get() = value as Long

    /** Whichever it is. */
    val any: Any get() = value

    companion object {
        fun read(text: String): Json {
            val reader = Reader(text)
            return reader.value().also { reader.end() }
        }
    }
}

private class Reader(
    private val text: String,
) {
    private var at = 0

    fun value(): Json =
        when (val next = peek()) {
            '{' -> Json(fields())
            '[' -> Json(items())
            '"' -> Json(string())
            't' -> Json(true).also { word("true") }
            'f' -> Json(false).also { word("false") }
            'n' -> Json(Unit).also { word("null") }
            else -> if (next == '-' || next.isDigit()) Json(number()) else fail()
        }

    fun end() {
        while (at < text.length) if (!text[at++].isWhitespace()) fail()
    }

    private fun fields(): Map<String, Json> {
        val fields = LinkedHashMap<String, Json>()
        each('{', '}') {
            val name = string()
            take(':')
            fields[name] = value()
        }
        return fields
    }

    private fun items(): List<Json> = ArrayList<Json>().also { items -> each('[', ']') { items += value() } }

    private inline fun each(
        open: Char,
        close: Char,
        one: () -> Unit,
    ) {
        take(open)
        while (peek() != close) {
            one()
            if (peek() != ',') break
            take(',')
        }
        take(close)
    }

    private fun string(): String {
        take('"')
        return buildString {
            while (text[at] != '"') append(if (text[at] == '\\') escaped() else text[at++])
            at++
        }
    }

    private fun escaped(): Char {
        val mark = text[at + 1]
        at += 2
        return when (mark) {
            'n' -> '\n'
            't' -> '\t'
            'u' ->
                text
                    .substring(at, at + 4)
                    .toInt(16)
                    .toChar()
                    .also { at += 4 }
            else -> mark
        }
    }

    private fun number(): Long {
        val from = at
        while (at < text.length && (text[at] == '-' || text[at].isDigit())) at++
        return text.substring(from, at).toLong()
    }

    private fun word(word: String) = word.forEach { if (text[at++] != it) fail() }

    private fun take(char: Char) {
        if (peek() != char) fail()
        at++
    }

    private fun peek(): Char {
        while (text[at].isWhitespace()) at++
        return text[at]
    }

    private fun fail(): Nothing = error("no JSON at $at")
}
