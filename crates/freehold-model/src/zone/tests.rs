use super::*;

fn at(zone: &str, text: &str, fold: Fold) -> i64 {
    Zone::new(zone).unwrap().parse(text, fold).unwrap().ms()
}

#[test]
fn forms_of_a_time() {
    // [model-5]
    let london = Zone::new("Europe/London").unwrap();
    for (text, expect) in [
        ("2013-01-01", "2013-01-01T00:00:00+00:00"),
        ("2013-01-01T00:30", "2013-01-01T00:30:00+00:00"),
        ("2013-07-01 00:30:00", "2013-07-01T00:30:00+01:00"),
        ("2013-07-01 00:30:00.250", "2013-07-01T00:30:00.250+01:00"),
        ("2013-07-01T00:30:00Z", "2013-07-01T01:30:00+01:00"),
        ("2013-07-01T00:30:00-0330", "2013-07-01T05:00:00+01:00"),
        ("2013-07-01T00:30:00 +05:45", "2013-06-30T19:45:00+01:00"),
        ("2013-07-01T00:30+02", "2013-06-30T23:30:00+01:00"),
    ] {
        let time = london.parse(text, Fold::Earlier).unwrap();
        assert_eq!(london.format(time), expect, "{text}");
        assert_eq!(london.parse(&london.format(time), Fold::Later), Ok(time));
    }
    assert_eq!(Zone::utc().format(Time::from_ms(0)), "1970-01-01T00:00:00Z");
    for text in [
        "",
        "2013-1-1",
        "2013-02-30",
        "2013-01-01x",
        "2013-01-01T25:00",
        "2013-01-01T00:00:00.0001",
        "2013-01-01T00:00+5",
        "2013-01-01T00:00:00.",
        "2013-00-01",
        "2013-01-01T23:59:60",
        "2013-01-01T00:00+05:60",
        "2013-01-01T00:00+05:45:00",
        "٢٠١٣-01-01",
        "2013-01-01T00:00ZZ",
    ] {
        assert_eq!(
            london.parse(text, Fold::Earlier),
            Err(ZoneError::NotADateTime),
            "{text}"
        );
    }
    assert_eq!(
        london.parse("1899-12-31", Fold::Earlier),
        Err(ZoneError::OutOfRange)
    );
    assert_eq!(
        london.parse("2200-01-01", Fold::Earlier),
        Err(ZoneError::OutOfRange)
    );
    assert_eq!(Zone::new("Europe/Atlantis"), Err(ZoneError::UnknownZone));
}

#[test]
fn gaps_move_forward_and_folds_choose() {
    // [model-4]
    let hour = 3_600_000;
    assert_eq!(
        at("Europe/London", "2013-03-31T01:30", Fold::Earlier),
        at("Europe/London", "2013-03-31T02:30", Fold::Later)
    );
    let fold = "2013-10-27T01:30";
    assert_eq!(
        at("Europe/London", fold, Fold::Later) - at("Europe/London", fold, Fold::Earlier),
        hour
    );
    let half = "2021-04-04T01:45";
    assert_eq!(
        at("Australia/Lord_Howe", half, Fold::Later)
            - at("Australia/Lord_Howe", half, Fold::Earlier),
        hour / 2
    );
    let zone = Zone::new("Australia/Lord_Howe").unwrap();
    assert!(
        zone.is_folded("2021-04-04T01:45".parse().unwrap())
            && !zone.is_folded("2021-04-04T01:15".parse().unwrap())
    );
}

#[test]
fn a_skipped_day_starts_where_the_next_does() {
    assert_eq!(
        at("Pacific/Apia", "2011-12-30", Fold::Earlier),
        at("Pacific/Apia", "2011-12-31", Fold::Earlier)
    );
}

/// Every clock change of some zones since 1900, and the hours around it, as jiff has them.
#[test]
fn clocks_agree_with_jiff() {
    for name in [
        "Europe/London",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Pacific/Apia",
        "America/St_Johns",
        "Africa/Monrovia",
    ] {
        let zone = Zone::new(name).unwrap();
        let jiff = TimeZoneDatabase::bundled().get(name).unwrap();
        let begin = Timestamp::from_millisecond(Time::EARLIEST.ms() + 2 * DAY_MS).unwrap();
        for transition in jiff.following(begin).take(200) {
            for minutes in -100..100 {
                let ms = transition.timestamp().as_millisecond() + minutes * 2 * MINUTE_MS;
                let timestamp = Timestamp::from_millisecond(ms).unwrap();
                let civil = jiff.to_datetime(timestamp);
                assert_eq!(zone.civil(Time::from_ms(ms)), civil);
                let both = jiff.to_ambiguous_timestamp(civil);
                assert_eq!(
                    zone.resolve(civil, Fold::Earlier).unwrap().ms(),
                    both.earlier().unwrap().as_millisecond()
                );
                assert_eq!(
                    zone.resolve(civil, Fold::Later).unwrap().ms(),
                    both.later().unwrap().as_millisecond()
                );
                assert_eq!(zone.is_folded(civil), both.is_ambiguous());
            }
            let day = jiff.to_datetime(transition.timestamp()).date();
            let start = jiff
                .to_ambiguous_zoned(day.to_datetime(jiff::civil::Time::midnight()))
                .compatible()
                .unwrap();
            assert_eq!(
                zone.day_start(day).unwrap().ms(),
                start.start_of_day().unwrap().timestamp().as_millisecond(),
                "{name} {day}"
            );
        }
    }
}

/// The claim of [model-7]: since 2012 every zone but Casey, an Antarctic station, changes on whole quarters between offsets of whole quarters.
#[test]
fn slots_follow_civil_time_in_every_zone_since_2012() {
    for name in TimeZoneDatabase::bundled()
        .available()
        .filter(|name| name.as_str() != "Antarctica/Casey")
    {
        let zone = Zone::new(name.as_str()).unwrap();
        let since = zone.parse("2012-01-01", Fold::Earlier).unwrap().ms();
        for (at, clock) in zone.0.clocks.iter().enumerate() {
            if zone
                .0
                .clocks
                .get(at + 1)
                .is_none_or(|next| next.start_ms > since)
            {
                assert_eq!(clock.offset_ms % QUARTER_HOUR_MS, 0, "{name}");
                assert!(
                    clock.start_ms < since || clock.start_ms % QUARTER_HOUR_MS == 0,
                    "{name}"
                );
            }
        }
    }
}
