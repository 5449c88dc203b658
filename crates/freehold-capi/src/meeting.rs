//! Meetings with a relay over a program's own pipe.

use std::sync::{Mutex, MutexGuard, PoisonError};

use freehold::{Error, Holder, Meeting, Member, consent::TokenId};

use crate::{
    guard::{Fault, call, fill, free, give, hand, lent},
    home::FhHome,
    recipient::FhRecipient,
    relay::FhRelay,
    status::FhStatus,
    sync::{FhReceived, FhUploaded},
    text::{FhBuffer, FhBytes, FhId},
};

/// A meeting with a relay without input or output of its own, for a program that has a loop and a pipe: what `fh_meeting_poll` gives is
/// sent to the relay, and what comes from there is given to `fh_meeting_receive`, until it is finished. Nothing that the pipe carries
/// has to be secret, or known to come from the relay: the meeting sees to that.
pub struct FhMeeting(Mutex<State>);

struct State {
    side: Side,
    /// Why it is over; told once what the relay is still to hear was given.
    over: Option<Error>,
}

enum Side {
    Home(Meeting<Member>),
    Recipient(Meeting<Holder>),
}

/// A home's meeting with a relay. It ends once both have what the other had, unless it `stays`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_meet(
    home: *const FhHome,
    relay: *const FhRelay,
    stays: bool,
    out: *mut *mut FhMeeting,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let meeting = lent(home)?.0.meet(&lent(relay)?.0, stays, None)?;
            Ok(FhMeeting::new(Side::Home(meeting)))
        })
    }
}

/// A recipient's meeting with a relay under one consent. It ends once all is here, unless it `stays`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_meet(
    recipient: *const FhRecipient,
    relay: *const FhRelay,
    consent: *const FhId,
    stays: bool,
    out: *mut *mut FhMeeting,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let consent = TokenId(lent(consent)?.bytes);
            let relay = &lent(relay)?.0;
            let meeting = lent(recipient)?.0.meet(relay, consent, stays, None)?;
            Ok(FhMeeting::new(Side::Recipient(meeting)))
        })
    }
}

/// Takes in what came from the relay. When it fails the meeting is over: what `fh_meeting_poll` still gives tells the relay why.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_meeting_receive(meeting: *const FhMeeting, bytes: FhBytes) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    call(|| unsafe {
        let mut state = lent(meeting)?.state();
        let bytes = bytes.bytes()?;
        match &mut state.side {
            Side::Home(meeting) => meeting.receive(bytes)?,
            Side::Recipient(meeting) => meeting.receive(bytes)?,
        }
        Ok(())
    })
}

/// Gives what is to be sent to the relay, some 64 KiB at a time: nothing if there is nothing to send now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_meeting_poll(
    meeting: *const FhMeeting,
    out: *mut *mut FhBuffer,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let mut state = lent(meeting)?.state();
            if let Some(error) = &state.over {
                return Err(error.clone().into());
            }
            let mut bytes = Vec::new();
            let outcome = match &mut state.side {
                Side::Home(meeting) => meeting.poll(&mut bytes),
                Side::Recipient(meeting) => meeting.poll(&mut bytes),
            };
            match outcome {
                // The relay is to hear of it first.
                Err(error) if !bytes.is_empty() => state.over = Some(error),
                Err(error) => return Err(error.into()),
                Ok(_) => {}
            }
            Ok(FhBuffer::of(bytes))
        })
    }
}

/// Whether both have what the other had, and said so. A meeting that stays is never finished by itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_meeting_is_finished(
    meeting: *const FhMeeting,
    finished: *mut bool,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        give(finished, || {
            Ok(match &lent(meeting)?.state().side {
                Side::Home(meeting) => meeting.is_finished(),
                Side::Recipient(meeting) => meeting.is_finished(),
            })
        })
    }
}

/// Whether everything that this side had to send is durable at the relay, and everything of the relay's is here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_meeting_is_settled(
    meeting: *const FhMeeting,
    settled: *mut bool,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        give(settled, || {
            Ok(match &lent(meeting)?.state().side {
                Side::Home(meeting) => meeting.is_settled(),
                Side::Recipient(meeting) => meeting.is_settled(),
            })
        })
    }
}

/// Ends a meeting that stays, once the relay knows what was received.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_meeting_finish(meeting: *const FhMeeting) -> FhStatus {
    call(|| {
        // SAFETY: the caller keeps to the header.
        match &mut unsafe { lent(meeting) }?.state().side {
            Side::Home(meeting) => meeting.finish(),
            Side::Recipient(meeting) => meeting.finish(),
        }
        Ok(())
    })
}

/// What a home's meeting sent and got so far.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_meeting_uploaded(
    meeting: *const FhMeeting,
    out: *mut FhUploaded,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        fill(out, || match &lent(meeting)?.state().side {
            Side::Home(meeting) => Ok(meeting.uploaded().into()),
            Side::Recipient(_) => Err(Fault::argument("a recipient's meeting")),
        })
    }
}

/// What came to a recipient in a meeting since this was asked before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_meeting_received(
    meeting: *const FhMeeting,
    out: *mut FhReceived,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        fill(out, || match &mut lent(meeting)?.state().side {
            Side::Recipient(meeting) => Ok(meeting.take_received().into()),
            Side::Home(_) => Err(Fault::argument("a home's meeting")),
        })
    }
}

/// Frees a meeting. What came before stays; the rest comes with the next.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_meeting_free(meeting: *mut FhMeeting) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(meeting) }
}

impl FhMeeting {
    fn new(side: Side) -> Self {
        Self(Mutex::new(State { side, over: None }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
