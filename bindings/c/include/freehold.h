/*
 * Freehold in C: smart-device data that belongs to the person who lives with the device.
 * Written from crates/freehold-capi by its tests: do not edit.
 *
 * - A function is fh_TYPE_VERB or fh_TYPE_NOUN. What it acts on comes first, then what it takes, then what it gives.
 * - What can fail gives an FhStatus. What it gives is written only when that is FH_STATUS_OK. Of what went wrong last in a
 *   thread there is a text: fh_last_error_message.
 * - Handles are opaque. Who is given one frees it once with the fh_TYPE_free of its type, in any order. Free of NULL does nothing.
 * - No pointer may be NULL, unless the function says so. The first element of a list of none may be.
 * - Texts, bytes and structures that are taken are only read during the call. Views that are given last as long as is said there.
 * - Every handle may be used by several threads at once, but for its fh_TYPE_free. Calls block.
 * - Times are milliseconds since 1970 in UTC.
 * - Structures are set to zeros before they are filled in. One with a struct_size may grow: it holds the size that its caller
 *   knows. What is reserved is 0.
 * - No interface is promised to stay before version 1.0.
 */

#ifndef FREEHOLD_H
#define FREEHOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * How many bytes a store's key has.
 */
#define FH_KEY_BYTES 32

/**
 * Below what the device can measure; the value is its limit, or none.
 */
#define FH_FLAG_BELOW_RANGE 1

/**
 * Above what the device can measure; the value is its limit, or none.
 */
#define FH_FLAG_ABOVE_RANGE 2

/**
 * Computed, not measured.
 */
#define FH_FLAG_ESTIMATED 4

/**
 * Takes the place of an earlier value of the same instant.
 */
#define FH_FLAG_CORRECTED 8

/**
 * Entered by hand.
 */
#define FH_FLAG_MANUAL 16

/**
 * The device did not know the time for certain.
 */
#define FH_FLAG_CLOCK_UNSURE 32

/**
 * Outside what can be, and kept.
 */
#define FH_FLAG_IMPLAUSIBLE 64

/**
 * There is no value; the reason stands in bits 8 to 10.
 */
#define FH_FLAG_ABSENT 128

/**
 * How many bytes a signer's public key has: an uncompressed point of P-256 (SEC 1, section 2.3.3).
 */
#define FH_POINT_BYTES 65

/**
 * How many bytes a signer is given to sign.
 */
#define FH_MESSAGE_BYTES 32

/**
 * How many bytes a signature has: r and s, 32 bytes each, big-endian.
 */
#define FH_SIGNATURE_BYTES 64

/**
 * How long the text of an id is, with the NUL behind it.
 */
#define FH_ID_TEXT 65

/**
 * The first number of the version.
 */
#define FH_VERSION_MAJOR 0

/**
 * The second number of the version.
 */
#define FH_VERSION_MINOR 1

/**
 * The third number of the version.
 */
#define FH_VERSION_PATCH 0

/**
 * How a call ended. A number stays what it is, and is not given again when one is no longer used; others may come.
 */
enum FhStatus
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Done.
   */
  FH_STATUS_OK = 0,
  /**
   * A pointer is NULL that may not be.
   */
  FH_STATUS_NULL_POINTER = 1,
  /**
   * A text is not UTF-8.
   */
  FH_STATUS_NOT_UTF8 = 2,
  /**
   * A number stands for nothing, or a structure has no or a wrong `struct_size`.
   */
  FH_STATUS_BAD_ARGUMENT = 3,
  /**
   * The library failed in the middle. What it was called for is undone or was not begun; tell its makers.
   */
  FH_STATUS_PANIC = 4,
  /**
   * Nothing has this name or number, or there is no store.
   */
  FH_STATUS_MISSING = 101,
  /**
   * Something has this name already.
   */
  FH_STATUS_EXISTS = 102,
  /**
   * More than one fits.
   */
  FH_STATUS_AMBIGUOUS = 103,
  /**
   * The stream does not keep this level.
   */
  FH_STATUS_NO_SUCH_LEVEL = 104,
  /**
   * A device cannot act for the household.
   */
  FH_STATUS_NOT_AN_AGENT = 105,
  /**
   * Another party of the household writes this stream.
   */
  FH_STATUS_WRITTEN_ELSEWHERE = 106,
  /**
   * The description of a stream contradicts itself.
   */
  FH_STATUS_BAD_STREAM = 107,
  /**
   * The facets of a stream do not go with its kind.
   */
  FH_STATUS_BAD_FACETS = 108,
  /**
   * What is asked for cannot be granted.
   */
  FH_STATUS_NOTHING_TO_GRANT = 109,
  /**
   * A name is empty, too long, or holds characters that it may not.
   */
  FH_STATUS_BAD_NAME = 110,
  /**
   * The text is no pairing offer.
   */
  FH_STATUS_BAD_OFFER = 111,
  /**
   * The passphrase does not open this store, or the person did not let its key be used.
   */
  FH_STATUS_WRONG_PASSPHRASE = 112,
  /**
   * The key of the card is with a signer, and none was given, or one with another key.
   */
  FH_STATUS_WRONG_SIGNER = 113,
  /**
   * No consent covers this stream, level or facet.
   */
  FH_STATUS_NOT_GRANTED = 201,
  /**
   * The time is not wholly inside what was granted.
   */
  FH_STATUS_OUTSIDE_WINDOW = 202,
  /**
   * The consent may not be used yet.
   */
  FH_STATUS_NOT_USABLE_YET = 203,
  /**
   * The consent has ended, or would have.
   */
  FH_STATUS_EXPIRED = 204,
  /**
   * The consent was withdrawn.
   */
  FH_STATUS_REVOKED = 205,
  /**
   * The grant is another recipient's.
   */
  FH_STATUS_WRONG_RECIPIENT = 206,
  /**
   * Its owner erased it.
   */
  FH_STATUS_ERASED = 207,
  /**
   * This party was removed from the household.
   */
  FH_STATUS_REMOVED = 208,
  /**
   * The proposal is not the one that was shown.
   */
  FH_STATUS_PROPOSAL_DIFFERS = 209,
  /**
   * Something else was granted since the proposal was shown.
   */
  FH_STATUS_PROPOSAL_OUTDATED = 210,
  /**
   * Two devices were not paired.
   */
  FH_STATUS_NOT_PAIRED = 211,
  /**
   * The pairing offer was used, or tried too often.
   */
  FH_STATUS_OFFER_USED_UP = 212,
  /**
   * It is signed by a key that the household has replaced.
   */
  FH_STATUS_KEY_REPLACED = 213,
  /**
   * The bytes are not what they should be.
   */
  FH_STATUS_MALFORMED = 301,
  /**
   * Not one of Freehold's files.
   */
  FH_STATUS_NOT_FREEHOLD = 302,
  /**
   * A file of another type.
   */
  FH_STATUS_WRONG_FILE = 303,
  /**
   * Written by a later version.
   */
  FH_STATUS_NEWER_FORMAT = 304,
  /**
   * A signature does not verify.
   */
  FH_STATUS_SIGNATURE = 305,
  /**
   * A key bundle is not acceptable.
   */
  FH_STATUS_BAD_BUNDLE = 306,
  /**
   * A revocation is not acceptable.
   */
  FH_STATUS_BAD_REVOCATION = 307,
  /**
   * A log is not acceptable.
   */
  FH_STATUS_BAD_LOG = 308,
  /**
   * A reading does not fit the stream.
   */
  FH_STATUS_BAD_READING = 309,
  /**
   * The time is before 1970 or too far in the future.
   */
  FH_STATUS_BAD_TIME = 310,
  /**
   * Another process has the store open.
   */
  FH_STATUS_BUSY = 401,
  /**
   * There is no room left.
   */
  FH_STATUS_FULL = 402,
  /**
   * The folder holds something else.
   */
  FH_STATUS_NOT_A_STORE = 403,
  /**
   * What is stored does not open or decode.
   */
  FH_STATUS_DAMAGED = 404,
  /**
   * The store is a copy from before something was erased.
   */
  FH_STATUS_OLDER_THAN_KEY = 405,
  /**
   * The store failed.
   */
  FH_STATUS_STORAGE = 406,
  /**
   * The key store failed, or cannot be had now.
   */
  FH_STATUS_KEY_STORE = 407,
  /**
   * There is no key for this slot.
   */
  FH_STATUS_NO_KEY = 408,
  /**
   * The operating system gave no randomness.
   */
  FH_STATUS_NO_RANDOMNESS = 409,
  /**
   * A key did not sign.
   */
  FH_STATUS_NOT_SIGNED = 410,
  /**
   * The signer cannot be reached now.
   */
  FH_STATUS_SIGNER_UNAVAILABLE = 411,
  /**
   * Whoever has the signer said no.
   */
  FH_STATUS_SIGNER_REFUSED = 412,
  /**
   * The peer was not reached.
   */
  FH_STATUS_UNREACHABLE = 501,
  /**
   * A certificate on the way is not trusted.
   */
  FH_STATUS_NOT_TRUSTED = 502,
  /**
   * A server on the way said no.
   */
  FH_STATUS_REFUSED_ON_THE_WAY = 503,
  /**
   * Another key answers at this address.
   */
  FH_STATUS_WRONG_PEER = 504,
  /**
   * The peer has no room for more.
   */
  FH_STATUS_PEER_FULL = 505,
  /**
   * The peer does not admit this key.
   */
  FH_STATUS_NOT_ADMITTED = 506,
  /**
   * The peer cannot do it now.
   */
  FH_STATUS_PEER_BUSY = 507,
  /**
   * The peer refuses what was sent.
   */
  FH_STATUS_PEER_REFUSED = 508,
  /**
   * The connection was lost.
   */
  FH_STATUS_CONNECTION_LOST = 509,
  /**
   * A session with the peer failed.
   */
  FH_STATUS_SYNC_FAILED = 510,
  /**
   * The other was taken in, and did not say that it is there.
   */
  FH_STATUS_UNCONFIRMED = 511,
  /**
   * The caller or a deadline ended it.
   */
  FH_STATUS_STOPPED = 512,
  /**
   * A fault of the library: tell its makers.
   */
  FH_STATUS_INTERNAL = 901,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum FhStatus FhStatus;
#else
typedef int32_t FhStatus;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How a consent stands.
 */
enum FhConsentState
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Granted, and usable only later.
   */
  FH_CONSENT_STATE_NOT_YET = 0,
  /**
   * In force.
   */
  FH_CONSENT_STATE_LIVE = 1,
  /**
   * Withdrawn.
   */
  FH_CONSENT_STATE_REVOKED = 2,
  /**
   * Run out.
   */
  FH_CONSENT_STATE_EXPIRED = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum FhConsentState FhConsentState;
#else
typedef uint8_t FhConsentState;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * A part of a slot's data that has keys of its own. A set of facets has the bit `1 << FH_FACET_...` for each.
 */
enum FhFacet
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The raw readings.
   */
  FH_FACET_READINGS = 0,
  /**
   * Count, sum, sum of squares.
   */
  FH_FACET_TOTALS = 1,
  /**
   * Least, greatest, first, last.
   */
  FH_FACET_EXTREMES = 2,
  /**
   * Readings per bin, or per state.
   */
  FH_FACET_DISTRIBUTION = 3,
  /**
   * A counter's absolute value at the end of the slot.
   */
  FH_FACET_INDEX = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum FhFacet FhFacet;
#else
typedef uint8_t FhFacet;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a Freehold file holds.
 */
enum FhFileType
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * A recipient's card.
   */
  FH_FILE_TYPE_CARD = 1,
  /**
   * A recipient's request.
   */
  FH_FILE_TYPE_REQUEST = 2,
  /**
   * A consent, and the keys that it stands for.
   */
  FH_FILE_TYPE_GRANT = 3,
  /**
   * A consent was withdrawn.
   */
  FH_FILE_TYPE_REVOCATION = 4,
  /**
   * Further keys for a consent.
   */
  FH_FILE_TYPE_EXTENSION = 5,
  /**
   * What a home hands to a recipient, when no relay can be met.
   */
  FH_FILE_TYPE_PARCEL = 6,
  /**
   * What a recipient says that it has.
   */
  FH_FILE_TYPE_HAVE = 7,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum FhFileType FhFileType;
#else
typedef uint8_t FhFileType;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a key store of a program's own answers.
 */
enum FhKeyStoreAnswer
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Done.
   */
  FH_KEY_STORE_ANSWER_DONE = 0,
  /**
   * Locked, or its device is away.
   */
  FH_KEY_STORE_ANSWER_UNAVAILABLE = 1,
  /**
   * The person did not let the key be used.
   */
  FH_KEY_STORE_ANSWER_REFUSED = 2,
  /**
   * What it holds cannot be read.
   */
  FH_KEY_STORE_ANSWER_DAMAGED = 3,
  /**
   * The counter would not go up.
   */
  FH_KEY_STORE_ANSWER_BACKWARDS = 4,
  /**
   * Reading or writing failed.
   */
  FH_KEY_STORE_ANSWER_FAILED = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum FhKeyStoreAnswer FhKeyStoreAnswer;
#else
typedef int32_t FhKeyStoreAnswer;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How surely a replaced key is gone.
 */
enum FhKeyStoreKind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Hardware destroys it.
   */
  FH_KEY_STORE_KIND_HARDWARE_DELETION = 0,
  /**
   * A file is overwritten; an older copy of it may lie elsewhere.
   */
  FH_KEY_STORE_KIND_FILE = 1,
  /**
   * Wrapped under a passphrase; who knows it and kept an older file can go back.
   */
  FH_KEY_STORE_KIND_PASSPHRASE = 2,
  /**
   * In memory only.
   */
  FH_KEY_STORE_KIND_MEMORY = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum FhKeyStoreKind FhKeyStoreKind;
#else
typedef uint8_t FhKeyStoreKind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * A resolution of a stream. A set of levels has the bit `1 << FH_LEVEL_...` for each.
 */
enum FhLevel
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The readings themselves.
   */
  FH_LEVEL_RAW = 0,
  /**
   * One minute.
   */
  FH_LEVEL_MINUTE = 1,
  /**
   * A quarter of an hour.
   */
  FH_LEVEL_QUARTER_HOUR = 2,
  /**
   * Half an hour.
   */
  FH_LEVEL_HALF_HOUR = 3,
  /**
   * An hour.
   */
  FH_LEVEL_HOUR = 4,
  /**
   * A civil day.
   */
  FH_LEVEL_DAY = 5,
  /**
   * A civil month.
   */
  FH_LEVEL_MONTH = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum FhLevel FhLevel;
#else
typedef uint8_t FhLevel;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How much a line of the log matters.
 */
enum FhLogLevel
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Something has to be mended.
   */
  FH_LOG_LEVEL_ERROR = 1,
  /**
   * Something is not as it should be, and goes on.
   */
  FH_LOG_LEVEL_WARN = 2,
  /**
   * Something was done that is seldom.
   */
  FH_LOG_LEVEL_INFO = 3,
  /**
   * What goes on, for whoever looks for a fault.
   */
  FH_LOG_LEVEL_DEBUG = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum FhLogLevel FhLogLevel;
#else
typedef uint8_t FhLogLevel;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a party of a household may do.
 */
enum FhPartyRole
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Acts for the household, and holds every key.
   */
  FH_PARTY_ROLE_AGENT = 0,
  /**
   * Writes its own streams, and can read nothing that it has sealed.
   */
  FH_PARTY_ROLE_DEVICE = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum FhPartyRole FhPartyRole;
#else
typedef uint8_t FhPartyRole;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a receipt is for.
 */
enum FhReceiptEvent
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Something that this version has no name for.
   */
  FH_RECEIPT_EVENT_OTHER = 0,
  /**
   * Somebody fetched sealed data.
   */
  FH_RECEIPT_EVENT_FETCHED = 1,
  /**
   * Somebody fetched letters: keys, or that a consent was withdrawn.
   */
  FH_RECEIPT_EVENT_LETTERS = 2,
  /**
   * The relay carried an order of this home out.
   */
  FH_RECEIPT_EVENT_DONE = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum FhReceiptEvent FhReceiptEvent;
#else
typedef uint8_t FhReceiptEvent;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * As what a recipient acts (GDPR, Articles 4, 26 and 28).
 */
enum FhRole
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Decides alone what the data is used for.
   */
  FH_ROLE_CONTROLLER = 0,
  /**
   * Decides it together with others.
   */
  FH_ROLE_JOINT_CONTROLLER = 1,
  /**
   * Works for one that decides.
   */
  FH_ROLE_PROCESSOR = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum FhRole FhRole;
#else
typedef uint8_t FhRole;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a signer answers.
 */
enum FhSignerAnswer
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Signed.
   */
  FH_SIGNER_ANSWER_DONE = 0,
  /**
   * The key cannot be reached at present: locked, or its device is away.
   */
  FH_SIGNER_ANSWER_UNAVAILABLE = 1,
  /**
   * The person said no.
   */
  FH_SIGNER_ANSWER_REFUSED = 2,
  /**
   * It tried and failed.
   */
  FH_SIGNER_ANSWER_FAILED = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum FhSignerAnswer FhSignerAnswer;
#else
typedef int32_t FhSignerAnswer;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a pipe of a program's own answers.
 */
enum FhTransportAnswer
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Done.
   */
  FH_TRANSPORT_ANSWER_DONE = 0,
  /**
   * The peer closed it, and everything that it sent was taken.
   */
  FH_TRANSPORT_ANSWER_CLOSED = 1,
  /**
   * The peer takes nothing more, or says nothing more.
   */
  FH_TRANSPORT_ANSWER_STALLED = 2,
  /**
   * It broke.
   */
  FH_TRANSPORT_ANSWER_FAILED = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum FhTransportAnswer FhTransportAnswer;
#else
typedef int32_t FhTransportAnswer;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What the value of a reading is: which member of [`FhValue`] holds.
 */
enum FhValueType
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * None: absent, or out of range without a number. The flags say which.
   */
  FH_VALUE_TYPE_NONE = 0,
  /**
   * `number`.
   */
  FH_VALUE_TYPE_NUMBER = 1,
  /**
   * `boolean`.
   */
  FH_VALUE_TYPE_BOOL = 2,
  /**
   * `state`.
   */
  FH_VALUE_TYPE_STATE = 3,
  /**
   * `point`.
   */
  FH_VALUE_TYPE_POINT = 4,
  /**
   * `text`.
   */
  FH_VALUE_TYPE_TEXT = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum FhValueType FhValueType;
#else
typedef uint8_t FhValueType;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Bytes, or a text, that whoever was given them owns.
 */
typedef struct FhBuffer FhBuffer;

/**
 * A clock in the place of the operating system's: for tests, and for machines that have a better time.
 */
typedef struct FhClock FhClock;

/**
 * Some consents, oldest first. A list stays as it was made.
 */
typedef struct FhConsents FhConsents;

/**
 * What an erasure takes away, and what it cannot.
 */
typedef struct FhErasureReport FhErasureReport;

/**
 * Every erasure that was done, oldest first. A list stays as it was made.
 */
typedef struct FhErasures FhErasures;

/**
 * A household's store, opened by one that holds its keys.
 */
typedef struct FhHome FhHome;

/**
 * An offer to take somebody into the household: shown as a QR code, answered once.
 */
typedef struct FhInvitation FhInvitation;

/**
 * Where the key that seals a store lies. One is for one store.
 */
typedef struct FhKeyStore FhKeyStore;

/**
 * A meeting with a relay without input or output of its own, for a program that has a loop and a pipe: what `fh_meeting_poll` gives is
 * sent to the relay, and what comes from there is given to `fh_meeting_receive`, until it is finished. Nothing that the pipe carries
 * has to be secret, or known to come from the relay: the meeting sees to that.
 */
typedef struct FhMeeting FhMeeting;

/**
 * Some parties. A list stays as it was made.
 */
typedef struct FhParties FhParties;

/**
 * Exactly what would be granted, with the text that a person is shown. Nothing is granted yet.
 */
typedef struct FhProposal FhProposal;

/**
 * Some readings in order of time, more than were asked for where readings of one time correct each other.
 */
typedef struct FhReadings FhReadings;

/**
 * Some receipts, oldest first. A list stays as it was made.
 */
typedef struct FhReceipts FhReceipts;

/**
 * A recipient's store: its card and keys, the consents that it was given, and its copy of what they cover.
 */
typedef struct FhRecipient FhRecipient;

/**
 * A relay: where it is, and the key by which it is known.
 */
typedef struct FhRelay FhRelay;

/**
 * A signing key of a program's own: P-256, as security modules and secure elements have it.
 */
typedef struct FhSigner FhSigner;

/**
 * Ends what blocks: when somebody says so, or at a time. What it ended did what it did: nothing that was taken or given is undone.
 */
typedef struct FhStop FhStop;

/**
 * A stream of a home.
 */
typedef struct FhStream FhStream;

/**
 * Some streams. A list stays as it was made.
 */
typedef struct FhStreams FhStreams;

/**
 * A P-256 key in software, in the place of one in hardware: for tests.
 */
typedef struct FhTestingKey FhTestingKey;

/**
 * A pipe to one peer.
 */
typedef struct FhTransport FhTransport;

/**
 * Tells that something was changed since it was last asked. It does not say what: look again. Any number of changes are told as one.
 */
typedef struct FhWatch FhWatch;

/**
 * Some windows, in order of time.
 */
typedef struct FhWindows FhWindows;

/**
 * Says the time now. It is called by any thread, by several at once, and often; nothing may be thrown through it.
 */
typedef int64_t (*FhNow)(void *userdata);

/**
 * Called with a `userdata` that nobody uses any more, once, by any thread.
 */
typedef void (*FhDrop)(void *userdata);

/**
 * What a consent, a recipient's card or a proposal as it was shown is known by.
 */
typedef struct {
  /**
   * A hash.
   */
  uint8_t bytes[32];
} FhId;

/**
 * A text in UTF-8 without a NUL at its end. It is a view: whose memory it is, and how long it lasts, is said where it is given. An empty
 * one may be `{NULL, 0}`.
 */
typedef struct {
  /**
   * Its first byte.
   */
  const char *data;
  /**
   * How many bytes there are.
   */
  size_t len;
} FhStr;

/**
 * A consent of a list.
 */
typedef struct {
  /**
   * `sizeof(FhConsent)`.
   */
  size_t struct_size;
  /**
   * What it is known by.
   */
  FhId id;
  /**
   * The card of its recipient.
   */
  FhId card;
  /**
   * What the recipient calls itself. It lasts as long as the list.
   */
  FhStr recipient;
  /**
   * When it was granted.
   */
  int64_t granted_ms;
  /**
   * Of one that is not usable yet: from when it is; of one in force: until when; of another: since when it is not.
   */
  int64_t state_ms;
  /**
   * Up to when keys were handed out.
   */
  int64_t lease_until_ms;
  /**
   * How it stands, an `FhConsentState`.
   */
  uint8_t state;
  /**
   * Whether a person was there and said yes.
   */
  bool attended;
  /**
   * 0.
   */
  uint8_t reserved[6];
} FhConsent;

/**
 * The whole of an erasure.
 */
typedef struct {
  /**
   * `sizeof(FhErased)`.
   */
  size_t struct_size;
  /**
   * What is erased begins here: with the first raw slot that overlaps what was asked for.
   */
  int64_t from_ms;
  /**
   * It ends here.
   */
  int64_t until_ms;
  /**
   * Readings that were not sealed yet and go with it.
   */
  uint64_t unsealed;
  /**
   * How many levels lose slots: `fh_erasure_report_level`.
   */
  size_t levels;
  /**
   * How many hold keys to some of it already, which cannot be taken back: `fh_erasure_report_holder`.
   */
  size_t holders;
  /**
   * How much still tells of the erased time: `fh_erasure_report_trace`.
   */
  size_t traces;
  /**
   * How surely the store's old key is gone, and with it what older copies of the store hold: an `FhKeyStoreKind`.
   */
  uint8_t key_store;
  /**
   * 0.
   */
  uint8_t reserved[7];
} FhErased;

/**
 * The slots of one level that go.
 */
typedef struct {
  /**
   * `sizeof(FhErasedLevel)`.
   */
  size_t struct_size;
  /**
   * The first slot's start.
   */
  int64_t from_ms;
  /**
   * The last slot's end.
   */
  int64_t until_ms;
  /**
   * Sealed slots of which something is held.
   */
  uint64_t slots;
  /**
   * The level.
   */
  uint8_t level;
  /**
   * 0.
   */
  uint8_t reserved[7];
} FhErasedLevel;

/**
 * Keys that were handed out for slots that are erased.
 */
typedef struct {
  /**
   * `sizeof(FhKeyHolder)`.
   */
  size_t struct_size;
  /**
   * The consent.
   */
  FhId consent;
  /**
   * What its recipient calls itself. It lasts as long as the report.
   */
  FhStr recipient;
  /**
   * The first slot's start.
   */
  int64_t from_ms;
  /**
   * The last slot's end.
   */
  int64_t until_ms;
  /**
   * How many sealed slots.
   */
  uint64_t slots;
  /**
   * The level.
   */
  uint8_t level;
  /**
   * The set of facets.
   */
  uint8_t facets;
  /**
   * 0.
   */
  uint8_t reserved[6];
} FhKeyHolder;

/**
 * What still tells of an erased time.
 */
typedef struct {
  /**
   * `sizeof(FhTrace)`.
   */
  size_t struct_size;
  /**
   * Who has read slots of the level `coarse` that reach beyond what is erased, and reads those of the level `fine` beside it: the
   * difference is what they come to within. It lasts as long as the report; empty if `is_index`.
   */
  FhStr recipient;
  /**
   * The level of the slots that reach beyond.
   */
  uint8_t coarse;
  /**
   * The level of those that stay.
   */
  uint8_t fine;
  /**
   * Whether it is a counter, whose values before and after tell what was counted in between.
   */
  bool is_index;
  /**
   * 0.
   */
  uint8_t reserved[5];
} FhTrace;

/**
 * An erasure that was done.
 */
typedef struct {
  /**
   * `sizeof(FhErasure)`.
   */
  size_t struct_size;
  /**
   * The stream's name. It lasts as long as the list.
   */
  FhStr stream;
  /**
   * What was erased begins here.
   */
  int64_t from_ms;
  /**
   * It ends here.
   */
  int64_t until_ms;
  /**
   * When it was done.
   */
  int64_t at_ms;
  /**
   * How many had a copy or keys, recipients first and then the household's own: `fh_erasures_confirmation`.
   */
  size_t confirmations;
} FhErasure;

/**
 * Whether somebody has deleted its copy.
 */
typedef struct {
  /**
   * `sizeof(FhConfirmation)`.
   */
  size_t struct_size;
  /**
   * The consent under which a recipient had it; zeros for a party of the household.
   */
  FhId consent;
  /**
   * What it is called. It lasts as long as the list.
   */
  FhStr name;
  /**
   * When it signed that its copy is deleted; 0 as long as it has not.
   */
  int64_t at_ms;
  /**
   * Whether it is an agent or a device of the household.
   */
  bool is_party;
  /**
   * 0.
   */
  uint8_t reserved[7];
} FhConfirmation;

/**
 * A view of bytes. Whose memory they are, and how long they last, is said where it is given. An empty one may be `{NULL, 0}`.
 */
typedef struct {
  /**
   * The first one.
   */
  const uint8_t *data;
  /**
   * How many there are.
   */
  size_t len;
} FhBytes;

/**
 * What a file is.
 */
typedef struct {
  /**
   * `sizeof(FhFile)`.
   */
  size_t struct_size;
  /**
   * The id of the card or the request, or of the consent that a grant, an extension or a revocation is of; zeros for others.
   */
  FhId id;
  /**
   * An `FhFileType`.
   */
  uint8_t file_type;
  /**
   * 0.
   */
  uint8_t reserved[7];
} FhFile;

/**
 * The description of a new stream. Set it to zeros, then `struct_size`, `kind`, `zone` and `levels`; what stays 0 is the usual.
 */
typedef struct {
  /**
   * `sizeof(FhStreamSpec)`.
   */
  size_t struct_size;
  /**
   * What it measures: the name of a kind in Freehold's registry, such as `air_temperature`.
   */
  FhStr kind;
  /**
   * The IANA zone whose civil time cuts its slots, such as `Europe/Paris`.
   */
  FhStr zone;
  /**
   * The set of levels that are kept.
   */
  uint8_t levels;
  /**
   * The set of facets that summaries have; 0 for those of the kind.
   */
  uint8_t facets;
  /**
   * The length of a raw slot in minutes, 1 to 1440; 0 for one that goes with `interval_ms`, or for a day.
   */
  uint16_t chunk_minutes;
  /**
   * About how often a reading comes; 0 if that is not known.
   */
  uint32_t interval_ms;
  /**
   * How much finer numbers are than the kind's: by so many powers of ten.
   */
  uint8_t finer;
  /**
   * 0.
   */
  uint8_t reserved[7];
} FhStreamSpec;

/**
 * A party of a household.
 */
typedef struct {
  /**
   * `sizeof(FhParty)`.
   */
  size_t struct_size;
  /**
   * What its owner calls it. It lasts as long as the list.
   */
  FhStr name;
  /**
   * Since when it is one.
   */
  int64_t since_ms;
  /**
   * When it was removed; 0 if it was not.
   */
  int64_t removed_ms;
  /**
   * Its number in the household.
   */
  uint8_t index;
  /**
   * What it may do, an `FhPartyRole`.
   */
  uint8_t role;
  /**
   * Whether it is the one whose home this is.
   */
  bool is_self;
  /**
   * 0.
   */
  uint8_t reserved[5];
} FhParty;

/**
 * Shows a person the confirmation of a pairing, and says whether the other screen shows the same. The text lasts until it returns.
 * Nothing may be thrown through it.
 */
typedef bool (*FhAgrees)(void *userdata, FhStr confirmation);

/**
 * A key store of a program's own, such as one over the system's keychain. Set it to zeros, then every field. Each function is given
 * `userdata` first, answers an `FhKeyStoreAnswer`, may be called by several threads at once, and may not call back with what was given
 * this key store. Nothing may be thrown through it. A key has `FH_KEY_BYTES` bytes.
 */
typedef struct {
  /**
   * `sizeof(FhKeyStoreCalls)`.
   */
  size_t struct_size;
  /**
   * What the functions are given; or NULL.
   */
  void *userdata;
  /**
   * Called once nobody uses `userdata` any more; or NULL.
   */
  FhDrop drop;
  /**
   * Writes the key, and sets `found` to true; to false when there is none yet.
   */
  int32_t (*load)(void *userdata, uint8_t *key, bool *found);
  /**
   * Keeps a key beside the present one, in the place of one that was prepared before. Durable when it returns.
   */
  int32_t (*prepare)(void *userdata, const uint8_t *key);
  /**
   * Writes the key that was prepared, and sets `found` to true; to false when there is none.
   */
  int32_t (*prepared)(void *userdata, uint8_t *key, bool *found);
  /**
   * Puts a key in the place of the present one, which is destroyed, and so is one that was prepared. Durable when it returns.
   */
  int32_t (*replace)(void *userdata, const uint8_t *key);
  /**
   * Writes the write counter; 0 at first.
   */
  int32_t (*counter)(void *userdata, uint64_t *count);
  /**
   * Advances the write counter. It is called for every batch that seals something, so it must be quick and ask nobody. It has to
   * outlive the process; after a loss of power it may be behind, never ahead.
   */
  int32_t (*advance)(void *userdata, uint64_t count);
  /**
   * How surely a replaced key is gone, an `FhKeyStoreKind`.
   */
  uint8_t kind;
  /**
   * 0.
   */
  uint8_t reserved[7];
} FhKeyStoreCalls;

/**
 * Hears a line, and the part of the library that says it; `level` is an `FhLogLevel`. It holds no name, no value and no key. It is called
 * by any thread, by several at once, while something waits for it, and may not call the library. The texts last for the call. Nothing may
 * be thrown through it.
 */
typedef void (*FhLogHeard)(void *userdata, uint8_t level, FhStr part, FhStr text);

/**
 * What went from a home to a relay, and what came.
 */
typedef struct {
  /**
   * `sizeof(FhUploaded)`.
   */
  size_t struct_size;
  /**
   * Stretches of logs that were sent: entries, letters, orders.
   */
  uint64_t stretches;
  /**
   * Their bytes.
   */
  uint64_t bytes;
  /**
   * Letters that came: the relay's receipts, what recipients wrote, and others of the household.
   */
  uint64_t letters;
  /**
   * Entries that others of the household wrote, and that were not here before.
   */
  uint64_t entries;
} FhUploaded;

/**
 * What came to a recipient.
 */
typedef struct {
  /**
   * `sizeof(FhReceived)`.
   */
  size_t struct_size;
  /**
   * Entries that were not there before.
   */
  uint64_t entries;
  /**
   * Pieces that were not there before.
   */
  uint64_t pieces;
  /**
   * Further keys.
   */
  uint64_t extensions;
  /**
   * Consents that were withdrawn; their copies and keys are gone.
   */
  uint64_t revocations;
} FhReceived;

/**
 * How a person narrows a request. Set it to zeros, then `struct_size`; what stays 0 is as it is asked for.
 */
typedef struct {
  /**
   * `sizeof(FhChoices)`.
   */
  size_t struct_size;
  /**
   * The names of the only streams that are granted; needed where several fit.
   */
  const FhStr *streams;
  /**
   * How many they are; 0 for those that fit.
   */
  size_t streams_len;
  /**
   * The only purposes.
   */
  const FhStr *purposes;
  /**
   * How many they are; 0 for all that are asked for.
   */
  size_t purposes_len;
  /**
   * Only data from then on.
   */
  int64_t data_from_ms;
  /**
   * Only data until then.
   */
  int64_t data_until_ms;
  /**
   * When the consent ends.
   */
  int64_t expires_ms;
  /**
   * How far ahead keys are given, in minutes; 0 for what is asked for, or seven days.
   */
  uint32_t lease_minutes;
  /**
   * For how many days what was opened may be kept. It counts when `narrows_retention` is not 0.
   */
  uint16_t retention_days;
  /**
   * Whether `retention_days` counts.
   */
  uint8_t narrows_retention;
  /**
   * The only levels.
   */
  uint8_t levels;
  /**
   * The only facets.
   */
  uint8_t facets;
  /**
   * 0.
   */
  uint8_t reserved[7];
} FhChoices;

/**
 * A point on the earth in units of 1e-7 degrees.
 */
typedef struct {
  /**
   * Latitude, -900000000 to 900000000.
   */
  int32_t lat;
  /**
   * Longitude, -1800000000 to 1800000000.
   */
  int32_t lon;
} FhPoint;

/**
 * What a reading says.
 */
typedef union {
  /**
   * A fixed-point number: times ten to the stream's exponent, in the unit of its kind.
   */
  int64_t number;
  /**
   * 0 for false, anything else for true.
   */
  uint8_t boolean;
  /**
   * The place in the kind's list of states.
   */
  uint16_t state;
  /**
   * A point.
   */
  FhPoint point;
  /**
   * A text of at most 256 bytes. In a page it lasts as long as the page.
   */
  FhStr text;
} FhValue;

/**
 * One reading.
 */
typedef struct {
  /**
   * When it was measured, or when its interval began.
   */
  int64_t time_ms;
  /**
   * The length of its interval, 0 for an instant.
   */
  uint32_t duration_ms;
  /**
   * What else is known about it: `FH_FLAG_...` bits, 0 if nothing.
   */
  uint16_t flags;
  /**
   * Which member of `value` holds, an `FhValueType`.
   */
  uint8_t value_type;
  /**
   * 0.
   */
  uint8_t reserved;
  /**
   * The value.
   */
  FhValue value;
} FhReading;

/**
 * What a relay says that it did, signed by it.
 */
typedef struct {
  /**
   * `sizeof(FhReceipt)`.
   */
  size_t struct_size;
  /**
   * The relay's key.
   */
  FhId relay;
  /**
   * Under which consent something was fetched, otherwise zeros.
   */
  FhId consent;
  /**
   * Of which stream data was fetched. It lasts as long as the list.
   */
  FhStr stream;
  /**
   * When, by the relay's clock.
   */
  int64_t at_ms;
  /**
   * The first slot's start of data that was fetched.
   */
  int64_t from_ms;
  /**
   * The last slot's end.
   */
  int64_t until_ms;
  /**
   * How many entries or letters were fetched.
   */
  uint64_t count;
  /**
   * What it is for, an `FhReceiptEvent`.
   */
  uint8_t event;
  /**
   * At which level data was fetched.
   */
  uint8_t level;
  /**
   * 0.
   */
  uint8_t reserved[6];
} FhReceipt;

/**
 * One kind of quantity that is asked for. Set it to zeros, then `kind`, `levels` and for summaries `facets`.
 */
typedef struct {
  /**
   * The kind: the name of one in Freehold's registry, or a maker's own, such as `acme:flow_temp`.
   */
  FhStr kind;
  /**
   * Data from then on.
   */
  int64_t from_ms;
  /**
   * Data until then; 0 for as long as the consent lasts.
   */
  int64_t until_ms;
  /**
   * The set of levels.
   */
  uint8_t levels;
  /**
   * The set of facets of summaries.
   */
  uint8_t facets;
  /**
   * Not 0: both times are read on the clock of each stream's zone, as if that clock showed UTC.
   */
  uint8_t civil;
  /**
   * 0.
   */
  uint8_t reserved[5];
} FhAsk;

/**
 * What a recipient asks for. Set it to zeros, then `struct_size`, `asks` and `purposes`; what stays 0 is the strictest, or left to the
 * person.
 */
typedef struct {
  /**
   * `sizeof(FhWishes)`.
   */
  size_t struct_size;
  /**
   * What is asked for.
   */
  const FhAsk *asks;
  /**
   * How many they are: 1 to 16.
   */
  size_t asks_len;
  /**
   * What for: terms of the Data Privacy Vocabulary, such as `dpv:ServiceProvision`.
   */
  const FhStr *purposes;
  /**
   * How many they are: 1 to 16.
   */
  size_t purposes_len;
  /**
   * The legal basis; empty for consent.
   */
  FhStr basis;
  /**
   * Why it asks, in its own words; or empty.
   */
  FhStr words;
  /**
   * The only country where data may be processed, of two letters, or `EU`; empty for any.
   */
  FhStr jurisdiction;
  /**
   * How long the consent is to last, in minutes; 0 leaves it to the person.
   */
  uint32_t duration_minutes;
  /**
   * How far ahead it would like keys, in minutes; 0 leaves it to the person.
   */
  uint32_t lease_minutes;
  /**
   * Results are published only over at least this many people; 0 for any.
   */
  uint32_t cohort_min;
  /**
   * For how many days what it opens is kept; 0 for not beyond its use.
   */
  uint16_t retention_days;
  /**
   * To whom it is passed on: 0 to nobody, 1 to those who work for the recipient, 2 to others.
   */
  uint8_t onward;
  /**
   * Not 0: decisions about the person may be made by machine alone.
   */
  uint8_t automated_decisions;
} FhWishes;

/**
 * What is known of a relay. Set it to zeros, then `struct_size` and `address`.
 */
typedef struct {
  /**
   * `sizeof(FhRelaySpec)`.
   */
  size_t struct_size;
  /**
   * `HOST:PORT#KEY`, or `tls://HOST:PORT#KEY`, `ws://HOST:PORT/PATH#KEY`, `wss://HOST:PORT/PATH#KEY`.
   */
  FhStr address;
  /**
   * What its operator gave out, where not everyone may open a mailbox; or empty.
   */
  FhStr admission;
  /**
   * An HTTP proxy to go through, `HOST:PORT`; or empty.
   */
  FhStr proxy;
  /**
   * Certificates in DER, of which one vouches for the host where the way goes through TLS; those that the system trusts if there are
   * none.
   */
  const FhBytes *roots;
  /**
   * How many they are.
   */
  size_t roots_len;
  /**
   * In their place, the one certificate that the host shows, in DER; or empty.
   */
  FhBytes certificate;
} FhRelaySpec;

/**
 * A signer of a program's own. Set it to zeros, then every field.
 */
typedef struct {
  /**
   * `sizeof(FhSignerCalls)`.
   */
  size_t struct_size;
  /**
   * What the function is given; or NULL.
   */
  void *userdata;
  /**
   * Called once nobody uses `userdata` any more; or NULL.
   */
  FhDrop drop;
  /**
   * Signs the `FH_MESSAGE_BYTES` bytes of `message` (ECDSA on P-256 with SHA-256, which hashes them), writes `FH_SIGNATURE_BYTES` bytes,
   * and answers an `FhSignerAnswer`. It is called while something waits for it, by several threads at once, and may not call back with
   * what was given this signer. Nothing may be thrown through it.
   */
  int32_t (*sign)(void *userdata, const uint8_t *message, uint8_t *signature);
  /**
   * The public key, an uncompressed point.
   */
  uint8_t public_key[FH_POINT_BYTES];
  /**
   * 0.
   */
  uint8_t reserved[7];
} FhSignerCalls;

/**
 * What came of readings that were recorded.
 */
typedef struct {
  /**
   * New ones.
   */
  uint64_t added;
  /**
   * Those that were there already: same instant, same value.
   */
  uint64_t duplicates;
  /**
   * Those whose instant was there with another value. Both stay; the later one counts.
   */
  uint64_t corrected;
  /**
   * Of the new and the corrected: those for slots that were sealed before.
   */
  uint64_t late;
  /**
   * Those for which this device has no key: they are sealed to the household, whose agents put them in.
   */
  uint64_t kept;
  /**
   * Those that are not kept: their slot was erased, or sealed before in a stream without a raw level.
   */
  uint64_t dropped;
} FhRecorded;

/**
 * A stream of a list. The texts last as long as the list.
 */
typedef struct {
  /**
   * `sizeof(FhStreamInfo)`.
   */
  size_t struct_size;
  /**
   * What its owner calls it.
   */
  FhStr name;
  /**
   * The name of its device; empty at a recipient, which is not told.
   */
  FhStr device;
  /**
   * What it measures.
   */
  FhStr kind;
  /**
   * The unit of its numbers in UCUM; empty if it has none.
   */
  FhStr unit;
  /**
   * The IANA zone whose civil time cuts its slots.
   */
  FhStr zone;
  /**
   * The power of ten of its numbers.
   */
  int8_t exponent;
  /**
   * The set of levels that it keeps; of a consent those that it opens.
   */
  uint8_t levels;
  /**
   * The set of facets that its summaries have; of a consent those that it opens.
   */
  uint8_t facets;
  /**
   * 0.
   */
  uint8_t reserved[5];
} FhStreamInfo;

/**
 * Hears what a home that follows a relay has sent and got, or why a meeting ended that did not end well: then `uploaded` is NULL, and
 * the text of the error is the thread's last. It is called by the thread that follows. Nothing may be thrown through it.
 */
typedef void (*FhHomeHeard)(void *userdata, FhStatus status, const FhUploaded *uploaded);

/**
 * Hears what came to a recipient that follows a relay under a consent, or why a meeting ended that did not end well: then `received` is
 * NULL, and the text of the error is the thread's last. It is called by threads of the library, one for each consent, and several may
 * call at once. Nothing may be thrown through it.
 */
typedef void (*FhRecipientHeard)(void *userdata, const FhId *consent, FhStatus status, const FhReceived *received);

/**
 * A pipe of a program's own. Set it to zeros, then every field. Each function is given `userdata` first, and answers an
 * `FhTransportAnswer`. One thread at a time calls them. Nothing that it carries has to be secret, or known to come from the peer: the
 * meeting sees to that. Nothing may be thrown through it.
 */
typedef struct {
  /**
   * `sizeof(FhTransportCalls)`.
   */
  size_t struct_size;
  /**
   * What the functions are given; or NULL.
   */
  void *userdata;
  /**
   * Called once nobody uses `userdata` any more; or NULL.
   */
  FhDrop drop;
  /**
   * Sends all `len` bytes. While the peer takes nothing because it is sending itself, what it sends must be taken in.
   */
  int32_t (*send)(void *userdata, const uint8_t *bytes, size_t len);
  /**
   * Writes what has come, at most `room` bytes, waiting for the first no longer than `wait_ms`, and sets `came` to how many; to 0 when
   * none came.
   */
  int32_t (*receive)(void *userdata, uint8_t *buffer, size_t room, uint64_t wait_ms, size_t *came);
} FhTransportCalls;

/**
 * A whole number of 128 bits in two's complement: `high` times 2 to the 64th, and `low`.
 */
typedef struct {
  /**
   * The upper half; of a negative number below zero.
   */
  int64_t high;
  /**
   * The lower half.
   */
  uint64_t low;
} FhInt128;

/**
 * What the readings of one slot come to. Numbers are fixed-point ones, as those of the readings.
 */
typedef struct {
  /**
   * When the slot begins.
   */
  int64_t from_ms;
  /**
   * When it has ended.
   */
  int64_t until_ms;
  /**
   * Which of the following are known and have a value: a set of facets. The others are 0, which says nothing.
   */
  uint8_t facets;
  /**
   * 0.
   */
  uint8_t reserved[7];
  /**
   * `FH_FACET_TOTALS`: how many readings had a number.
   */
  uint64_t count;
  /**
   * `FH_FACET_TOTALS`: their sum; of a counter that of its increments.
   */
  FhInt128 sum;
  /**
   * `FH_FACET_TOTALS`: the sum of their squares.
   */
  FhInt128 sum_squares;
  /**
   * `FH_FACET_EXTREMES`: the least.
   */
  int64_t min;
  /**
   * `FH_FACET_EXTREMES`: the greatest.
   */
  int64_t max;
  /**
   * `FH_FACET_EXTREMES`: the earliest.
   */
  int64_t first;
  /**
   * `FH_FACET_EXTREMES`: the latest.
   */
  int64_t last;
  /**
   * `FH_FACET_INDEX`: where the counter stood.
   */
  int64_t index;
  /**
   * `FH_FACET_DISTRIBUTION`: readings per bin or state. They last as long as the page.
   */
  const uint64_t *bins;
  /**
   * How many bins there are.
   */
  size_t bins_len;
} FhWindow;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * A clock that stands where it is put, and says `now_ms`. Homes and recipients that were given it keep it when it is freed.
 */
FhStatus fh_clock_new(int64_t now_ms,
                      FhClock **out);

/**
 * A clock of the program's own. `drop` is called once nobody uses `userdata` any more; it may be NULL, and is not called when this fails.
 */
FhStatus fh_clock_calls(FhNow now,
                        void *userdata,
                        FhDrop drop,
                        FhClock **out);

/**
 * Puts a clock of `fh_clock_new` to `now_ms`, forwards or backwards.
 */
FhStatus fh_clock_set(const FhClock *clock, int64_t now_ms);

/**
 * Frees a clock.
 */
void fh_clock_free(FhClock *clock);

/**
 * Every consent that was ever granted.
 */
FhStatus fh_home_consents(const FhHome *home, FhConsents **out);

/**
 * Every consent that a recipient was given.
 */
FhStatus fh_recipient_consents(const FhRecipient *recipient, FhConsents **out);

/**
 * How many there are.
 */
FhStatus fh_consents_count(const FhConsents *consents, size_t *count);

/**
 * The consent with this place in the list, from 0.
 */
FhStatus fh_consents_get(const FhConsents *consents, size_t place, FhConsent *out);

/**
 * The streams that a consent of the list opens, as their owner describes them to the recipient. At a home there are none; nor are there at
 * a recipient once it was withdrawn.
 */
FhStatus fh_consents_streams(const FhConsents *consents,
                             size_t place,
                             FhStreams **out);

/**
 * Frees a list, and the texts in it.
 */
void fh_consents_free(FhConsents *consents);

/**
 * What `fh_home_erase` would erase, and who has the keys to it already.
 */
FhStatus fh_home_erasable(const FhHome *home,
                          const FhStream *stream,
                          int64_t from_ms,
                          int64_t until_ms,
                          FhErasureReport **out);

/**
 * Erases a stream from `from_ms` until before `until_ms`: every raw slot that overlaps it, and every slot of another level that overlaps
 * one of these. Readings that come later for an erased slot are dropped. What was read before, and keys that were handed out, cannot be
 * taken back.
 */
FhStatus fh_home_erase(const FhHome *home,
                       const FhStream *stream,
                       int64_t from_ms,
                       int64_t until_ms,
                       FhErasureReport **out);

/**
 * Replaces the store's key if something was erased that another agent erased first: to be called after a meeting with a relay. Gives
 * whether it was.
 */
FhStatus fh_home_renew_key(const FhHome *home,
                           bool *renewed);

/**
 * The whole of it.
 */
FhStatus fh_erasure_report_erased(const FhErasureReport *report, FhErased *out);

/**
 * A level that loses slots, from 0, finest first.
 */
FhStatus fh_erasure_report_level(const FhErasureReport *report, size_t place, FhErasedLevel *out);

/**
 * Somebody who has keys already, from 0.
 */
FhStatus fh_erasure_report_holder(const FhErasureReport *report, size_t place, FhKeyHolder *out);

/**
 * Something that still tells of it, from 0.
 */
FhStatus fh_erasure_report_trace(const FhErasureReport *report, size_t place, FhTrace *out);

/**
 * Frees a report, and the texts in it.
 */
void fh_erasure_report_free(FhErasureReport *report);

/**
 * Every erasure that was done, with who had keys to it and who has confirmed that its copy is deleted.
 */
FhStatus fh_home_erasures(const FhHome *home, FhErasures **out);

/**
 * How many there are.
 */
FhStatus fh_erasures_count(const FhErasures *erasures, size_t *count);

/**
 * The erasure with this place in the list, from 0.
 */
FhStatus fh_erasures_get(const FhErasures *erasures, size_t place, FhErasure *out);

/**
 * Whether somebody has deleted its copy of what the erasure with this place took away; `who` counts from 0.
 */
FhStatus fh_erasures_confirmation(const FhErasures *erasures, size_t place, size_t who, FhConfirmation *out);

/**
 * Frees a list, and the texts in it.
 */
void fh_erasures_free(FhErasures *erasures);

/**
 * Says what a file is, in words, for a person to read, with times in `zone`, such as `Europe/Paris`. The signatures of cards, requests and
 * grants are verified first; of any other file the text says that its recipient verifies it. Nothing is granted, accepted or withdrawn.
 * `about` may be NULL.
 */
FhStatus fh_explain(FhBytes file,
                    FhStr zone,
                    FhFile *about,
                    FhBuffer **text);

/**
 * Copies the text of this thread's last error to `buffer`, with a NUL behind it, as far as there is room for both. Gives the length of
 * the whole text without the NUL; empty when nothing has failed. It is for people: programs look at the status.
 *
 * `buffer` may be NULL when `room` is 0.
 */
size_t fh_last_error_message(char *buffer,
                             size_t room);

/**
 * Makes a home in the folder `path`. A key is made if `key_store` has none. `clock` may be NULL for the operating system's.
 */
FhStatus fh_home_create(FhStr path,
                        FhStr name,
                        const FhKeyStore *key_store,
                        const FhClock *clock,
                        FhHome **out);

/**
 * Opens the home in the folder `path`. `clock` may be NULL.
 */
FhStatus fh_home_open(FhStr path, const FhKeyStore *key_store, const FhClock *clock, FhHome **out);

/**
 * A home in memory, for tests and for streams that need not outlive the process. `clock` may be NULL.
 */
FhStatus fh_home_in_memory(FhStr name, const FhKeyStore *key_store, const FhClock *clock, FhHome **out);

/**
 * Seals what has ended, signs every log, and leaves the store tidy. The handle is still to be freed. Freeing alone loses nothing
 * either.
 */
FhStatus fh_home_close(const FhHome *home);

/**
 * Frees a home. Its streams stay usable until they are freed, and the store open until then.
 */
void fh_home_free(FhHome *home);

/**
 * The time by the home's clock.
 */
FhStatus fh_home_now(const FhHome *home, int64_t *now_ms);

/**
 * Tells from now on when something changes.
 */
FhStatus fh_home_watch(const FhHome *home, FhWatch **out);

/**
 * Adds a device. `maker` and `model` may be empty.
 */
FhStatus fh_home_add_device(const FhHome *home, FhStr name, FhStr maker, FhStr model);

/**
 * Adds a stream of the device called `device`.
 */
FhStatus fh_home_add_stream(const FhHome *home, FhStr device, FhStr name, const FhStreamSpec *spec, FhStream **out);

/**
 * Adds a stream that a device of the household writes, the party called `writer`. It begins when both have met a relay.
 */
FhStatus fh_home_add_stream_for(const FhHome *home,
                                FhStr writer,
                                FhStr device,
                                FhStr name,
                                const FhStreamSpec *spec,
                                FhStream **out);

/**
 * The stream called `name`.
 */
FhStatus fh_home_stream(const FhHome *home, FhStr name, FhStream **out);

/**
 * Every stream, by its name.
 */
FhStatus fh_home_streams(const FhHome *home, FhStreams **out);

/**
 * Everybody who is or was in the household.
 */
FhStatus fh_home_parties(const FhHome *home, FhParties **out);

/**
 * How many there are.
 */
FhStatus fh_parties_count(const FhParties *parties, size_t *count);

/**
 * The party with this place in the list, from 0.
 */
FhStatus fh_parties_get(const FhParties *parties, size_t place, FhParty *out);

/**
 * Frees a list, and the names in it.
 */
void fh_parties_free(FhParties *parties);

/**
 * Takes an agent or a device out of the household: of what is sealed from now on it gets no keys. What it has it keeps.
 */
FhStatus fh_home_remove_party(const FhHome *home, FhStr name);

/**
 * An offer to take an agent or a device, an `FhPartyRole`, into the household. `place` says where it connects to, `HOST:PORT`; it may be
 * empty where both know.
 */
FhStatus fh_home_invite(const FhHome *home,
                        FhStr place,
                        uint8_t role_number,
                        FhInvitation **out);

/**
 * The text of the offer's QR code. Whoever sees it can answer, once. It lasts as long as the invitation.
 */
FhStatus fh_invitation_text(const FhInvitation *invitation, FhStr *text);

/**
 * Takes in who has connected. `agrees` is called once, by this thread; it may not use the invitation or the transport. After a failure
 * somebody may connect again, some times; with `FH_STATUS_UNCONFIRMED` the other is a party, and did not say that it knows.
 */
FhStatus fh_invitation_run(const FhInvitation *invitation,
                           const FhTransport *transport,
                           void *userdata,
                           FhAgrees agrees);

/**
 * Frees an invitation: nobody can answer it any more.
 */
void fh_invitation_free(FhInvitation *invitation);

/**
 * Where an offer says to connect to, `HOST:PORT`; nothing if it does not say.
 */
FhStatus fh_offer_place(FhStr offer, FhBuffer **out);

/**
 * Answers an offer over a transport that is connected to who shows it, and makes a home in the folder `path` that belongs to the same
 * household, as the party `name` with a role, an `FhPartyRole`, that the other expects too. `agrees` is called once, by this thread; it
 * may not use the transport. `clock` may be NULL.
 */
FhStatus fh_home_join(FhStr path,
                      FhStr name,
                      uint8_t role_number,
                      const FhKeyStore *key_store,
                      const FhClock *clock,
                      FhStr offer,
                      const FhTransport *transport,
                      void *userdata,
                      FhAgrees agrees,
                      FhHome **out);

/**
 * A key file of mode 0600 in the folder of the store. It is made with the store.
 */
FhStatus fh_key_store_file(FhStr path, FhKeyStore **out);

/**
 * The same, the key wrapped under a passphrase.
 */
FhStatus fh_key_store_passphrase(FhStr path, FhStr passphrase, FhKeyStore **out);

/**
 * A key store in memory, for tests and for stores in memory.
 */
FhStatus fh_key_store_memory(FhKeyStore **out);

/**
 * A key store of the program's own. When this fails, `drop` is not called.
 */
FhStatus fh_key_store_calls(const FhKeyStoreCalls *calls, FhKeyStore **out);

/**
 * Frees a key store. Homes and recipients that were given it keep it.
 */
void fh_key_store_free(FhKeyStore *key_store);

/**
 * Tells `heard` from now on what the library says, down to `least`, an `FhLogLevel`; with NULL nobody is told. One is told for the whole
 * process. `drop` is called once nobody uses `userdata` any more; it may be NULL, and is not called when this fails.
 */
FhStatus fh_log_to(FhLogHeard heard,
                   uint8_t least,
                   void *userdata,
                   FhDrop drop);

/**
 * A home's meeting with a relay. It ends once both have what the other had, unless it `stays`.
 */
FhStatus fh_home_meet(const FhHome *home, const FhRelay *relay, bool stays, FhMeeting **out);

/**
 * A recipient's meeting with a relay under one consent. It ends once all is here, unless it `stays`.
 */
FhStatus fh_recipient_meet(const FhRecipient *recipient,
                           const FhRelay *relay,
                           const FhId *consent,
                           bool stays,
                           FhMeeting **out);

/**
 * Takes in what came from the relay. When it fails the meeting is over: what `fh_meeting_poll` still gives tells the relay why.
 */
FhStatus fh_meeting_receive(const FhMeeting *meeting,
                            FhBytes bytes);

/**
 * Gives what is to be sent to the relay, some 64 KiB at a time: nothing if there is nothing to send now.
 */
FhStatus fh_meeting_poll(const FhMeeting *meeting, FhBuffer **out);

/**
 * Whether both have what the other had, and said so. A meeting that stays is never finished by itself.
 */
FhStatus fh_meeting_is_finished(const FhMeeting *meeting, bool *finished);

/**
 * Whether everything that this side had to send is durable at the relay, and everything of the relay's is here.
 */
FhStatus fh_meeting_is_settled(const FhMeeting *meeting, bool *settled);

/**
 * Ends a meeting that stays, once the relay knows what was received.
 */
FhStatus fh_meeting_finish(const FhMeeting *meeting);

/**
 * What a home's meeting sent and got so far.
 */
FhStatus fh_meeting_uploaded(const FhMeeting *meeting, FhUploaded *out);

/**
 * What came to a recipient in a meeting since this was asked before.
 */
FhStatus fh_meeting_received(const FhMeeting *meeting, FhReceived *out);

/**
 * Frees a meeting. What came before stays; the rest comes with the next.
 */
void fh_meeting_free(FhMeeting *meeting);

/**
 * What a recipient is owed now, as a file for it. `card` is what `fh_recipient_card` gives, and `have` what `fh_recipient_have` does: the
 * receipts in it for what was erased are heard.
 */
FhStatus fh_home_parcel(const FhHome *home,
                        FhBytes card,
                        FhBytes have,
                        FhBuffer **out);

/**
 * Hears from what a recipient has that it deleted what was erased.
 */
FhStatus fh_home_hear_receipts(const FhHome *home, FhBytes have);

/**
 * The card by which a recipient is known, as a file.
 */
FhStatus fh_recipient_card(const FhRecipient *recipient, FhBuffer **out);

/**
 * What a recipient has, as a file for a home that is asked for a parcel.
 */
FhStatus fh_recipient_have(const FhRecipient *recipient, FhBuffer **out);

/**
 * Takes a parcel in: verifies everything, keeps what is new, and deletes what was withdrawn and erased. What was taken before an error
 * stays. `out` may be NULL.
 */
FhStatus fh_recipient_receive(const FhRecipient *recipient,
                              FhBytes parcel,
                              FhReceived *out);

/**
 * Works out what a request would be granted under a person's choices. `choices` may be NULL for none.
 */
FhStatus fh_home_propose(const FhHome *home, FhBytes request, const FhChoices *choices, FhProposal **out);

/**
 * The text that a person has to be shown. It lasts as long as the proposal.
 */
FhStatus fh_proposal_text(const FhProposal *proposal, FhStr *text);

/**
 * The hash of the text and of all that the proposal would grant: whoever shows the text approves with it.
 */
FhStatus fh_proposal_shown(const FhProposal *proposal, FhId *shown);

/**
 * Whether the recipient will be able to work out more than what is granted; the text says what.
 */
FhStatus fh_proposal_reveals(const FhProposal *proposal, bool *reveals);

/**
 * When the consent would end.
 */
FhStatus fh_proposal_expires(const FhProposal *proposal, int64_t *expires_ms);

/**
 * Frees a proposal.
 */
void fh_proposal_free(FhProposal *proposal);

/**
 * Grants a proposal. `shown` is the hash of what was shown; `attended` says whether a person was there and said yes, which the consent
 * tells for ever. Gives the consent's id, and the grant as a file, to be sent to the recipient: nobody else can use it.
 */
FhStatus fh_home_approve(const FhHome *home,
                         const FhProposal *proposal,
                         const FhId *shown,
                         bool attended,
                         FhId *consent,
                         FhBuffer **grant);

/**
 * Withdraws a consent: no more keys are handed out for it, and what is sealed from now on in its streams it does not open. What was
 * read before cannot be taken back. Gives the revocation as a file; the recipient also hears of it from a relay.
 */
FhStatus fh_home_revoke(const FhHome *home,
                        const FhId *consent,
                        FhBuffer **revocation);

/**
 * The rows of a page; they last as long as it.
 */
FhStatus fh_readings_rows(const FhReadings *readings, const FhReading **rows, size_t *count);

/**
 * Whether there is more, and from when to ask for it: `next_ms` is written only then.
 */
FhStatus fh_readings_more(const FhReadings *readings, bool *more, int64_t *next_ms);

/**
 * Whether what was asked for goes on after the keys that a recipient was given, and from when: the rest opens once the household gives
 * more. `from_ms` is written only then.
 */
FhStatus fh_readings_not_yet(const FhReadings *readings,
                             bool *not_yet,
                             int64_t *from_ms);

/**
 * Frees a page, and the texts that its rows point to.
 */
void fh_readings_free(FhReadings *readings);

/**
 * Every receipt that relays have sent.
 */
FhStatus fh_home_receipts(const FhHome *home, FhReceipts **out);

/**
 * How many there are.
 */
FhStatus fh_receipts_count(const FhReceipts *receipts, size_t *count);

/**
 * The receipt with this place in the list, from 0.
 */
FhStatus fh_receipts_get(const FhReceipts *receipts, size_t place, FhReceipt *out);

/**
 * Frees a list, and the texts in it.
 */
void fh_receipts_free(FhReceipts *receipts);

/**
 * Makes a recipient in the folder `path`, with new keys and a card that says `name` and `role`, an `FhRole`. `clock` may be NULL. With a
 * `signer`, which may be NULL, the key of the card is the signer's: requests and receipts of erasures are signed there, and whoever
 * copies the store can make neither.
 */
FhStatus fh_recipient_create(FhStr path,
                             FhStr name,
                             uint8_t role_number,
                             const FhKeyStore *key_store,
                             const FhClock *clock,
                             const FhSigner *signer,
                             FhRecipient **out);

/**
 * Opens the recipient in the folder `path`, with the `signer` with which it was made. `clock` and `signer` may be NULL.
 */
FhStatus fh_recipient_open(FhStr path,
                           const FhKeyStore *key_store,
                           const FhClock *clock,
                           const FhSigner *signer,
                           FhRecipient **out);

/**
 * A recipient in memory, for tests. `clock` may be NULL.
 */
FhStatus fh_recipient_in_memory(FhStr name,
                                uint8_t role_number,
                                const FhKeyStore *key_store,
                                const FhClock *clock,
                                FhRecipient **out);

/**
 * Leaves the store tidy. The handle is still to be freed. Freeing alone loses nothing either.
 */
FhStatus fh_recipient_close(const FhRecipient *recipient);

/**
 * Frees a recipient.
 */
void fh_recipient_free(FhRecipient *recipient);

/**
 * The time by the recipient's clock.
 */
FhStatus fh_recipient_now(const FhRecipient *recipient, int64_t *now_ms);

/**
 * Tells from now on when something comes or goes.
 */
FhStatus fh_recipient_watch(const FhRecipient *recipient, FhWatch **out);

/**
 * The fingerprint of the card by which it is known: a person compares it with the one in a proposal's text.
 */
FhStatus fh_recipient_fingerprint(const FhRecipient *recipient, FhBuffer **out);

/**
 * Makes a signed request, as a file for a household.
 */
FhStatus fh_recipient_request(const FhRecipient *recipient, const FhWishes *wishes, FhBuffer **request);

/**
 * Takes a grant in, and gives the consent's id. A grant may be taken in again.
 */
FhStatus fh_recipient_accept(const FhRecipient *recipient, FhBytes grant, FhId *consent);

/**
 * The readings from `from_ms` until before `until_ms`, where raw was granted, as `fh_stream_read` gives them. `consent` may be NULL and
 * `stream` empty where only one fits.
 */
FhStatus fh_recipient_read(const FhRecipient *recipient,
                           const FhId *consent,
                           FhStr stream,
                           int64_t from_ms,
                           int64_t until_ms,
                           size_t limit,
                           FhReadings **out);

/**
 * The summaries of the slots of a level, with the facets that were granted, as `fh_stream_summaries` gives them. `consent` may be NULL
 * and `stream` empty where only one fits.
 */
FhStatus fh_recipient_summaries(const FhRecipient *recipient,
                                const FhId *consent,
                                FhStr stream,
                                uint8_t level_number,
                                int64_t from_ms,
                                int64_t until_ms,
                                size_t limit,
                                FhWindows **out);

/**
 * A relay that is at an address. Nothing is sent.
 */
FhStatus fh_relay_new(const FhRelaySpec *spec, FhRelay **out);

/**
 * Frees it.
 */
void fh_relay_free(FhRelay *relay);

/**
 * A signer of the program's own. When this fails, `drop` is not called.
 */
FhStatus fh_signer_calls(const FhSignerCalls *calls, FhSigner **out);

/**
 * Frees a signer. Recipients that were given it keep it.
 */
void fh_signer_free(FhSigner *signer);

/**
 * The name of a status: the same in every language and on the command line, such as `not_granted`; `unknown` for a number that is
 * none. It lasts as long as the library.
 */
const char *fh_status_name(int32_t status);

/**
 * One that waits to be told.
 */
FhStatus fh_stop_new(FhStop **out);

/**
 * One that does not wait for longer than `most_ms` from now on.
 */
FhStatus fh_stop_after(uint64_t most_ms, FhStop **out);

/**
 * Ends what was given this, soon and for good. It may be called while another thread waits.
 */
FhStatus fh_stop_stop(const FhStop *stop);

/**
 * Whether it was told, or its time has come.
 */
FhStatus fh_stop_is_stopped(const FhStop *stop, bool *stopped);

/**
 * Frees it. What was given it goes on without.
 */
void fh_stop_free(FhStop *stop);

/**
 * Frees a stream; the stream itself stays in the home.
 */
void fh_stream_free(FhStream *stream);

/**
 * Records `count` readings in any order. They are durable when this returns. If one does not fit the stream, none is recorded. `out` may
 * be NULL.
 */
FhStatus fh_stream_record(const FhStream *stream,
                          const FhReading *readings,
                          size_t count,
                          FhRecorded *out);

/**
 * Seals every slot that has ended by the clock, and signs the logs.
 */
FhStatus fh_stream_flush(const FhStream *stream);

/**
 * The power of ten of its numbers: a number `n` is `n` times ten to this.
 */
FhStatus fh_stream_exponent(const FhStream *stream, int8_t *exponent);

/**
 * The readings from `from_ms` until before `until_ms`, about `limit` of them at most and one at least; 0 for all. Of those that correct
 * each other, all.
 */
FhStatus fh_stream_read(const FhStream *stream,
                        int64_t from_ms,
                        int64_t until_ms,
                        size_t limit,
                        FhReadings **out);

/**
 * The summaries of the slots of a level (`FH_LEVEL_...`) that lie wholly from `from_ms` until `until_ms` and have readings, `limit` of
 * them at most; 0 for all.
 */
FhStatus fh_stream_summaries(const FhStream *stream,
                             uint8_t level_number,
                             int64_t from_ms,
                             int64_t until_ms,
                             size_t limit,
                             FhWindows **out);

/**
 * How many there are.
 */
FhStatus fh_streams_count(const FhStreams *streams, size_t *count);

/**
 * The stream with this place in the list, from 0.
 */
FhStatus fh_streams_get(const FhStreams *streams, size_t place, FhStreamInfo *out);

/**
 * Frees a list, and the texts in it.
 */
void fh_streams_free(FhStreams *streams);

/**
 * Brings a relay what is new in a home, and takes what it has for it. Blocks until both are done or `stop` ends it: then the status is
 * `FH_STATUS_STOPPED`, and what is left goes with the next. `stop` may be NULL for never, and `out` too.
 */
FhStatus fh_home_sync(const FhHome *home,
                      const FhRelay *relay,
                      const FhStop *stop,
                      FhUploaded *out);

/**
 * Fetches from a relay what is new under each consent of a recipient; `stop` and `out` as for `fh_home_sync`.
 */
FhStatus fh_recipient_sync(const FhRecipient *recipient, const FhRelay *relay, const FhStop *stop, FhReceived *out);

/**
 * `fh_home_sync` over a transport that leads to the relay. If it `stays`, it goes on with what is new until `stop`.
 */
FhStatus fh_home_sync_over(const FhHome *home,
                           const FhRelay *relay,
                           const FhTransport *transport,
                           bool stays,
                           const FhStop *stop,
                           FhUploaded *out);

/**
 * `fh_recipient_sync` under one consent, over a transport that leads to the relay. If it `stays`, it goes on with what is new until `stop`.
 */
FhStatus fh_recipient_sync_over(const FhRecipient *recipient,
                                const FhRelay *relay,
                                const FhId *consent,
                                const FhTransport *transport,
                                bool stays,
                                const FhStop *stop,
                                FhReceived *out);

/**
 * Stays with a relay until `stop`: what is new in a home goes there at once, and comes from there as it is known, again and again when
 * the relay is lost. `heard` may be NULL. A meeting that trying again does not help is the last, and the call waits for `stop` no more.
 */
FhStatus fh_home_follow(const FhHome *home,
                        const FhRelay *relay,
                        const FhStop *stop,
                        void *userdata,
                        FhHomeHeard heard);

/**
 * Fetches what is new under every consent of a recipient until `stop`, also under those that are accepted meanwhile, again and again
 * when the relay is lost. `heard` may be NULL.
 */
FhStatus fh_recipient_follow(const FhRecipient *recipient,
                             const FhRelay *relay,
                             const FhStop *stop,
                             void *userdata,
                             FhRecipientHeard heard);

/**
 * Hands a recipient what a home in the same process owes it, without a relay: for tests. `out` may be NULL.
 */
FhStatus fh_testing_sync(const FhHome *home, const FhRecipient *recipient, FhReceived *out);

/**
 * Whoever a grant was sealed to, in memory: for tests, such as those with Freehold's vectors. `seed` are the 32 bytes of its envelope key.
 * It has not accepted the grant yet, and it has no key of its card, so nobody believes what it signs. `clock` may be NULL.
 */
FhStatus fh_testing_recipient_of(FhBytes grant,
                                 const uint8_t *seed,
                                 const FhClock *clock,
                                 FhRecipient **out);

/**
 * A fresh key.
 */
FhStatus fh_testing_key_new(FhTestingKey **out);

/**
 * Writes the `FH_POINT_BYTES` bytes of the public key.
 */
FhStatus fh_testing_key_point(const FhTestingKey *key, uint8_t *point);

/**
 * Signs the `FH_MESSAGE_BYTES` bytes of `message`, and writes `FH_SIGNATURE_BYTES` bytes.
 */
FhStatus fh_testing_key_sign(const FhTestingKey *key, const uint8_t *message, uint8_t *signature);

/**
 * Frees a key.
 */
void fh_testing_key_free(FhTestingKey *key);

/**
 * The bytes of a buffer; they last as long as it. Behind them stands a NUL that is not counted.
 */
FhStatus fh_buffer_bytes(const FhBuffer *buffer, FhBytes *out);

/**
 * Frees a buffer.
 */
void fh_buffer_free(FhBuffer *buffer);

/**
 * Writes an id in hexadecimal, with a NUL behind it, to `FH_ID_TEXT` bytes at `text`.
 */
FhStatus fh_id_text(const FhId *id, char *text);

/**
 * Reads an id from its 64 hexadecimal digits.
 */
FhStatus fh_id_parse(FhStr text, FhId *out);

/**
 * Connects to `HOST:PORT` by TCP, waiting for no longer than `most_ms`.
 */
FhStatus fh_transport_connect(FhStr place, uint64_t most_ms, FhTransport **out);

/**
 * Over a TCP socket that is connected, such as one that was accepted. It is closed when this is freed, also when the call fails; -1 is no
 * socket.
 */
FhStatus fh_transport_socket(int socket,
                             FhTransport **out);

/**
 * Over a pipe of the program's own. When this fails, `drop` is not called.
 */
FhStatus fh_transport_calls(const FhTransportCalls *calls, FhTransport **out);

/**
 * Closes it.
 */
void fh_transport_free(FhTransport *transport);

/**
 * The version of the library that is linked, such as `0.1.0`. It lasts as long as the library.
 */
const char *fh_version(void);

/**
 * Waits until something has changed, but no longer than `most_ms`. Gives whether it did: false when nothing came, and from when the
 * watch was closed.
 */
FhStatus fh_watch_wait(const FhWatch *watch,
                       uint64_t most_ms,
                       bool *changed);

/**
 * Lets whoever waits go, for good. It may be called while another thread waits.
 */
FhStatus fh_watch_close(const FhWatch *watch);

/**
 * Frees a watch. Nobody may be waiting.
 */
void fh_watch_free(FhWatch *watch);

/**
 * The rows of a page; they last as long as it.
 */
FhStatus fh_windows_rows(const FhWindows *windows, const FhWindow **rows, size_t *count);

/**
 * Whether there is more, and from when to ask for it: `next_ms` is written only then.
 */
FhStatus fh_windows_more(const FhWindows *windows, bool *more, int64_t *next_ms);

/**
 * Whether what was asked for goes on after the keys that a recipient was given, and from when: the rest opens once the household gives
 * more. `from_ms` is written only then.
 */
FhStatus fh_windows_not_yet(const FhWindows *windows,
                            bool *not_yet,
                            int64_t *from_ms);

/**
 * Frees a page, and the bins that its rows point to.
 */
void fh_windows_free(FhWindows *windows);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* FREEHOLD_H */

#ifndef FREEHOLD_H_STR
#define FREEHOLD_H_STR
/** A view of a text that ends with a NUL, or of none. It lasts as long as `text`. */
static inline FhStr fh_str(const char *text) {
    FhStr view = {NULL, 0};
    if (text != NULL) {
        view.data = text;
        view.len = strlen(text);
    }
    return view;
}

#endif /* FREEHOLD_H_STR */
