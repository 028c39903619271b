"""Ticket numbers in answers: suggested where they look like one, never a date, a year or a number of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takedowns import drafting
from takedowns.tickets import suggested

FOUND = {
    "[Photos #48213] Your report": "48213",
    "Re: Ticket ID: PX-20261103-77": "PX-20261103-77",
    "##3456789## received": "3456789",
    "Case number 0099-ABX": "0099-ABX",
    "Ihr Vorgang Nr. 2211-9": "2211-9",
    "Référence : DSA/4411/26": "DSA/4411/26",
    "Solicitud nº 99812": "",
    "受付番号：A1234567": "A1234567",
    "Заявка № 556677": "556677",
    "Report from 2026-11-03": "",
    "Request 2026 was good": "",
    "Case closed": "",
    "ticketing is fun 12345": "",
}


@pytest.mark.parametrize(("subject", "ticket"), FOUND.items())
def test_a_number_after_a_word_for_a_ticket_is_suggested(subject, ticket):
    assert [one.text for one in suggested(subject=subject, words="")] == ([ticket] if ticket else [])


def test_the_subject_comes_first_and_each_number_once():
    found = suggested(subject="[A #111222]", words="Ticket: 333444. Ticket: 111222. Ticket: 333444.")
    assert [one.text for one in found] == ["111222", "333444"]
    assert found[0].why == "in the subject, in brackets"


def test_the_platforms_own_shape_comes_before_all_others():
    found = suggested(subject="Ticket: 111222", words="We filed it as ZZ~99.", own_shape=r"ZZ~\d+")
    assert [one.text for one in found] == ["ZZ~99", "111222"]
    assert found[0].why == "in the text, in the shape that this platform uses"


def test_the_number_of_our_own_letter_is_no_ticket():
    assert suggested(subject=f"Re: reference {drafting.new_reference()}", words="") == []


def test_no_more_than_five_are_suggested():
    assert len(suggested(subject="", words=" ".join(f"Ticket: {n}" for n in range(100000, 100020)))) == 5


@given(st.text(max_size=300), st.text(max_size=2000))
def test_no_text_makes_it_fail_and_what_is_suggested_stands_in_it(subject, words):
    for one in suggested(subject=subject, words=words):
        assert one.text in subject + "\n" + words
