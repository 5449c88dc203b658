//! Meetings with a relay without input or output of their own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use freehold::{Error, Holder, Member};

use crate::{FfiError, Home, Received, Recipient, Relay, Uploaded, words::id};

/// A meeting with a relay, for a program that has a loop and a pipe: what [`Meeting::poll`] gives is sent to the relay, and what comes
/// from there is given to [`Meeting::receive`], until it is finished. Nothing that the pipe carries has to be secret, or known to come
/// from the relay: the meeting sees to that. What came before it was freed stays; the rest comes with the next.
#[derive(uniffi::Object)]
pub struct Meeting(Mutex<State>);

struct State {
    side: Side,
    /// Why it is over; told once what the relay is still to hear was given.
    over: Option<Error>,
}

enum Side {
    Home(freehold::Meeting<Member>),
    Recipient(freehold::Meeting<Holder>),
}

#[uniffi::export]
impl Home {
    /// A meeting with a relay. It ends once both have what the other had, unless it `stays`.
    ///
    /// # Errors
    /// What the store says.
    pub fn meet(&self, relay: &Relay, stays: bool) -> Result<Arc<Meeting>, FfiError> {
        let meeting = self.0.meet(&relay.0, stays, None)?;
        Ok(Meeting::new(Side::Home(meeting)))
    }
}

#[uniffi::export]
impl Recipient {
    /// A meeting with a relay under one consent. It ends once all is here, unless it `stays`.
    ///
    /// # Errors
    /// `not_granted`; what the store says.
    pub fn meet(
        &self,
        relay: &Relay,
        consent: String,
        stays: bool,
    ) -> Result<Arc<Meeting>, FfiError> {
        let meeting = self.0.meet(&relay.0, id(&consent)?, stays, None)?;
        Ok(Meeting::new(Side::Recipient(meeting)))
    }
}

#[uniffi::export]
impl Meeting {
    /// Takes in what came from the relay.
    ///
    /// # Errors
    /// The reasons from 501: the meeting is over, and what [`Meeting::poll`] still gives tells the relay why.
    pub fn receive(&self, bytes: &[u8]) -> Result<(), FfiError> {
        match &mut self.state().side {
            Side::Home(meeting) => meeting.receive(bytes)?,
            Side::Recipient(meeting) => meeting.receive(bytes)?,
        }
        Ok(())
    }

    /// What is to be sent to the relay, some 64 KiB at a time: nothing if there is nothing to send now.
    ///
    /// # Errors
    /// The reasons from 501: the meeting is over.
    pub fn poll(&self) -> Result<Vec<u8>, FfiError> {
        let mut state = self.state();
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
        Ok(bytes)
    }

    /// Whether both have what the other had, and said so. A meeting that stays is never finished by itself.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match &self.state().side {
            Side::Home(meeting) => meeting.is_finished(),
            Side::Recipient(meeting) => meeting.is_finished(),
        }
    }

    /// Whether everything that this side had to send is durable at the relay, and everything of the relay's is here.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        match &self.state().side {
            Side::Home(meeting) => meeting.is_settled(),
            Side::Recipient(meeting) => meeting.is_settled(),
        }
    }

    /// Ends a meeting that stays, once the relay knows what was received.
    pub fn finish(&self) {
        match &mut self.state().side {
            Side::Home(meeting) => meeting.finish(),
            Side::Recipient(meeting) => meeting.finish(),
        }
    }

    /// What a home's meeting sent and got so far.
    ///
    /// # Errors
    /// [`FfiError::Argument`] for a recipient's.
    pub fn uploaded(&self) -> Result<Uploaded, FfiError> {
        match &self.state().side {
            Side::Home(meeting) => Ok(meeting.uploaded().into()),
            Side::Recipient(_) => Err(FfiError::argument("a recipient's meeting")),
        }
    }

    /// What came to a recipient in a meeting since this was asked before.
    ///
    /// # Errors
    /// [`FfiError::Argument`] for a home's.
    pub fn received(&self) -> Result<Received, FfiError> {
        match &mut self.state().side {
            Side::Recipient(meeting) => Ok(meeting.take_received().into()),
            Side::Home(_) => Err(FfiError::argument("a home's meeting")),
        }
    }
}

impl Meeting {
    fn new(side: Side) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { side, over: None })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
