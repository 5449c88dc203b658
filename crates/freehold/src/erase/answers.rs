//! Who says that it carried an erasure out: parties of the household, and recipients.
//!
//! Whoever answers sends the order back with its receipt. So an agent that has not heard of the erasure hears of it then.

use freehold_consent::TokenId;
use freehold_crypto::PublicKey;
use freehold_store::Batch;
use serde::{Deserialize, Serialize};

use super::{ErasedReceipt, ErasureRow, OLD_KEY, SignedOrder, orders};
use crate::{
    Error, Have, Home,
    home::{Inner, State},
    rows::{Rows, Space, number_key},
};

/// An order to erase, and who has answered it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ErasureNews {
    pub(crate) order: SignedOrder,
    pub(crate) receipts: Vec<ErasedReceipt>,
}

impl Home {
    /// Hears what a recipient that is served by files says of erasures: by its receipts its copies are deleted.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`].
    pub fn hear_receipts(&self, have: &Have) -> Result<(), Error> {
        let inner = self.inner();
        if !have.erased.is_empty() {
            inner.lock().hear_answers(inner, &have.erased)?;
            inner.changed();
        }
        Ok(())
    }
}

impl State {
    /// Takes in what somebody says of erasures. What does not verify is passed over.
    pub(crate) fn hear_answers(
        &mut self,
        inner: &Inner,
        answers: &[ErasureNews],
    ) -> Result<(), Error> {
        let household = inner.household()?;
        for answer in answers {
            let heard = self.hear_erasure(inner, &household, answer);
            if let Err(error @ (Error::Store(_) | Error::Entropy(_) | Error::KeyStore(_))) = heard {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Erases what an order says, if that was not done yet, and keeps the receipts that verify.
    pub(crate) fn hear_erasure(
        &mut self,
        inner: &Inner,
        household: &[PublicKey],
        news: &ErasureNews,
    ) -> Result<(), Error> {
        let erased = news.order.verify(household)?;
        let hash = news.order.hash();
        let known = orders(&inner.rows)?.into_iter().zip(0..);
        let mut known = known.filter(|(row, _)| row.order.hash() == hash);
        let (mut row, no) = match known.next() {
            Some((row, no)) => (row, Some(no)),
            None => {
                let own = inner.about().household.key()?;
                (ErasureRow::new(news.order.clone(), own), None)
            }
        };
        let mut changed = false;
        for receipt in &news.receipts {
            let signed = receipt
                .by()
                .and_then(|by| receipt.verify(by, &self.signer(by)?));
            if signed.is_some_and(|(order, _)| order == hash) {
                changed |= row.add(receipt.clone());
            }
        }
        match no {
            Some(no) if changed => self.save_erasure(inner, no, &row),
            Some(_) => Ok(()),
            None => self.erase_heard(inner, &row, erased.stream(), erased.span()),
        }
    }

    /// Signs that what was erased is deleted here. As long as the store has the key that opens older copies of it, it is not.
    pub(crate) fn sign_erasures(&mut self, inner: &Inner) -> Result<(), Error> {
        if is_key_old(&inner.rows)? {
            return Ok(());
        }
        let about = inner.about();
        let own = self.parties.get(&about.index).ok_or(Error::Damaged)?;
        let by = own.card.id();
        let rows = orders(&inner.rows)?.into_iter().zip(0..);
        for (mut row, no) in rows.filter(|(row, _)| row.receipt(by).is_none()) {
            let signing = about.party.signing()?;
            row.add(ErasedReceipt::sign(&row.order, by, inner.now(), &signing)?);
            self.save_erasure(inner, no, &row)?;
        }
        Ok(())
    }

    fn save_erasure(&mut self, inner: &Inner, no: u32, row: &ErasureRow) -> Result<(), Error> {
        let mut batch = Batch::new();
        let at = number_key(Space::Erased, no)?;
        inner.rows.put(&mut batch, at, row, &mut *self.entropy)?;
        Ok(inner.rows.store().commit(&batch)?)
    }

    /// The key of a party, by its card, or of the recipient of a consent, by its token.
    fn signer(&self, by: [u8; 32]) -> Option<PublicKey> {
        let mut parties = self.parties.values();
        let party = parties.find(|row| row.card.id() == by);
        party.map(|row| *row.card.key()).or_else(|| {
            let mut granted = self.granted();
            let (_, card) = granted.find(|(token, _)| token.id() == TokenId(by))?;
            Some(*card.key())
        })
    }
}

impl ErasureRow {
    pub(crate) fn new(order: SignedOrder, household: PublicKey) -> Self {
        Self {
            order,
            household,
            receipts: Vec::new(),
        }
    }

    /// What somebody signed, by its token or card.
    pub(crate) fn receipt(&self, by: [u8; 32]) -> Option<&ErasedReceipt> {
        self.receipts
            .iter()
            .find(|receipt| receipt.by() == Some(by))
    }

    /// Keeps a receipt, and says whether it is new. The first of a signer stays.
    pub(crate) fn add(&mut self, receipt: ErasedReceipt) -> bool {
        let new = receipt.by().is_some_and(|by| self.receipt(by).is_none());
        if new {
            self.receipts.push(receipt);
        }
        new
    }

    pub(crate) fn news(self) -> ErasureNews {
        ErasureNews {
            order: self.order,
            receipts: self.receipts,
        }
    }
}

/// Whether the store is still to go on under another key.
pub(super) fn is_key_old(rows: &Rows) -> Result<bool, Error> {
    Ok(rows
        .store()
        .get(number_key(Space::About, OLD_KEY)?)?
        .is_some())
}
